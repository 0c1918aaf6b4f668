package io.github.skywalker.storage;

import static io.github.skywalker.storage.JournalBench.text;
import static io.github.skywalker.storage.JournalBench.value;
import static io.github.skywalker.storage.JournalBench.write;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What was measured of LevelDB: it loses what its log held, believes a changed table, and ends the
 * process on a full disk. Nothing of the kind reaches the log that uses it as an index. The one in
 * Java has to stand the same.
 */
@ParameterizedClass
@EnumSource(LevelDb.class)
class LevelDbFaultTest {

  private static final int INSTANCES = 300;

  @TempDir private Path data;
  @Parameter private LevelDb levelDb;

  /** Full segments, whose positions only the index has, partly in its log and partly in tables. */
  @BeforeEach
  void writeALogWithAnIndex() throws IOException {
    for (int life = 0; life < 3; life++) {
      try (RealNode node = RealNode.open(data, 1, levelDb)) {
        for (int i = life * 100 + 1; i <= life * 100 + 100; i++) {
          write(node.journal, value(0, i, "v".repeat(60) + i), value(1, i, "w" + i));
        }
      }
    }
    assertFalse(index(".sst").isEmpty(), "LevelDB has made no table");
    assertFalse(index(".log").isEmpty());
  }

  private List<Path> index(String suffix) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("index"))) {
      return files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
    }
  }

  private void assertNothingIsMissing() throws IOException {
    try (RealNode node = RealNode.open(data, 1, levelDb)) {
      assertEquals(Map.of(), node.journal.damage());
      for (int i = 1; i <= INSTANCES; i++) {
        assertEquals("\7" + "v".repeat(60) + i, text(node.journal.read(0, i)));
        assertEquals("\7w" + i, text(node.journal.read(1, i)));
      }
    }
  }

  @Test
  void itsLogDeletedIsMadeGood() throws IOException {
    for (Path log : index(".log")) {
      Files.delete(log);
    }
    assertNothingIsMissing();
  }

  @Test
  void oneBitFlippedInItsLogIsMadeGood() throws IOException {
    flipEverywhere(".log");
  }

  @Test
  void oneByteChangedInATableIsMadeGood() throws IOException {
    flipEverywhere(".sst");
  }

  @Test
  void oneByteChangedInItsManifestIsMadeGood() throws IOException {
    flipEverywhere("MANIFEST");
    flipEverywhere("CURRENT");
  }

  /** At some twenty places of each file, one at a time. */
  private void flipEverywhere(String name) throws IOException {
    Map<String, byte[]> before = RealNode.contents(data.resolve("index"));
    for (Map.Entry<String, byte[]> each : before.entrySet()) {
      byte[] whole = each.getValue();
      int step = Math.max(1, whole.length / 20);
      for (int at = 0; each.getKey().contains(name) && at < whole.length; at += step) {
        restore(before);
        RealNode.flip(data.resolve("index").resolve(each.getKey()), at);
        assertNothingIsMissing();
      }
    }
  }

  private void restore(Map<String, byte[]> contents) throws IOException {
    for (Path file : index("")) {
      Files.delete(file);
    }
    for (Map.Entry<String, byte[]> each : contents.entrySet()) {
      Files.write(data.resolve("index").resolve(each.getKey()), each.getValue());
    }
  }

  @Test
  void allOfItGoneIsMadeGood() throws IOException {
    for (Path file : index("")) {
      Files.delete(file);
    }
    assertNothingIsMissing();
  }

  @Test
  void aTableThatRotsWhileItIsOpenIsTheLastThingThatIsReadFromIt() throws IOException {
    Path directory = data.resolve("another");
    byte[] bytes = new byte[1000];
    Arrays.fill(bytes, (byte) 5);
    for (int life = 0; life < 2; life++) {
      try (LevelDbIndex index = LevelDbIndex.open(directory, 0, levelDb.factory)) {
        if (life == 0) {
          index.put(1, List.of(new SegmentIndex.Entry(0, bytes)), new byte[] {1});
        }
      }
    }
    LevelDbIndex index = LevelDbIndex.open(directory, 0, levelDb.factory);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path table : files.filter(file -> file.toString().endsWith(".sst")).toList()) {
        RealNode.flip(table, 500);
      }
    }
    if (levelDb
        == LevelDb.IN_JAVA) { // It looks at no checksum: that is why entries have their own.
      assertFalse(Arrays.equals(bytes, index.entry(1, 0)));
      index.close();
      return;
    }
    assertThrows(IOException.class, () -> index.entry(1, 0));
    IOException later = assertThrows(IOException.class, () -> index.put(2, List.of(), new byte[1]));
    assertTrue(later.getMessage().contains("failed before"), later.getMessage());
    assertThrows(IOException.class, index::segments);
    index.close();
  }

  @Test
  void nothingIsWrittenOnAFullDiskAndTheProcessLives() throws IOException {
    Path mount = Files.createDirectory(data.resolve("small"));
    try (SmallMount small = SmallMount.at(mount, 64)) {
      Path directory = mount.resolve("index");
      LevelDbIndex index = LevelDbIndex.open(directory, 0, levelDb.factory);
      byte[] bytes = new byte[1 << 20];
      index.put(1, List.of(new SegmentIndex.Entry(0, bytes)), new byte[] {1});
      small.fill(0);
      for (int i = 0; i < 20; i++) {
        long segment = i;
        IOException refused =
            assertThrows(
                IOException.class,
                () ->
                    index.put(segment, List.of(new SegmentIndex.Entry(0, bytes)), new byte[] {1}));
        assertTrue(refused.getMessage().contains("bytes are free"), refused.getMessage());
        assertThrows(IOException.class, () -> index.remove(1));
      }
      assertArrayEquals(bytes, index.entry(1, 0));
      index.close();
      try (LevelDbIndex again = LevelDbIndex.open(directory, 0, levelDb.factory)) {
        assertThrows(IOException.class, () -> again.put(2, List.of(), new byte[1]));
        assertThrows(IOException.class, () -> again.entry(1, 0));
      }
      Files.delete(mount.resolve("filler"));
      try (LevelDbIndex again = LevelDbIndex.open(directory, 0, levelDb.factory)) {
        assertNull(again.entry(3, 0));
        again.put(2, List.of(), new byte[1]);
      }
    }
  }
}
