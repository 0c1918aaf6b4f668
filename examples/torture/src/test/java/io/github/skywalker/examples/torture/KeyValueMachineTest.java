package io.github.skywalker.examples.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.Execution;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyValueMachineTest {

  private final KeyValueMachine machine = new KeyValueMachine();

  private static Execution at(long instance, byte[] value) {
    return new Execution(0, instance, 1, ByteBuffer.wrap(value).asReadOnlyBuffer());
  }

  private static byte[] command(Kind kind, String value, String expected, int padding) {
    return new Command(kind, "k", value, expected, padding).encode();
  }

  @Test
  void doesWhatTheJudgeExpects() throws Exception {
    machine.execute(at(1, command(Kind.APPEND, "a", "", 0)));
    machine.execute(at(1, command(Kind.APPEND, "b", "", 1000)));
    assertEquals("a b", machine.get("k"));
    assertEquals(false, machine.execute(at(2, command(Kind.CAS, "c", "a", 0))));
    assertEquals(true, machine.execute(at(3, command(Kind.CAS, "c", "a b", 0))));
    assertEquals("c", machine.get("k"));
    machine.execute(at(4, command(Kind.WRITE, "d", "", 0)));
    assertEquals("d", machine.get("k"));
  }

  @Test
  void theDigestTellsAnotherOrder() throws Exception {
    KeyValueMachine other = new KeyValueMachine();
    machine.execute(at(1, command(Kind.WRITE, "a", "", 0)));
    machine.execute(at(2, command(Kind.WRITE, "b", "", 0)));
    other.execute(at(1, command(Kind.WRITE, "b", "", 0)));
    other.execute(at(2, command(Kind.WRITE, "a", "", 0)));
    assertNotEquals(machine.digest(), other.digest());
    assertNotEquals(machine.stateHash(), other.stateHash());
  }

  @Test
  void aValueThatIsNotWholeIsAFault() {
    byte[] value = command(Kind.WRITE, "a", "", 1000);
    value[value.length - 10] ^= 1;
    assertThrows(IOException.class, () -> machine.execute(at(1, value)));
  }

  @Test
  void goesOnFromACheckpointAsIfItHadExecutedAll(@TempDir Path directory) throws Exception {
    machine.execute(at(1, command(Kind.WRITE, "a", "", 0)));
    try (Checkpoint.Snapshot snapshot = machine.checkpoint().orElseThrow().capture()) {
      machine.execute(at(2, command(Kind.APPEND, "b", "", 0)));
      snapshot.writeTo(directory);
    }
    KeyValueMachine other = new KeyValueMachine();
    other.execute(at(1, command(Kind.WRITE, "gone", "", 0)));
    other.checkpoint().orElseThrow().restore(1, directory);
    assertEquals("a", other.get("k"));
    other.execute(at(2, command(Kind.APPEND, "b", "", 0)));
    assertEquals(machine.digest(), other.digest());
    assertEquals(machine.stateHash(), other.stateHash());
  }

  @Test
  void anInstanceFromThePastIsAFault() throws Exception {
    machine.execute(at(2, command(Kind.WRITE, "a", "", 0)));
    assertThrows(IOException.class, () -> machine.execute(at(1, command(Kind.WRITE, "b", "", 0))));
  }
}
