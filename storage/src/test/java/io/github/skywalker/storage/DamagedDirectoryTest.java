package io.github.skywalker.storage;

import static io.github.skywalker.storage.JournalBench.clean;
import static io.github.skywalker.storage.JournalBench.drop;
import static io.github.skywalker.storage.JournalBench.state;
import static io.github.skywalker.storage.JournalBench.text;
import static io.github.skywalker.storage.JournalBench.value;
import static io.github.skywalker.storage.JournalBench.write;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damage on real files, of each kind and in each place: what is said of it, whom it concerns, and
 * that nothing is overwritten. Each kind of record has a group of its own.
 */
@Timeout(300)
class DamagedDirectoryTest {

  private static final int SOUND = 50;
  private static final int INSTANCES = 80;

  @TempDir private Path data;
  private Map<String, byte[]> whole;

  @BeforeEach
  void writeEachKindOfRecord() throws IOException {
    try (RealNode node = RealNode.open(data)) {
      write(node.journal, state(BatchFormat.STATE, "promise"));
      write(node.journal, value(BatchFormat.VALUE, 1, "a value"));
      write(node.journal, clean(BatchFormat.CLEAN, 7));
      write(node.journal, value(BatchFormat.DROP, 1, "dropped"));
      write(node.journal, drop(BatchFormat.DROP));
      write(node.journal, clean(BatchFormat.CLEANED, 3));
      write(node.journal, clean(BatchFormat.CLEANED, 3));
    }
    try (RealNode node = RealNode.open(data)) { // So that there is a seal in the middle.
      for (int i = 1; i <= INSTANCES; i++) {
        write(node.journal, value(SOUND, i, "s".repeat(100) + i));
      }
    }
    whole = RealNode.contents(data);
    assertTrue(used().size() > 3);
  }

  private Path first() throws IOException {
    return RealNode.segments(data).get(0);
  }

  /**
   * The files that hold something, as they were filled; one that was made ahead may lie between.
   */
  private List<Path> used() throws IOException {
    TreeMap<Long, Path> used = new TreeMap<>();
    for (Path file : RealNode.segments(data)) {
      List<BatchFormat.Header> batches = RealNode.batches(file);
      if (!batches.isEmpty()) {
        used.put(batches.get(0).number(), file);
      }
    }
    return List.copyOf(used.values());
  }

  private void restore() throws IOException {
    for (String name : RealNode.contents(data).keySet()) {
      Files.delete(data.resolve(name));
    }
    for (Map.Entry<String, byte[]> each : whole.entrySet()) {
      Files.write(data.resolve(each.getKey()), each.getValue());
    }
  }

  /** Opens what was damaged, twice, and says which groups are concerned. */
  private Set<Integer> damaged(String where) throws IOException {
    Map<Path, byte[]> before = new TreeMap<>();
    List<Path> segments = RealNode.segments(data);
    for (Path file : segments) {
      before.put(file, Files.readAllBytes(file));
    }
    Set<Integer> groups = null;
    for (int round = 0; round < 2; round++) {
      try (RealNode node = RealNode.open(data)) {
        Map<Integer, String> damage = node.journal.damage();
        assertTrue(groups == null || groups.equals(damage.keySet()), where + ", found again");
        groups = new TreeSet<>(damage.keySet());
        for (String said : damage.values()) {
          assertTrue(said.contains(data.resolve("log").toString()), where + ": " + said);
          assertTrue(said.contains("cannot be read"), where + ": " + said);
        }
        if (!groups.contains(SOUND)) {
          for (int i = 1; i <= INSTANCES; i++) {
            assertEquals("\7" + "s".repeat(100) + i, text(node.journal.read(SOUND, i)), where);
          }
        }
      }
    }
    for (Path file : segments) {
      byte[] old = before.get(file);
      int written = old.length;
      while (written > 0 && old[written - 1] == 0) {
        written--;
      }
      byte[] now = Files.readAllBytes(file);
      assertTrue(now.length >= old.length, where + ": " + file + " was cut");
      assertEquals(-1, Arrays.mismatch(old, 0, written, now, 0, written), where + ": " + file);
    }
    return groups;
  }

