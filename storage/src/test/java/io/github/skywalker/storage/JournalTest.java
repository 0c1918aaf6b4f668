package io.github.skywalker.storage;

import static io.github.skywalker.storage.JournalBench.clean;
import static io.github.skywalker.storage.JournalBench.drop;
import static io.github.skywalker.storage.JournalBench.state;
import static io.github.skywalker.storage.JournalBench.text;
import static io.github.skywalker.storage.JournalBench.value;
import static io.github.skywalker.storage.JournalBench.write;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.util.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class JournalTest {

  private final JournalBench bench = new JournalBench(1);

  @Test
  void whatWasSyncedIsThereAfterAPowerCut() throws IOException {
    Journal journal = bench.open();
    write(journal, state(3, "s1"), value(3, 1, "a"), value(3, 2, "b"), value(5, 9, "c"));
    write(journal, state(3, "s2"), value(3, 2, "B"));
    journal = bench.crashAndOpen();
    assertEquals("s2", text(journal.state(3)));
    assertEquals("\7a", text(journal.read(3, 1)));
    assertEquals("\7B", text(journal.read(3, 2)));
    assertEquals("\7c", text(journal.read(5, 9)));
    assertEquals(2, journal.last(3));
    assertNull(journal.state(5));
    assertNull(journal.read(3, 3));
    assertNull(journal.read(4, 1));
    assertEquals(List.of(3, 5), List.copyOf(journal.groups()));
  }

  @Test
  void whatWasAppendedIsReadBeforeItIsSynced() throws IOException {
    Journal journal = bench.open();
    journal.append(List.of(value(0, 1, "a")));
    assertEquals("\7a", text(journal.read(0, 1)));
  }

  @Test
  void aBatchTornAtAnyByteIsPassedOverAndTheLogGoesOn() throws IOException {
    Journal journal = bench.open();
    write(journal, value(0, 1, "first"), value(1, 1, "first"));
    Path file = bench.segments().get(0);
    byte[] before = bench.content(file);
    bench.background.runAll();
    Path mark = JournalBench.DIRECTORY.resolve("mark");
    byte[] markBefore = bench.content(mark);
    write(journal, value(0, 2, "x".repeat(50)), value(2, 7, "y"));
    byte[] after = bench.content(file);
    List<BatchFormat.Header> batches = bench.batches(file);
    BatchFormat.Header last = batches.get(batches.size() - 1);
    int checked = 0;
    for (int length = 0; length < last.recordsEnd() - last.offset(); length++) {
      byte[] torn = before.clone();
      System.arraycopy(after, last.offset(), torn, last.offset(), length);
      if (Arrays.equals(torn, after)) {
        continue; // What is missing is zero anyway.
      }
      bench.disk.kill();
      bench.background.drop();
      bench.disk.damage(file, bytes -> torn);
      bench.disk.damage(mark, bytes -> markBefore.clone());
      Journal opened = bench.open();
      assertEquals(Map.of(), opened.damage(), "torn after " + length);
      assertEquals("\7first", text(opened.read(0, 1)));
      assertNull(opened.read(0, 2), "torn after " + length);
      assertEquals(0, opened.last(2));
      write(opened, value(0, 2, "again"));
      opened = bench.crashAndOpen();
      assertEquals("\7again", text(opened.read(0, 2)));
      checked++;
    }
    assertTrue(checked > 150, "lengths checked: " + checked);
  }

  @Test
  void aLogThatNeverHeldARecordOpensAgain() throws IOException {
    bench.open().close();
    bench.mustExist = true;
    Journal journal = bench.open();
    assertTrue(journal.groups().isEmpty());
    journal.close();
    assertThrows(IOException.class, () -> journal.append(List.of(value(0, 1, "a"))));
  }

  @Test
  void openingReadsEachFileOnce() throws IOException {
    Journal journal = bench.open();
    for (int i = 1; i <= 1_000; i++) {
      write(journal, value(0, i, "x".repeat(100)), clean(0, Math.max(0, i - 500)));
      if (i % 10 == 0) {
        bench.upkeep(journal);
      }
    }
    write(journal, value(0, 1_001, "not marked as synced"));
    bench.disk.kill();
    bench.background.drop();
    Map<Path, Integer> reads = new TreeMap<>();
    bench.disk.setFaults(
        (operation, file) -> {
          if (operation == CrashDisk.Operation.READ && file.toString().endsWith(".segment")) {
            reads.merge(file, 1, Integer::sum);
          }
          return null;
        });
    journal = bench.open();
    assertEquals(1_001, journal.last(0));
    assertTrue(reads.size() > 10, reads.toString());
    int most = reads.values().stream().max(Integer::compare).orElseThrow();
    assertEquals(3, most, "a look at its beginning, all of it, and of one file the last batch");
    assertEquals(1, reads.values().stream().filter(count -> count == 3).count());
    journal.close();
    reads.clear();
    bench.open();
    most = reads.values().stream().max(Integer::compare).orElseThrow();
    assertEquals(2, most, "the mark shows the last batch to be synced");
  }

  @Test
  void aRecordOfAnyLengthIsWrittenAsItIsReadAgain() throws IOException {
    bench.segmentBytes = 1 << 20;
    Journal journal = bench.open();
    Random random = new Random(5);
    List<LogRecord> batch = new ArrayList<>();
    for (int piece :
        new int[] {0, 1, 1000, 100 << 10, 127 << 10, 128 << 10, 129 << 10, 300 << 10}) {
      for (int off = -30; off <= 30; off += 6) {
        byte[] head = new byte[random.nextInt(50)];
        byte[] body = new byte[Math.max(0, piece + off)];
        random.nextBytes(head);
        random.nextBytes(body);
        batch.add(new LogRecord(3, LogRecord.Kind.VALUE, batch.size() + 1L, head, body));
      }
    }
    for (int round = 0; round < 2; round++) {
      for (LogRecord record : batch) {
        write(journal, record);
      }
      write(journal, batch.toArray(new LogRecord[0]));
      journal = bench.crashAndOpen();
      for (LogRecord record : batch) {
        LogRecord read = journal.read(3, record.instance());
        assertArrayEquals(record.head(), read.head());
        assertArrayEquals(record.body(), read.body());
      }
    }
  }

  @Test
  void aLogThatMustBeThereAndIsNotIsRefused() {
    bench.mustExist = true;
    DamagedException e = assertThrows(DamagedException.class, bench::open);
    assertTrue(e.getMessage().contains("/data/log"), e.getMessage());
  }

  @Test
  void cleaningAndDroppingHoldAcrossAPowerCut() throws IOException {
    Journal journal = bench.open();
    for (int i = 1; i <= 10; i++) {
      write(journal, value(0, i, "v" + i), value(1, i, "w" + i));
    }
    write(journal, state(1, "kept"), clean(0, 4), drop(1), value(1, 2, "new"));
    for (int round = 0; round < 2; round++) {
      assertNull(journal.read(0, 4));
      assertEquals("\7v5", text(journal.read(0, 5)));
      assertEquals(4, journal.cleanedUpTo(0));
      assertEquals(10, journal.last(0));
      assertNull(journal.read(1, 9));
      assertEquals("\7new", text(journal.read(1, 2)));
      assertEquals(2, journal.last(1));
      assertEquals("kept", text(journal.state(1)));
      journal = bench.crashAndOpen();
    }
  }

  @Test
  void cleanedSegmentsAreUsedAgainAndTheLogStaysSmall() throws IOException {
    Journal journal = bench.open();
    for (int i = 1; i <= 2_000; i++) {
      write(journal, value(0, i, "x".repeat(100)), clean(0, Math.max(0, i - 20)));
      if (i % 10 == 0) {
        bench.upkeep(journal);
      }
    }
    assertTrue(bench.segments().size() <= 6, bench.segments().toString());
    journal = bench.crashAndOpen();
    assertEquals(1_980, journal.cleanedUpTo(0));
    assertEquals(2_000, journal.last(0));
    assertNull(journal.read(0, 1_980));
    assertEquals("\7" + "x".repeat(100), text(journal.read(0, 1_981)));
  }

  @Test
  void cleaningGivesTheDiskItsSpaceBackButForFilesToWriteToNext() throws IOException {
    cleaningGivesBackAllBut(SegmentFiles.MAX_FREE, Long.MAX_VALUE);
  }

  @Test
  void whereThereIsNotMuchRoomFewerFilesAreKept() throws IOException {
    cleaningGivesBackAllBut(16, 8 * 16 * 4096);
  }

  private void cleaningGivesBackAllBut(int files, long diskBytes) throws IOException {
    for (boolean restarted : new boolean[] {false, true}) {
      JournalBench each = new JournalBench(4);
      each.disk.setCapacity(diskBytes);
      Journal journal = each.open();
      for (int i = 1; i <= 1_000; i++) {
        write(journal, value(0, i, "x".repeat(100)), value(1, i, "y".repeat(100)));
      }
      each.upkeep(journal);
      assertTrue(each.segments().size() > 60, each.segments().toString());
      write(journal, clean(0, 1_000), clean(1, 990));
      if (restarted) {
        journal = each.crashAndOpen();
      }
      each.upkeep(journal);
      assertTrue(each.segments().size() <= files + 2, each.segments().toString());
      for (int round = 0; round < 2; round++) {
        assertEquals(1_000, journal.cleanedUpTo(0));
        assertEquals(0, journal.last(0));
        assertNull(journal.read(0, 1_000));
        assertEquals(990, journal.cleanedUpTo(1));
        assertNull(journal.read(1, 990));
        for (int i = 991; i <= 1_000; i++) {
          assertEquals("\7" + "y".repeat(100), text(journal.read(1, i)));
        }
        journal = each.crashAndOpen();
      }
    }
  }

  @Test
  void anIdleGroupsRecordsAreCopiedSoThatTheyHoldNothingBack() throws IOException {
    Journal journal = bench.open();
    write(journal, state(7, "idle"), value(7, 1, "gone"), value(7, 2, "mine"), clean(7, 1));
    for (int i = 1; i <= 1_000; i++) {
      write(journal, value(0, i, "x".repeat(100)), clean(0, Math.max(0, i - 20)));
      if (i % 10 == 0) {
        bench.upkeep(journal);
      }
    }
    assertTrue(bench.segments().size() <= 6, bench.segments().toString());
    for (int round = 0; round < 2; round++) {
      assertEquals("idle", text(journal.state(7)));
      assertEquals("\7mine", text(journal.read(7, 2)));
      assertNull(journal.read(7, 1));
      assertEquals(1, journal.cleanedUpTo(7));
      journal = bench.crashAndOpen();
    }
  }

  @Test
  void underLoadOldSegmentsAreFreedWithoutWaitingForAPause() throws IOException {
    bench.segmentBytes = 256 << 10;
    Journal journal = bench.open();
    write(journal, state(7, "idle"));
    for (int i = 1; i <= 6_000; i++) {
      write(journal, value(0, i, "x".repeat(1000)), clean(0, Math.max(0, i - 20)));
      List<LogRecord> records = journal.upkeep(false);
      if (records != null) {
        journal.append(records);
        journal.sync();
      }
      if (i % 50 == 0) {
        bench.background.runAll();
      }
    }
    assertTrue(bench.segments().size() <= 10, bench.segments().toString());
    assertEquals("idle", text(journal.state(7)));
  }

  @Test
  void garbageBehindAFullSegmentDoesNotGrowWithoutBound() throws IOException {
    Journal journal = bench.open();
    for (int i = 1; i <= 30; i++) {
      write(journal, value(7, i, "k".repeat(100)));
    }
    for (int i = 1; i <= 1_500; i++) {
      write(journal, value(0, i, "x".repeat(100)), clean(0, i));
      if (i % 10 == 0) {
        bench.upkeep(journal);
      }
    }
    assertTrue(bench.segments().size() <= 14, bench.segments().toString());
    journal = bench.crashAndOpen();
    for (int i = 1; i <= 30; i++) {
      assertEquals("\7" + "k".repeat(100), text(journal.read(7, i)));
    }
  }

  @Test
  void olderInstancesAreFoundThroughTheIndexAndWithoutIt() throws IOException {
    for (boolean lost : new boolean[] {false, true}) {
      JournalBench each = new JournalBench(2);
      CountingIndex index = new CountingIndex();
      each.index = index;
      Journal journal = each.open();
      for (int i = 1; i <= 300; i++) {
        write(journal, value(i % 3, i, "v" + i));
        each.background.runAll();
      }
      assertTrue(each.segments().size() > 6);
      if (lost) {
        index.lose();
      }
      for (int i = 1; i <= 300; i++) {
        assertEquals("\7v" + i, text(journal.read(i % 3, i)));
      }
      assertTrue(index.reads > 0);
    }
  }

  @Test
  void aLostIndexIsMadeAgainAndAGoodOneIsKept() throws IOException {
    CountingIndex index = new CountingIndex();
    bench.index = index;
    Journal journal = bench.open();
    for (int i = 1; i <= 300; i++) {
      write(journal, value(0, i, "v" + i));
    }
    bench.background.runAll();
    journal.close();
    int before = index.puts;
    bench.open().close();
    assertEquals(before, index.puts);
    index.lose();
    journal = bench.open();
    assertTrue(index.puts > before);
    assertEquals("\7v1", text(journal.read(0, 1)));
  }

  @Test
  void makingALostIndexAgainTellsEveryTwoSecondsHowFarItIs() throws IOException {
    CountingIndex index = new CountingIndex();
    bench.index = index;
    Journal journal = bench.open();
    for (int i = 1; i <= 1_000; i++) {
      write(journal, value(0, i, "x".repeat(100)));
    }
    bench.background.runAll();
    journal.close();
    index.lose();
    int before = index.puts;
    int files = bench.segments().size();
    assertTrue(files > 30, files + " files");

    AtomicLong millis = new AtomicLong();
    bench.disk.setFaults( // Each look at a file takes a quarter of a second.
        (operation, file) -> {
          if (operation == CrashDisk.Operation.READ && file.toString().endsWith(".segment")) {
            millis.addAndGet(250);
          }
          return null;
        });
    List<String> said = new ArrayList<>();
    bench.progress =
        new Progress(
            () -> millis.get() * 1_000_000,
            (done, total) -> {
              assertEquals((long) files * bench.segmentBytes, total);
              said.add(millis.get() + " ms: " + done / bench.segmentBytes);
            });
    bench.open();

    assertTrue(index.puts > before + 30);
    // At first the beginning of each file is looked at, then all of it.
    List<String> expected = new ArrayList<>();
    expected.add(files * 250 + " ms: 0");
    for (int done = 8; done < files; done += 8) {
      expected.add((files + done) * 250 + " ms: " + done);
    }
    assertEquals(expected, said);
  }

  @Test
  void anEntryOfTheIndexThatIsNotWhatWasPutIsNotBelieved() throws IOException {
    CountingIndex index = new CountingIndex();
    index.corrupting = true;
    bench.index = index;
    Journal journal = bench.open();
    for (int i = 1; i <= 300; i++) {
      write(journal, value(0, i, "v" + i));
      bench.background.runAll();
    }
    for (int i = 1; i <= 300; i++) {
      assertEquals("\7v" + i, text(journal.read(0, i)));
    }
    assertTrue(index.reads > 0);
  }

  @Test
  void anIndexThatFailsNeverFailsTheLog() throws IOException {
    CountingIndex index = new CountingIndex();
    index.failing = true;
    bench.index = index;
    Journal journal = bench.open();
    for (int i = 1; i <= 300; i++) {
      write(journal, value(0, i, "v" + i), clean(0, i - 100 < 0 ? 0 : i - 100));
      bench.background.runAll();
    }
    bench.upkeep(journal);
    assertEquals("\7v201", text(journal.read(0, 201)));
    journal = bench.crashAndOpen();
    assertEquals("\7v201", text(journal.read(0, 201)));
  }

  @Test
  void aBatchLargerThanASegmentGetsAFileOfItsOwn() throws IOException {
    Journal journal = bench.open();
    write(journal, value(0, 1, "a"));
    write(journal, value(0, 2, "b".repeat(20_000)));
    write(journal, value(0, 3, "c"));
    journal = bench.crashAndOpen();
    assertEquals("\7a", text(journal.read(0, 1)));
    assertEquals("\7" + "b".repeat(20_000), text(journal.read(0, 2)));
    assertEquals("\7c", text(journal.read(0, 3)));
  }

  @Test
  void theReserveIsKeptAndTheLogGoesOnWhenThereIsRoomAgain() throws IOException {
    bench.disk.setCapacity(40_000);
    bench.reserveBytes = 10_000;
    Journal journal = bench.open();
    List<Integer> synced = new ArrayList<>();
    IOException refused =
        assertThrows(
            IOException.class,
            () -> {
              for (int i = 1; i <= 1_000; i++) {
                write(journal, value(0, i, "x".repeat(100)));
                synced.add(i);
              }
            });
    assertTrue(refused.getMessage().contains("reserve of 10000 bytes"), refused.getMessage());
    assertTrue(bench.disk.usableBytes(JournalBench.DIRECTORY) >= 10_000);
    IOException later = assertThrows(IOException.class, () -> journal.append(List.of()));
    assertTrue(later.getMessage().contains("takes nothing more"), later.getMessage());
    bench.disk.setCapacity(80_000);
    Journal again = bench.crashAndOpen();
    assertEquals(synced.size(), again.last(0));
    write(again, value(0, synced.size() + 1L, "y"));
  }

  @Test
  void theFirstErrorOfASyncIsTheLastSync() throws IOException {
    Journal journal = bench.open();
    AtomicBoolean broken = new AtomicBoolean();
    bench.disk.setFaults(
        (operation, file) ->
            operation == CrashDisk.Operation.FORCE && broken.get()
                ? new IOException("broken")
                : null);
    journal.append(List.of(value(0, 1, "a")));
    broken.set(true);
    assertThrows(IOException.class, journal::sync);
    broken.set(false);
    long forces = bench.disk.forces();
    assertThrows(IOException.class, journal::sync);
    assertThrows(IOException.class, () -> journal.append(List.of(value(0, 2, "b"))));
    assertThrows(IOException.class, () -> journal.upkeep(true));
    journal.close();
    assertEquals(forces, bench.disk.forces());
  }

  @Test
  void whatIsReadAfterAFailedSyncIsOnTheDiskBeforeTheLogOpens() throws IOException {
    for (int seed = 0; seed < 40; seed++) {
      JournalBench each = new JournalBench(seed);
      Journal journal = each.open();
      journal.append(List.of(value(0, 1, "x".repeat(1500))));
      each.disk.setFaults(
          (operation, file) ->
              operation == CrashDisk.Operation.FORCE ? new IOException("broken") : null);
      assertThrows(IOException.class, journal::sync);
      each.disk.setFaults((operation, file) -> null);
      each.disk.kill();
      each.background.drop();
      assertEquals(1, each.open().last(0));
      Journal again = each.crashAndOpen();
      assertEquals(Map.of(), again.damage());
      assertEquals("\7" + "x".repeat(1500), text(again.read(0, 1)));
    }
  }

  @Test
  void recordsThatHaveNoPlaceOnDiskAreRefusedAndTheLogGoesOn() throws IOException {
    Journal journal = bench.open();
    for (LogRecord wrong :
        List.of(
            value(-1, 1, "a"),
            value(0, 0, "a"),
            value(0, -1, "a"),
            clean(0, -1),
            new LogRecord(0, LogRecord.Kind.STATE, 1, LogRecord.EMPTY, LogRecord.EMPTY),
            new LogRecord(0, LogRecord.Kind.DROP, 0, new byte[1], LogRecord.EMPTY))) {
      assertThrows(IllegalArgumentException.class, () -> journal.append(List.of(wrong)));
    }
    write(journal, value(Integer.MAX_VALUE, Long.MAX_VALUE, "a"), value(0, 1, ""));
    assertEquals("\7a", text(bench.crashAndOpen().read(Integer.MAX_VALUE, Long.MAX_VALUE)));
  }

  @Test
  void readersNeverSeeWrongBytesWhileSegmentsAreUsedAgain() throws Exception {
    Journal journal = bench.open();
    write(journal, state(1, "state"), value(1, 1, "one"));
    AtomicBoolean done = new AtomicBoolean();
    AtomicReference<Throwable> wrong = new AtomicReference<>();
    long[] reads = new long[1];
    Thread reader =
        new Thread(
            () -> {
              try {
                while (!done.get()) {
                  assertEquals("state", text(journal.state(1)));
                  assertEquals("\7one", text(journal.read(1, 1)));
                  long instance = Math.max(1, journal.last(0) - 5);
                  LogRecord value = journal.read(0, instance);
                  if (value != null) {
                    assertEquals(instance, value.instance());
                    assertEquals("\7v" + instance, text(value));
                  }
                  reads[0]++;
                }
              } catch (Throwable e) {
                wrong.set(e);
              }
            });
    reader.start();
    for (int i = 1; i <= 20_000 && wrong.get() == null; i++) {
      write(journal, value(0, i, "v" + i), clean(0, Math.max(0, i - 10)));
      if (i % 20 == 0) {
        bench.upkeep(journal);
      }
    }
    done.set(true);
    reader.join();
    if (wrong.get() != null) {
      throw new AssertionError("after " + reads[0] + " reads", wrong.get());
    }
    assertTrue(reads[0] > 100);
    assertTrue(bench.segments().size() <= 6);
  }

  @Test
  void tenThousandGroupsHaveTheirStateAfterAPowerCut() throws IOException {
    bench.segmentBytes = 1 << 20;
    Journal journal = bench.open();
    for (int round = 0; round < 5; round++) {
      List<LogRecord> batch = new ArrayList<>();
      for (int group = 0; group < 10_000; group++) {
        batch.add(state(group, group + "/" + round));
      }
      journal.append(batch);
      journal.sync();
      bench.upkeep(journal);
    }
    journal = bench.crashAndOpen();
    assertEquals(10_000, journal.groups().size());
    for (int group = 0; group < 10_000; group += 97) {
      assertEquals(group + "/4", text(journal.state(group)));
    }
  }

  /** An index that counts, forgets, lies or fails. */
  private static final class CountingIndex implements SegmentIndex {
    private MemoryIndex inner = new MemoryIndex();
    private int reads;
    private int puts;
    private boolean failing;
    private boolean corrupting;

    void lose() {
      inner = new MemoryIndex();
    }

    @Override
    public void put(long segment, List<Entry> entries, byte[] summary) throws IOException {
      fail();
      puts++;
      inner.put(segment, entries, summary);
    }

    @Override
    public byte[] entry(long segment, int group) throws IOException {
      fail();
      reads++;
      byte[] entry = inner.entry(segment, group);
      if (entry == null || !corrupting) {
        return entry;
      }
      byte[] changed = entry.clone();
      changed[changed.length / 2] ^= 1;
      return changed;
    }

    @Override
    public byte[] summary(long segment) throws IOException {
      fail();
      return inner.summary(segment);
    }

    @Override
    public List<Long> segments() throws IOException {
      fail();
      return inner.segments();
    }

    @Override
    public void remove(long segment) throws IOException {
      fail();
      inner.remove(segment);
    }

    @Override
    public void close() {}

    private void fail() throws IOException {
      if (failing) {
        throw new IOException("the index is broken");
      }
    }
  }
}
