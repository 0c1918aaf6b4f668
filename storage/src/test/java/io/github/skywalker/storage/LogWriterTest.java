package io.github.skywalker.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.storage.LogRecord.Kind;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.ThreadLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LogWriterTest {

  private final StepLoop loop = new StepLoop();
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());
  private final TracedStore store = new TracedStore();

  @Test
  void noCompletionRunsBeforeTheSyncThatCoversIt() {
    LogWriter writer = writer(1 << 20);
    writer.append(records(1), completion("one"));
    loop.runOne();
    writer.append(records(2), completion("two"));
    loop.runAll();
    assertEquals(
        List.of("append 1", "sync", "one synced", "append 2", "sync", "two synced"), events);
  }

  @Test
  void syncingIsATaskOfItsOwnBehindTheWrite() {
    LogWriter writer = writer(1 << 20);
    writer.append(records(1), completion("one"));
    loop.runOne();
    assertEquals(List.of("append 1"), events);
    loop.runOne();
    assertEquals(List.of("append 1", "sync", "one synced"), events);
  }

  @Test
  void whatQueuedDuringASyncBecomesOneBatchAndCompletesInOrder() {
    LogWriter writer = writer(1 << 20);
    writer.append(records(1), completion("a"));
    loop.runOne();
    writer.append(records(2, 3), completion("b"));
    writer.append(records(4), completion("c"));
    loop.runAll();
    assertEquals(
        List.of("append 1", "sync", "a synced", "append 2 3 4", "sync", "b synced", "c synced"),
        events);
  }

  @Test
  void aBatchIsBoundedInBytesAndALargerAppendGoesAlone() {
    LogWriter writer = writer(100);
    writer.append(records(1), completion("a"));
    writer.append(records(2), completion("b"));
    writer.append(records(3), completion("c"));
    writer.append(records(4, 5, 6, 7), completion("d"));
    writer.append(records(8), completion("e"));
    loop.runAll();
    assertEquals(
        List.of("append 1 2", "append 3", "append 4 5 6 7", "append 8"),
        events.stream().filter(event -> event.startsWith("append")).toList());
  }

  @Test
  void afterAFailedSyncEverythingFailsAndNothingIsTriedAgain() {
    LogWriter writer = writer(1 << 20);
    store.syncError = new IOException("broken");
    writer.append(records(1), completion("a"));
    loop.runOne();
    writer.append(records(2), completion("b"));
    loop.runAll();
    store.syncError = null;
    writer.append(records(3), completion("c"));
    loop.runAll();
    assertEquals(
        List.of("append 1", "sync", "a failed broken", "b failed broken", "c failed broken"),
        events);
  }

  @Test
  void afterAFailedWriteEverythingFailsAndNothingIsSynced() {
    LogWriter writer = writer(1 << 20);
    store.appendError = new IOException("broken");
    writer.append(records(1), completion("a"));
    writer.append(records(2), completion("b"));
    loop.runAll();
    assertEquals(List.of("append 1 2", "a failed broken", "b failed broken"), events);
  }

  @Test
  void aFaultInTheStoreFailsLikeAnError() {
    LogWriter writer = writer(1 << 20);
    writer.append(Collections.singletonList(records(1).get(0)), completion("a"));
    store.fault = new IllegalStateException("bug");
    loop.runAll();
    assertEquals(2, events.size());
    assertTrue(events.get(1).startsWith("a failed"), events.get(1));
  }

  @Test
  void aCompletionThatThrowsDoesNotStopTheOthers() {
    LogWriter writer = writer(1 << 20);
    writer.append(
        records(1),
        new LogWriter.Completion() {
          @Override
          public void synced() {
            throw new IllegalStateException("bad caller");
          }

          @Override
          public void failed(IOException why) {}
        });
    writer.append(records(2), completion("b"));
    loop.runAll();
    assertTrue(events.contains("b synced"));
  }

  @Test
  void closingWritesWhatIsQueuedThenClosesTheLogThenRefuses() {
    LogWriter writer = writer(1 << 20);
    writer.append(records(1), completion("a"));
    writer.append(records(2), completion("b"));
    writer.close(why -> events.add("closed " + why));
    writer.append(records(3), completion("c"));
    loop.runAll();
    assertEquals(
        List.of(
            "c failed The log is closed.",
            "append 1 2",
            "sync",
            "a synced",
            "b synced",
            "close",
            "closed null"),
        events);
  }

  @Test
  void closingAFailedLogTellsTheErrorAndFailsWhatWaits() {
    LogWriter writer = writer(1 << 20);
    IOException broken = new IOException("broken");
    store.syncError = broken;
    writer.append(records(1), completion("a"));
    loop.runAll();
    List<IOException> reported = new ArrayList<>();
    writer.close(reported::add);
    loop.runAll();
    assertSame(broken, reported.get(0));
  }

  @Test
  void upkeepIsAskedForWhenIdleUntilThereIsNoneAndThenNoTimerRuns() {
    LogWriter writer = writer(1 << 20);
    store.upkeep.add(List.of());
    store.upkeep.add(records(9));
    writer.append(records(1), completion("a"));
    loop.runAll();
    assertEquals(3, events.size());
    loop.advance(1_000_000_000);
    assertEquals(
        List.of("append 1", "sync", "a synced", "append", "sync", "append 9", "sync"), events);
    assertFalse(loop.hasTimers());
  }

  @Test
  void theObserverHearsOfEachSync() {
    LogWriter writer =
        new LogWriter(
            store,
            loop,
            loop,
            (count, bytes, nanos) -> events.add(count + " records, " + bytes + " bytes"),
            1 << 20);
    writer.append(records(1, 2), completion("a"));
    loop.runAll();
    assertEquals("2 records, 20 bytes", events.get(2));
  }

  @Test
  void manyThreadsMayAppendAndEachCompletionComesOnce() throws Exception {
    ThreadLoop thread = new ThreadLoop("log-writer", Clock.SYSTEM);
    MemoryLogStore memory = new MemoryLogStore();
    LogWriter writer =
        new LogWriter(memory, thread, Clock.SYSTEM, (count, bytes, nanos) -> {}, 1 << 20);
    int each = 2_000;
    CountDownLatch completed = new CountDownLatch(4 * each);
    List<Thread> appenders = new ArrayList<>();
    for (int group = 0; group < 4; group++) {
      int mine = group;
      appenders.add(
          new Thread(
              () -> {
                for (int i = 1; i <= each; i++) {
                  int instance = i;
                  writer.append(
                      List.of(value(mine, i)),
                      new LogWriter.Completion() {
                        @Override
                        public void synced() {
                          assertEquals(instance, memory.last(mine) >= instance ? instance : -1);
                          completed.countDown();
                        }

                        @Override
                        public void failed(IOException why) {}
                      });
                }
              }));
    }
    appenders.forEach(Thread::start);
    assertTrue(completed.await(20, TimeUnit.SECONDS));
    writer.close();
    thread.close();
    for (int group = 0; group < 4; group++) {
      assertEquals(each, memory.last(group));
    }
  }

  @Test
  void anErrorWhileNobodyWaitsIsToldTheObserverOnce() {
    LogWriter writer =
        new LogWriter(
            store,
            loop,
            loop,
            new LogWriter.Observer() {
              @Override
              public void synced(int count, long bytes, long nanos) {}

              @Override
              public void failed(IOException why) {
                events.add("observer " + why.getMessage());
              }
            },
            1 << 20);
    writer.append(records(1), completion("a"));
    loop.runAll();
    store.upkeep.add(List.of());
    store.syncError = new IOException("broken");
    loop.advance(100_000_000);
    writer.append(records(2), completion("b"));
    loop.runAll();
    assertEquals(
        List.of(
            "append 1", "sync", "a synced", "append", "sync", "observer broken", "b failed broken"),
        events);
  }

  private LogWriter writer(int maxBatchBytes) {
    return new LogWriter(store, loop, loop, (count, bytes, nanos) -> {}, maxBatchBytes);
  }

  private static List<LogRecord> records(long... instances) {
    List<LogRecord> records = new ArrayList<>();
    for (long instance : instances) {
      records.add(value(0, instance));
    }
    return records;
  }

  private static LogRecord value(int group, long instance) {
    return new LogRecord(group, Kind.VALUE, instance, new byte[4], new byte[6]);
  }

  private LogWriter.Completion completion(String name) {
    return new LogWriter.Completion() {
      @Override
      public void synced() {
        assertTrue(loop.inLoop());
        events.add(name + " synced");
      }

      @Override
      public void failed(IOException why) {
        events.add(name + " failed " + why.getMessage());
      }
    };
  }

  /** Notes what is asked of it, and fails on demand. */
  private final class TracedStore implements LogStore {
    private final List<List<LogRecord>> upkeep = new ArrayList<>();
    private IOException appendError;
    private IOException syncError;
    private RuntimeException fault;

    @Override
    public void append(List<LogRecord> batch) throws IOException {
      StringBuilder line = new StringBuilder("append");
      batch.forEach(record -> line.append(' ').append(record.instance()));
      events.add(line.toString());
      if (fault != null) {
        throw fault;
      }
      if (appendError != null) {
        throw appendError;
      }
    }

    @Override
    public void sync() throws IOException {
      events.add("sync");
      if (syncError != null) {
        throw syncError;
      }
    }

    @Override
    public List<LogRecord> upkeep(boolean idle) {
      return !idle || upkeep.isEmpty() ? null : upkeep.remove(0);
    }

    @Override
    public void close() {
      events.add("close");
    }

    @Override
    public SortedSet<Integer> groups() {
      throw new UnsupportedOperationException();
    }

    @Override
    public LogRecord state(int group) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long last(int group) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long cleanedUpTo(int group) {
      throw new UnsupportedOperationException();
    }

    @Override
    public LogRecord read(int group, long instance) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Map<Integer, String> damage() {
      return Map.of();
    }

    @Override
    public long newestBatch() {
      return 0;
    }

    @Override
    public void remains(int group, Remains visitor) {}
  }
}
