package io.github.skywalker.storage;

import static io.github.skywalker.storage.JournalBench.clean;
import static io.github.skywalker.storage.JournalBench.state;
import static io.github.skywalker.storage.JournalBench.text;
import static io.github.skywalker.storage.JournalBench.value;
import static io.github.skywalker.storage.JournalBench.write;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JournalDamageTest {

  private final JournalBench bench = new JournalBench(1);

  @Test
  void aFlippedBitAnywhereInABatchConcernsItsGroupsAndNoOthers() throws IOException {
    Journal journal = bench.open();
    write(journal, state(1, "s"), value(1, 1, "a"));
    write(journal, state(2, "s"), value(3, 1, "b"));
    write(journal, state(4, "s"), value(1, 2, "c"));
    journal.close();
    Path file = bench.segments().get(0);
    BatchFormat.Header target = bench.batches(file).get(2);
    byte[] whole = bench.content(file);
    for (int at = target.offset(); at < target.recordsEnd(); at++) {
      bench.flip(file, at);
      bench.index = new MemoryIndex();
      Journal opened = bench.open();
      assertEquals(Set.of(2, 3), opened.damage().keySet(), "flipped at " + at);
      assertTrue(opened.damage().get(2).contains(file.toString()), opened.damage().toString());
      assertTrue(opened.damage().get(2).contains("offset " + target.offset()));
      assertEquals("\7c", text(opened.read(1, 2)));
      opened.close();
      for (Path added : bench.segments()) {
        if (!added.equals(file)) {
          bench.disk.lose(added);
        }
      }
      bench.disk.lose(JournalBench.DIRECTORY.resolve("mark"));
      bench.disk.damage(file, bytes -> whole.clone());
    }
  }

  /** What is written after a loss stands behind it, in this life and at the next start. */
  @Test
  void whatIsLeftOfAGroupIsToldInOrderWithItsLossesInBetween() throws IOException {
    Journal journal = bench.open();
    long before = journal.newestBatch();
    write(journal, state(1, "s"), value(1, 1, "a"));
    write(journal, state(2, "s"), value(1, 2, "lost"));
    write(journal, value(2, 1, "other"));
    write(journal, value(1, 2, "b"), clean(1, 1), state(1, "t"));
    assertEquals(before + 4, journal.newestBatch());
    journal.close();
    Path file = bench.segments().get(0);
    bench.flip(file, bench.batches(file).get(2).recordsEnd() - 1);
    journal = bench.open();
    List<String> whole = List.of("STATE 0 s", "VALUE 1 \7a", "lost " + (before + 2));
    List<String> rest = List.of("VALUE 2 \7b", "STATE 0 t");
    assertEquals(Set.of(1, 2), journal.damage().keySet());
    assertEquals(concat(whole, rest), left(journal, 1));
    assertEquals(
        List.of("lost " + (before + 2), "VALUE 1 \7other"), left(journal, 2), "the other group");
    write(journal, value(1, 3, "c"));
    journal.close();
    journal = bench.open();
    assertEquals(concat(concat(whole, rest), List.of("VALUE 3 \7c")), left(journal, 1));
    bench.flip(file, bench.batches(file).get(1).recordsEnd() - 1);
    Journal opened = journal;
    assertThrows(DamagedException.class, () -> left(opened, 1));
  }

  @Test
  void whatIsLostAtTheEndIsToldAtTheEnd() throws IOException {
    Journal journal = bench.open();
    write(journal, value(1, 1, "a"));
    write(journal, value(1, 2, "lost"));
    long lost = journal.newestBatch();
    write(journal, value(1, 3, "torn"));
    Path file = bench.segments().get(0);
    bench.flip(file, bench.batches(file).get(2).recordsEnd() - 1);
    bench.flip(file, bench.batches(file).get(3).recordsEnd() - 1);
    journal = bench.crashAndOpen();
    assertEquals(Set.of(1), journal.damage().keySet());
    assertEquals(List.of("VALUE 1 \7a", "lost " + lost), left(journal, 1));
  }

  private static List<String> concat(List<String> one, List<String> other) {
    List<String> all = new ArrayList<>(one);
    all.addAll(other);
    return all;
  }

  private static List<String> left(Journal journal, int group) throws IOException {
    List<String> told = new ArrayList<>();
    journal.remains(
        group,
        new LogStore.Remains() {
          @Override
          public void record(LogRecord record) {
            assertEquals(group, record.group());
            told.add(record.kind() + " " + record.instance() + " " + text(record));
          }

          @Override
          public void lost(long lastBatch) {
            told.add("lost " + lastBatch);
          }
        });
    return told;
  }

  @Test
  void damageIsNeverOverwrittenAndIsFoundAgainEachTime() throws IOException {
    Journal journal = bench.open();
    for (int i = 1; i <= 100; i++) {
      write(journal, value(i % 5, i, "v" + i));
    }
    journal.close();
    Path file = bench.segments().get(1);
    BatchFormat.Header target = bench.batches(file).get(3);
    bench.flip(file, target.offset() + 9);
    Set<Integer> damaged = null;
    Map<Path, byte[]> before = contents();
    for (int round = 0; round < 5; round++) {
      journal = bench.open();
      if (damaged == null) {
        damaged = journal.damage().keySet();
        assertEquals(1, damaged.size(), damaged.toString());
      }
      assertEquals(damaged, journal.damage().keySet());
      for (int i = 1; i <= 40; i++) {
        write(journal, value(9, round * 100L + i, "x".repeat(100)), clean(9, round * 100L + i));
        if (i % 10 == 0) {
          bench.upkeep(journal);
        }
      }
      for (Map.Entry<Path, byte[]> each : before.entrySet()) {
        byte[] now = Arrays.copyOf(bench.content(each.getKey()), each.getValue().length);
        assertArrayEquals(each.getValue(), now, each.getKey().toString());
      }
      if (round % 2 == 0) {
        journal.close();
      } else {
        bench.disk.crash();
        bench.background.drop();
      }
    }
  }

  @Test
  void aLostSegmentConcernsTheGroupsThatItHeld() throws IOException {
    Journal journal = filled();
    journal.close();
    Path lost = bench.segments().get(2);
    Set<Integer> held = groupsIn(lost);
    bench.disk.lose(lost);
    Journal opened = bench.open();
    assertEquals(held, opened.damage().keySet());
    String what = opened.damage().values().iterator().next();
    assertTrue(what.contains("no file in /data/log holds them"), what);
  }

  @Test
  void aZeroedSegmentConcernsTheGroupsThatItHeldAndIsNotUsedAgain() throws IOException {
    Journal journal = filled();
    journal.close();
    Path zeroed = bench.segments().get(2);
    Set<Integer> held = groupsIn(zeroed);
    bench.disk.damage(zeroed, bytes -> new byte[bytes.length]);
    Journal opened = bench.open();
    assertEquals(held, opened.damage().keySet());
    for (int i = 1; i <= 100; i++) {
      write(opened, value(9, i, "x".repeat(100)));
    }
    assertArrayEquals(new byte[bench.segmentBytes], bench.content(zeroed));
  }

  @Test
  void aCutSegmentConcernsNoMoreGroupsThanItHeld() throws IOException {
    Journal journal = filled();
    journal.close();
    Path cut = bench.segments().get(2);
    Set<Integer> held = groupsIn(cut);
    bench.disk.damage(cut, bytes -> Arrays.copyOf(bytes, 1000));
    Journal opened = bench.open();
    assertTrue(held.containsAll(opened.damage().keySet()));
    assertTrue(opened.damage().size() > 1, opened.damage().toString());
  }

  @Test
  void segmentsWithSwappedNamesAreRecognised() throws IOException {
    Journal journal = filled();
    journal.close();
    Path one = bench.segments().get(1);
    Path two = bench.segments().get(2);
    byte[] first = bench.content(one);
    byte[] second = bench.content(two);
    bench.disk.damage(one, bytes -> second);
    bench.disk.damage(two, bytes -> first);
    Journal opened = bench.open();
    assertEquals(Map.of(), opened.damage());
    assertFilled(opened);
  }

  @Test
  void aSegmentPutInThePlaceOfAnotherIsALostSegment() throws IOException {
    Journal journal = filled();
    journal.close();
    Path overwritten = bench.segments().get(2);
    Set<Integer> held = groupsIn(overwritten);
    byte[] other = bench.content(bench.segments().get(1));
    bench.disk.damage(overwritten, bytes -> other.clone());
    Journal opened = bench.open();
    assertEquals(held, opened.damage().keySet());
    opened.close();
    assertArrayEquals(other, bench.content(overwritten));
  }

  @Test
  void aBatchThatStandsWhereItWasNotWrittenIsNone() throws IOException {
    BatchFormat.Header newest = newestOfTwelve();
    Path file = bench.segments().get(0);
    copy(file, newest, bench.segments().get(1), 1024);
    copy(file, newest, file, newest.end() + 256);
    Journal opened = bench.open();
    assertEquals(Map.of(), opened.damage());
    for (int i = 1; i <= 5; i++) {
      write(opened, value(13, i, "after that"));
    }
    Journal again = bench.crashAndOpen();
    assertEquals(Map.of(), again.damage());
    for (int group = 1; group <= 12; group++) {
      assertEquals("\7" + "v".repeat(120), text(again.read(group, 1)));
    }
    assertEquals("\7after that", text(again.read(13, 5)));
  }

  @Test
  void aBatchThatIsOnlyInTheWrongFileIsMissed() throws IOException {
    BatchFormat.Header newest = newestOfTwelve();
    Path file = bench.segments().get(0);
    copy(file, newest, bench.segments().get(1), newest.offset());
    bench.disk.damage(file, bytes -> zeroed(bytes, newest.offset(), newest.end()));
    DamagedException e = assertThrows(DamagedException.class, bench::open);
    assertTrue(e.getMessage().contains("Batch " + newest.number()), e.getMessage());
  }

  /** The last batch of a log of twelve groups, after a crash; it lies in the first segment. */
  private BatchFormat.Header newestOfTwelve() throws IOException {
    Journal journal = bench.open();
    for (int group = 1; group <= 12; group++) {
      write(journal, value(group, 1, "v".repeat(120)));
    }
    bench.background.runAll();
    bench.disk.crash();
    List<BatchFormat.Header> batches = bench.batches(bench.segments().get(0));
    return batches.get(batches.size() - 1);
  }

  private void copy(Path from, BatchFormat.Header batch, Path to, int offset) throws IOException {
    byte[] bytes = Arrays.copyOfRange(bench.content(from), batch.offset(), batch.end());
    bench.disk.damage(
        to,
        content -> {
          System.arraycopy(bytes, 0, content, offset, bytes.length);
          return content;
        });
  }

  private static byte[] zeroed(byte[] bytes, int from, int to) {
    Arrays.fill(bytes, from, to, (byte) 0);
    return bytes;
  }

  @Test
  void theNewestSegmentLostIsNoticedAfterACleanEndAndAfterAPause() throws IOException {
    for (boolean cleanEnd : new boolean[] {true, false}) {
      JournalBench each = new JournalBench(3);
      Journal journal = each.open();
      for (int i = 1; i <= 30; i++) {
        write(journal, value(i % 5, i, "v".repeat(100)));
      }
      each.upkeep(journal);
      if (cleanEnd) {
        journal.close();
      } else {
        each.disk.crash();
        each.background.drop();
      }
      Path newest = null;
      for (Path file : each.segments()) {
        if (!each.batches(file).isEmpty()) {
          newest = file;
        }
      }
      each.disk.lose(newest);
      DamagedException e = assertThrows(DamagedException.class, each::open);
      assertTrue(e.getMessage().contains("none of this node may vote"), e.getMessage());
    }
  }

  @Test
  void allSegmentsLostIsNoticed() throws IOException {
    Journal journal = filled();
    journal.close();
    for (Path file : bench.segments()) {
      bench.disk.damage(file, bytes -> new byte[bytes.length]);
    }
    DamagedException e = assertThrows(DamagedException.class, bench::open);
    assertTrue(e.getMessage().contains("holds no batch that can be read"), e.getMessage());
    for (Path file : bench.segments()) {
      bench.disk.lose(file);
    }
    assertThrows(DamagedException.class, bench::open);
  }

  @Test
  void theLogOfAnotherDirectoryIsRefused() throws IOException {
    filled().close();
    bench.dataId = "another".getBytes(US_ASCII);
    DamagedException e = assertThrows(DamagedException.class, bench::open);
    assertTrue(e.getMessage().contains("another data directory"), e.getMessage());
    bench.disk.lose(JournalBench.DIRECTORY.resolve("mark"));
    e = assertThrows(DamagedException.class, bench::open);
    assertTrue(e.getMessage().contains(".segment holds, at offset 0"), e.getMessage());
    bench.dataId = JournalBench.DATA_ID;
    bench.disk.lose(JournalBench.DIRECTORY.resolve("mark"));
    assertFilled(bench.open());
  }

  @Test
  void aDamagedMarkAloneStopsNobody() throws IOException {
    filled().close();
    bench.disk.damage(JournalBench.DIRECTORY.resolve("mark"), bytes -> new byte[bytes.length]);
    Journal opened = bench.open();
    assertEquals(Map.of(), opened.damage());
    assertFilled(opened);
  }

  @Test
  void aPageLostAmongSmallBatchesConcernsTheirGroupsAndNoOthers() throws IOException {
    bench.segmentBytes = 64 << 10;
    Journal journal = bench.open();
    for (int i = 1; i <= 100; i++) {
      write(journal, value(i, 1, "v"));
    }
    journal.close();
    Path file = bench.segments().get(0);
    List<BatchFormat.Header> batches = bench.batches(file);
    Set<Integer> lost = new TreeSet<>();
    for (BatchFormat.Header batch : batches) {
      if (batch.end() > 4096 && batch.offset() < 8192) {
        for (int group : batch.groups(ByteBuffer.wrap(bench.content(file)))) {
          lost.add(group);
        }
      }
    }
    bench.disk.damage(
        file,
        bytes -> {
          Arrays.fill(bytes, 4096, 8192, (byte) 0);
          return bytes;
        });
    Journal opened = bench.open();
    assertTrue(lost.size() > 5, lost.toString());
    assertEquals(lost, opened.damage().keySet());
  }

  @Test
  void aRecordThatRotsWhileTheLogIsOpenIsNotReadAndItsSegmentIsKept() throws IOException {
    Journal journal = filled();
    Path file = bench.segments().get(0);
    BatchFormat.Header batch = bench.batches(file).get(1);
    bench.flip(file, batch.recordsAt() + BatchFormat.RECORD_HEADER_BYTES + 2);
    DamagedException e = assertThrows(DamagedException.class, () -> journal.read(0, 1));
    assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    for (int i = 1; i <= 300; i++) {
      write(journal, value(9, i, "x".repeat(100)), clean(9, i));
      for (int group = 0; group < 5 && i == 100; group++) {
        write(journal, clean(group, group == 0 ? 0 : 1_000));
      }
      if (i % 10 == 0) {
        bench.upkeep(journal);
      }
    }
    assertEquals(Set.of(0), journal.damage().keySet());
    assertThrows(DamagedException.class, () -> journal.read(0, 1));
  }

  @Test
  void aTornValueThatHoldsThePieceOfAnotherLogIsATornTail() throws IOException {
    JournalBench other = new JournalBench(7);
    other.dataId = "another".getBytes(US_ASCII);
    write(other.open(), value(3, 1, "theirs"));
    byte[] theirs = Arrays.copyOf(other.content(other.segments().get(0)), 500);
    for (int shift = 0; shift < BatchFormat.ALIGNMENT; shift++) {
      JournalBench each = new JournalBench(8);
      Journal journal = each.open();
      write(journal, value(0, 1, "a"));
      write(journal, new LogRecord(0, LogRecord.Kind.VALUE, 2, new byte[shift], theirs));
      Path file = each.segments().get(0);
      List<BatchFormat.Header> batches = each.batches(file);
      each.disk.kill();
      each.background.drop();
      each.flip(file, batches.get(batches.size() - 1).recordsEnd() - 1);
      journal = each.open();
      assertEquals(Map.of(), journal.damage());
      assertEquals(1, journal.last(0));
    }
  }

  @Test
  void whatIsToldOfLostBatchesAfterALossIsTrueOfThem() throws IOException {
    Journal journal = bench.open();
    for (int i = 1; i <= 12; i++) {
      write(journal, value(i, 1, "v" + i));
    }
    journal.close();
    Path file = bench.segments().get(0);
    List<BatchFormat.Header> batches = bench.batches(file);
    bench.flip(file, batches.get(6).offset() + 9);
    Set<Integer> concerned = bench.open().damage().keySet();
    assertEquals(1, concerned.size());
    bench.disk.kill();
    bench.background.drop();
    for (BatchFormat.Header told : batches.subList(7, batches.size())) { // Nobody else is left.
      bench.flip(file, told.offset() + 9);
    }
    Journal opened = bench.open();
    Set<Integer> all = new TreeSet<>(concerned);
    for (BatchFormat.Header lost : batches.subList(7, batches.size())) {
      int group = (int) (lost.number() - batches.get(6).number()) + concerned.iterator().next();
      if (group <= 12) {
        all.add(group);
      }
    }
    assertTrue(opened.damage().keySet().containsAll(all), opened.damage().keySet() + ", " + all);
  }

  /** With a copy of the newest file beside it, so that a start reads the files a second time. */
  private List<Path> filledInDoubtfulOrder() throws IOException {
    filled().close();
    List<Path> files = bench.segments();
    byte[] newest = bench.content(files.get(files.size() - 2));
    try (Disk.DiskFile copy = bench.disk.open(JournalBench.DIRECTORY.resolve("99999999.segment"))) {
      copy.write(ByteBuffer.wrap(newest), 0);
    }
    return files;
  }

  @Test
  void aFileThatReadsOtherwiseTheSecondTimeIsAnErrorAndNothingIsTakenUpFromIt() throws IOException {
    List<Path> files = filledInDoubtfulOrder();
    Path file = files.get(1);
    int at = bench.batches(file).get(2).recordsAt() + 4;
    int[] reads = new int[1];
    bench.disk.setFaults(
        (operation, path) -> {
          if (operation == CrashDisk.Operation.READ && path.equals(file) && ++reads[0] == 3) {
            try {
              bench.flip(file, at);
            } catch (IOException e) {
              return e;
            }
          }
          return null;
        });
    DamagedException e = assertThrows(DamagedException.class, bench::open);
    assertTrue(e.getMessage().contains("changed while it was read"), e.getMessage());
  }

  /** What is read is whole, and of the same log: only it belongs elsewhere. */
  @Test
  void aFileThatReadsLikeAnotherTheSecondTimeIsAnError() throws IOException {
    List<Path> files = filledInDoubtfulOrder();
    misread(files.get(1), files.get(3), 3);
    DamagedException e = assertThrows(DamagedException.class, bench::open);
    assertTrue(e.getMessage().contains("changed while it was read"), e.getMessage());
    bench.disk.setLies(new DiskLies() {});
    assertFilled(bench.open());
  }

  @Test
  void whatIsLeftOfAGroupIsNotTakenFromAFileThatReadsLikeAnother() throws IOException {
    filled().close();
    List<Path> files = bench.segments();
    bench.flip(files.get(0), bench.batches(files.get(0)).get(2).recordsEnd() - 1);
    Journal opened = bench.open();
    int group = opened.damage().keySet().iterator().next();
    List<String> whole = left(opened, group);
    misread(files.get(1), files.get(3), 1);
    DamagedException e = assertThrows(DamagedException.class, () -> left(opened, group));
    assertTrue(e.getMessage().contains("changed since"), e.getMessage());
    bench.disk.setLies(new DiskLies() {});
    assertEquals(whole, left(opened, group));
  }

  /** At one of its reads, counted from one, the beginning of a file reads like that of another. */
  private void misread(Path file, Path like, int at) {
    int[] reads = new int[1];
    bench.disk.setLies(
        new DiskLies() {
          @Override
          public @Nullable Misread read(Place meant) {
            boolean lies = meant.file().equals(file) && ++reads[0] == at;
            return lies ? new Misread(0, new Place(like, 0, 0)) : null;
          }
        });
  }

  @Test
  void theLastBatchIsNotOverwrittenWithWhatWasMisread() throws IOException {
    write(bench.open(), value(1, 1, "a"));
    bench.disk.crash();
    bench.background.drop();
    Path file = bench.segments().get(0);
    byte[] before = bench.content(file);
    bench.disk.setLies(
        new DiskLies() {
          @Override
          public @Nullable Misread read(Place meant) {
            boolean lies = meant.file().equals(file) && meant.length() < bench.segmentBytes;
            return lies ? new Misread(0, null) : null;
          }
        });
    assertThrows(DamagedException.class, bench::open);
    bench.disk.setLies(new DiskLies() {});
    assertArrayEquals(before, bench.content(file));
    assertEquals("\7a", text(bench.open().read(1, 1)));
  }

  /** It can be read as long as the machine runs: what comes next counts on it. */
  @Test
  void aLastBatchWhoseSyncFailedIsKeptAlthoughThereIsDamageBeforeIt() throws IOException {
    for (int seed = 1; seed <= 20; seed++) {
      JournalBench mine = new JournalBench(seed);
      Journal journal = mine.open();
      write(journal, value(1, 1, "a"));
      write(journal, value(2, 1, "b"));
      mine.disk.setFaults(
          (operation, path) ->
              operation == CrashDisk.Operation.FORCE ? new IOException("broken") : null);
      assertThrows(IOException.class, () -> write(journal, value(3, 1, "c".repeat(2000))));
      mine.disk.setFaults((operation, path) -> null);
      mine.disk.kill();
      mine.background.drop();
      Path file = mine.segments().get(0);
      mine.disk.rot(file, mine.batches(file).get(1).recordsEnd() - 1, 3);
      assertEquals(Set.of(1), mine.open().damage().keySet());
      Journal opened = mine.crashAndOpen();
      assertEquals(Set.of(1), opened.damage().keySet(), "seed " + seed);
      assertEquals("\7" + "c".repeat(2000), text(opened.read(3, 1)));
    }
  }

  private Journal filled() throws IOException {
    Journal journal = bench.open();
    for (int i = 1; i <= 100; i++) {
      write(journal, value(i / 20, i, "v".repeat(100)), value(i % 5, i, "w".repeat(10) + i));
    }
    bench.background.runAll();
    assertTrue(bench.segments().size() > 4);
    return journal;
  }

  private static void assertFilled(Journal journal) throws IOException {
    for (int i = 1; i <= 100; i++) {
      assertEquals("\7" + "w".repeat(10) + i, text(journal.read(i % 5, i)));
    }
  }

  private Set<Integer> groupsIn(Path file) throws IOException {
    Set<Integer> groups = new TreeSet<>();
    for (BatchFormat.Header batch : bench.batches(file)) {
      for (int group : batch.groups(ByteBuffer.wrap(bench.content(file)))) {
        groups.add(group);
      }
    }
    return groups;
  }

  /** What the files hold; of the one that is written to, up to where it ends. */
  private Map<Path, byte[]> contents() throws IOException {
    Map<Path, byte[]> contents = new HashMap<>();
    Path newest = null;
    for (Path file : bench.segments()) {
      contents.put(file, bench.content(file));
      newest = bench.batches(file).isEmpty() ? newest : file;
    }
    List<BatchFormat.Header> batches = bench.batches(newest);
    int end = batches.get(batches.size() - 1).end();
    contents.computeIfPresent(newest, (file, bytes) -> Arrays.copyOf(bytes, end));
    return contents;
  }
}
