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
import java.util.NoSuchElementException;
import java.util.Optional;
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

  /** A process that is killed may leave half a line. */
  @Test
  void aClaimIsReadWholeOrNotAtAll() throws Exception {
    Claim claim = new Claim(3, 1, 1234, 5_678_901, -5_678_999);
    String line = NodeLine.claim(claim);
    assertEquals(Optional.of(claim), NodeLine.parseClaim(3, line));
    for (int length = 0; length < line.length(); length++) {
      assertEquals(Optional.empty(), NodeLine.parseClaim(3, line.substring(0, length)));
    }
    Claim greatest =
        new Claim(3, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE);
    assertEquals(Optional.of(greatest), NodeLine.parseClaim(3, NodeLine.claim(greatest)));
    new Mutator(5, line.getBytes(UTF_8), NodeLine.claim(greatest).getBytes(UTF_8))
        .check(
            NoSuchElementException.class,
            input -> {
              Claim read = NodeLine.parseClaim(3, new String(input, UTF_8)).orElseThrow();
              assertEquals(Optional.of(read), NodeLine.parseClaim(3, NodeLine.claim(read)));
            });
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
