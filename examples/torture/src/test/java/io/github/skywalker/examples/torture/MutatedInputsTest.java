package io.github.skywalker.examples.torture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.skywalker.util.Mutator;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever comes as a command, a checkpoint or a history is read, or refused in order. */
class MutatedInputsTest {

  @TempDir Path directory;

  @Test
  void aCommandIsReadOrRefused() throws Exception {
    new Mutator(
            1,
            new Command(Kind.CAS, "k1", "v2", "v1", 0).encode(),
            new Command(Kind.APPEND, "kéy", "", "", 1000).encode())
        .check(
            IOException.class,
            input -> {
              Command read = Command.decode(input);
              assertNotEquals(Kind.READ, read.kind());
              assertEquals(read, Command.decode(read.encode()));
            });
  }

  @Test
  void theStateOfAMachineIsReadOrRefused() throws Exception {
    Map<String, String> keys = new TreeMap<>(Map.of("k1", "v1 v2", "kéy", "", "k3", "v"));
    StateFile few = new StateFile(new KeyValueMachine.Digest(1000, 777, -5), keys);
    StateFile none = new StateFile(new KeyValueMachine.Digest(0, 0, 0), Map.of());
    new Mutator(2, bytes(few), bytes(none))
        .check(
            IOException.class,
            input -> {
              StateFile read = StateFile.read(new ByteArrayInputStream(input));
              assertEquals(read, StateFile.read(new ByteArrayInputStream(bytes(read))));
            });
  }

  @Test
  void theStateOfAMachineEndsWhereItSaysThatItEnds() throws Exception {
    byte[] good = bytes(new StateFile(new KeyValueMachine.Digest(1, 1, 1), Map.of("k", "v")));
    byte[] longer = Arrays.copyOf(good, good.length + 1);
    byte[] negative = ByteBuffer.wrap(good.clone()).putInt(3 * Long.BYTES, -1).array();
    byte[] none = ByteBuffer.wrap(good.clone()).putInt(3 * Long.BYTES, 0).array();
    for (byte[] bad : List.of(longer, negative, none)) {
      assertThrows(IOException.class, () -> StateFile.read(new ByteArrayInputStream(bad)));
    }
  }

  private byte[] bytes(StateFile file) throws IOException {
    file.writeTo(directory);
    return Files.readAllBytes(directory.resolve("state"));
  }

  @Test
  void aHistoryIsReadOrRefused() throws Exception {
    Path file = directory.resolve("history.jsonl");
    Step call = new Step(3, Step.Type.INVOKE, Kind.CAS, "x", "v2", "v1", 17);
    Step read = new Step(4, Step.Type.INVOKE, Kind.READ, "ÿ", "", "", 19);
    History history = new History();
    history.add(call);
    history.add(read);
    history.add(read.answered(Step.Type.OK, "v1", 20));
    history.add(call.answered(Step.Type.INFO, "v2", 1L << 60));
    history.write(file);
    new Mutator(3, Files.readAllBytes(file))
        .check(
            IllegalArgumentException.class,
            input -> {
              History found = History.read("a history", reader(input));
              for (Step each : found.steps()) {
                assertEquals(each, Step.parse(each.toJson()));
              }
              found.operations();
            });
  }

  private static BufferedReader reader(byte[] bytes) {
    return new BufferedReader(
        new InputStreamReader(new ByteArrayInputStream(bytes), UTF_8.newDecoder()));
  }
}