  @Test
  void aFlippedBitInAnyFieldOfAnyKindOfRecordConcernsItsGroupAndNoOther() throws IOException {
    Set<Integer> kinds = new TreeSet<>();
    for (BatchFormat.Header batch : RealNode.batches(first())) {
      ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(first()));
      if (batch.recordBytes() == 0 || batch.groups(content)[0] == SOUND) {
        continue;
      }
      int record = batch.recordsAt();
      kinds.add((int) content.get(record + 4));
      List<Integer> fields = new ArrayList<>(List.of(0, 4, 7, 11, 15, 23));
      if (batch.recordBytes() > BatchFormat.RECORD_HEADER_BYTES) {
        fields.add(BatchFormat.RECORD_HEADER_BYTES);
        fields.add(batch.recordBytes() - 1);
      }
      for (int field : fields) {
        restore();
        RealNode.flip(first(), record + field);
        String where = "kind " + content.get(record + 4) + ", byte " + field;
        assertEquals(Set.of(batch.groups(content)[0]), damaged(where), where);
      }
    }
    assertEquals(Set.of(1, 2, 3, 4, 5), kinds);
  }

  @Test
  void aFlippedBitInAnyFieldOfAHeaderConcernsTheGroupsOfItsBatchAndNoOther() throws IOException {
    List<BatchFormat.Header> batches = RealNode.batches(first());
    byte[] bytes = Files.readAllBytes(first());
    for (int at : new int[] {1, 3}) { // The head of the segment, behind its seal, and another one.
      BatchFormat.Header batch = batches.get(at);
      Set<Integer> groups = new TreeSet<>();
      for (int group : batch.groups(ByteBuffer.wrap(bytes))) {
        groups.add(group);
      }
      for (int field : new int[] {0, 8, 15, 16, 23, 31, 39, 43, 47, 51, 55, 56, 57}) {
        restore();
        RealNode.flip(first(), batch.offset() + field);
        assertEquals(groups, damaged("header, byte " + field), "header, byte " + field);
      }
    }
  }

  @Test
  void aSealThatIsLostTellsNothingAndConcernsNobody() throws IOException {
    int seals = 0;
    for (BatchFormat.Header batch : RealNode.batches(first())) {
      if (batch.recordBytes() == 0) {
        restore();
        RealNode.flip(first(), batch.offset() + 20);
        assertEquals(Set.of(), damaged("seal " + batch.number()));
        seals++;
      }
    }
    assertTrue(seals >= 2, "seals: " + seals);
  }

  @Test
  void aCutADeletedAndAZeroedSegmentConcernTheGroupsThatTheyHeld() throws IOException {
    Path third = used().get(2);
    Files.write(third, Arrays.copyOf(Files.readAllBytes(third), 1500));
    assertEquals(Set.of(SOUND), damaged("cut"));
    restore();
    Files.delete(third);
    assertEquals(Set.of(SOUND), damaged("deleted"));
    restore();
    Files.write(third, new byte[4096]);
    assertEquals(Set.of(SOUND), damaged("zeroed"));
    restore();
    Files.write(third, Files.readAllBytes(used().get(1)));
    assertEquals(Set.of(SOUND), damaged("another in its place"));
  }

  @Test
  void swappedAndRepeatedSegmentsAreRecognised() throws IOException {
    List<Path> segments = RealNode.segments(data);
    byte[] one = Files.readAllBytes(segments.get(0));
    Files.write(segments.get(0), Files.readAllBytes(segments.get(2)));
    Files.write(segments.get(2), one);
    assertEquals(Set.of(), damaged("swapped"));
    restore();
    Files.copy(segments.get(1), data.resolve("log/00000099.segment"));
    assertEquals(Set.of(), damaged("repeated"));
  }

  @Test
  void whatConcernsEverybodyIsRefusedAndLeftAsItIs() throws IOException {
    List<Path> segments = RealNode.segments(data);
    for (Path file : segments) {
      Files.delete(file);
    }
    assertRefused("its segment files are gone", "let a new one");
    restore();
    for (Path file : segments) {
      Files.write(file, new byte[4096]);
    }
    assertRefused("holds no batch that can be read", "let a new one");
    restore();
    Path newest = null;
    long highest = 0;
    for (Path file : segments) {
      for (BatchFormat.Header batch : RealNode.batches(file)) {
        if (batch.number() > highest) {
          highest = batch.number();
          newest = file;
        }
      }
    }
    Files.delete(newest);
    assertRefused("none of this node may vote", "Put the files back");
    restore();
    Path other = Files.createDirectory(data.resolve("other"));
    try (RealNode node = RealNode.open(other, 2)) {
      write(node.journal, value(0, 1, "another node's"));
    }
    byte[] theirs = Files.readAllBytes(RealNode.segments(other).get(0));
    Files.write(segments.get(1), theirs);
    assertRefused("a part of the log of another data directory", "put the right file back");
  }

  private void assertRefused(String... parts) throws IOException {
    Map<String, byte[]> before = RealNode.contents(data.resolve("log"));
    DamagedException e = assertThrows(DamagedException.class, () -> RealNode.open(data));
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), e.getMessage());
    }
    assertTrue(e.getMessage().contains(data.resolve("log").toString()), e.getMessage());
    Map<String, byte[]> after = RealNode.contents(data.resolve("log"));
    assertEquals(before.keySet(), after.keySet());
    before.forEach((name, bytes) -> assertArrayEquals(bytes, after.get(name), name));
  }
}
