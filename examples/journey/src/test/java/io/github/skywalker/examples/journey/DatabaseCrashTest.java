package io.github.skywalker.examples.journey;

import static io.github.skywalker.examples.journey.DatabaseTest.bytes;
import static io.github.skywalker.examples.journey.DatabaseTest.delete;
import static io.github.skywalker.examples.journey.DatabaseTest.execute;
import static io.github.skywalker.examples.journey.DatabaseTest.set;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Databases as crashes leave them: whatever they say they hold, they hold.
 *
 * <p>A copy of the files of an open database is what a killed process leaves; pages of LevelDB's
 * log that are zeroed or flipped in it are what a power cut or a bad disk may do to it.
 */
class DatabaseCrashTest {

  private static final int INSTANCES = 600;
  private static final int TRIALS = 60;

  @TempDir Path directory;

  private final PrintStream out = System.out;

  /** The LevelDB in Java prints each damaged record. */
  @BeforeEach
  void hush() {
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, UTF_8));
  }

  @AfterEach
  void speak() {
    System.setOut(out);
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aKilledProcessLosesAtMostTheEnd(Engine engine) throws Exception {
    List<Map<String, String>> history = fill(engine);
    try (Database database = Database.open(copy(0), engine)) {
      assertEquals(INSTANCES, database.executedUpTo());
      assertHolds(history.get(INSTANCES), database);
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aLostPageOfItsLogIsNeverPassedOver(Engine engine) throws Exception {
    List<Map<String, String>> history = fill(engine);
    Random random = new Random(1);
    int anew = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
      Path copy = copy(trial);
      boolean flip = trial % 2 == 0;
      mangleLog(copy, random, flip);
      try (Database database = Database.open(copy, engine)) {
        long upTo = database.executedUpTo();
        anew += upTo == 0 ? 1 : 0;
        assertHolds(history.get((int) upTo), database);
      }
    }
    assertTrue(anew > 0, "no trial hit the middle of the log");
  }

  /**
   * Leaves a database open and behind a copy of its files; returns what it held at each instance.
   */
  private List<Map<String, String>> fill(Engine engine) throws IOException {
    List<Map<String, String>> history = new ArrayList<>();
    history.add(Map.of());
    Path live = directory.resolve("live");
    try (Database database = Database.open(live, engine)) {
      Map<String, String> state = new HashMap<>();
      for (int instance = 1; instance <= INSTANCES; instance++) {
        String key = "k" + instance % 97;
        if (instance % 7 == 0) {
          execute(database, instance, delete(key));
          state.remove(key);
        } else {
          String value = ("v" + instance).repeat(20);
          execute(database, instance, set(key, value));
          state.put(key, value);
        }
        history.add(Map.copyOf(state));
      }
      copyFiles(live, directory.resolve("killed"));
    }
    return history;
  }

  private Path copy(int trial) throws IOException {
    Path copy = directory.resolve("copy-" + trial);
    copyFiles(directory.resolve("killed"), copy);
    return copy;
  }

  private static void copyFiles(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (var files = Files.list(from)) {
      for (Path file : files.toList()) {
        if (!file.getFileName().toString().equals("LOCK")) {
          Files.copy(file, to.resolve(file.getFileName()));
        }
      }
    }
  }

  private static void mangleLog(Path copy, Random random, boolean flip) throws IOException {
    try (var files = Files.list(copy)) {
      Path log = files.filter(file -> file.toString().endsWith(".log")).findFirst().orElseThrow();
      try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
        int written = 130_000;
        int at = random.nextInt((int) Math.min(file.length(), written));
        file.seek(at);
        int old = file.read();
        file.seek(at);
        if (flip) {
          file.write(old ^ (1 << random.nextInt(8)));
        } else {
          file.seek(at / 4096 * 4096L);
          file.write(new byte[4096]);
        }
      }
    }
  }

  private static void assertHolds(Map<String, String> state, Database database) throws IOException {
    for (int i = 0; i < 97; i++) {
      String key = "k" + i;
      byte[] value = database.get(bytes(key));
      if (state.containsKey(key)) {
        assertNotNull(value, () -> key + " is missing at " + database.executedUpTo());
        Assertions.assertArrayEquals(bytes(state.get(key)), value);
      } else {
        assertNull(value, () -> key + " is back at " + database.executedUpTo());
      }
    }
  }
}
