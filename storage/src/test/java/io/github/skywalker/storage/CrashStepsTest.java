package io.github.skywalker.storage;

import static io.github.skywalker.storage.JournalBench.clean;
import static io.github.skywalker.storage.JournalBench.state;
import static io.github.skywalker.storage.JournalBench.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.storage.CrashDisk.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/**
 * One life of a log, in which everything happens that can happen to segments, cut off before each
 * single call to the disk or to the index: nothing synced is missing, and the log goes on.
 */
class CrashStepsTest {

  private static final int SEEDS = Boolean.getBoolean("long") ? 30 : 2;
  private static final int GROUPS = 3;
  private static final int INSTANCES = 300;

  /** So little that free files are deleted. */
  private static final long ROOM_BYTES = 100 << 10;

  /** What the log was doing when it was cut off. */
  private enum Step {
    WRITING_A_BATCH,
    SYNCING_A_BATCH,
    COPYING_WHAT_IS_NEEDED,
    MAKING_A_FILE,
    NAMING_A_FILE,
    DELETING_A_FILE,
    SYNCING_NAMES,
    WRITING_THE_MARK,
    SYNCING_THE_MARK,
    INDEXING,
    FORGETTING_IN_THE_INDEX,
    WRITING_THE_TAIL_AGAIN
  }

  @Test
  void aCrashAtEveryStepLosesNothingThatWasSynced() throws IOException {
    Map<Step, Integer> hit = new EnumMap<>(Step.class);
    for (int seed = 0; seed < SEEDS; seed++) {
      int call = 0;
      Life life;
      do {
        life = new Life(seed, call);
        try {
          life.play();
        } catch (AssertionError | IOException | RuntimeException e) {
          throw new AssertionFailedError("Seed " + seed + ", call " + call + ": " + e, e);
        }
        if (life.cutAt != null) {
          hit.merge(life.cutAt, 1, Integer::sum);
        }
        call++;
      } while (life.cutAt != null);
      assertTrue(call > 300, "calls in a life: " + call);
    }
    for (Step step : Step.values()) {
      assertTrue(hit.getOrDefault(step, 0) >= SEEDS, step + " was cut off too rarely: " + hit);
    }
  }

  /** Up to the call at which it is cut off, and what is left of it. */
  private static final class Life {
    private final JournalBench bench;
    private final List<List<LogRecord>> synced = new ArrayList<>();
    private int callsLeft;
    private Step cutAt;
    private boolean copying;
    private boolean opening;
    private List<LogRecord> unsynced;
    private Journal journal;

    Life(int seed, int calls) {
      bench = new JournalBench(seed * 100_000L + calls);
      bench.disk.setCapacity(ROOM_BYTES);
      callsLeft = calls;
      bench.disk.setFaults(this::fault);
      bench.index = new CutIndex();
    }

    private IOException fault(Operation operation, Path file) {
      boolean isSegment = file.toString().endsWith(SegmentFile.SUFFIX);
      boolean isMark = file.toString().endsWith("mark");
      Step step =
          switch (operation) {
            case OPEN, READ -> null;
            case WRITE ->
                isMark
                    ? Step.WRITING_THE_MARK
                    : !isSegment
                        ? Step.MAKING_A_FILE
                        : opening && unsynced == null && !synced.isEmpty()
                            ? Step.WRITING_THE_TAIL_AGAIN
                            : copying ? Step.COPYING_WHAT_IS_NEEDED : Step.WRITING_A_BATCH;
            case FORCE ->
                isMark
                    ? Step.SYNCING_THE_MARK
                    : isSegment ? Step.SYNCING_A_BATCH : Step.MAKING_A_FILE;
            case NAME -> isSegment ? Step.DELETING_A_FILE : Step.NAMING_A_FILE;
            case SYNC_DIRECTORY -> Step.SYNCING_NAMES;
          };
      return step != null && cut(step) ? new IOException("the power is cut") : null;
    }

    private boolean cut(Step step) {
      if (cutAt != null) {
        return true;
      }
      if (callsLeft-- > 0) {
        return false;
      }
      cutAt = step;
      return true;
    }

    void play() throws IOException {
      try {
        live();
      } catch (IOException cutOff) {
        assertTrue(cutAt != null, cutOff.toString());
      }
      Step at = cutAt;
      bench.disk.setFaults((operation, file) -> null);
      bench.index = new MemoryIndex();
      bench.disk.crash();
      bench.background.drop();
      check(bench.open());
      journal = bench.crashAndOpen();
      append(value(0, INSTANCES + 1, "and on"));
      check(journal);
      cutAt = at;
    }

    /** Fills segments, cleans them, leaves a little in each, ends well, begins again. */
    private void live() throws IOException {
      open();
      append(state(1, "a state that is needed for ever"), value(1, 1, "so is this"));
      for (int i = 1; i <= INSTANCES / 2; i++) {
        append(value(0, i, "x".repeat(150)));
        if (i == 40) {
          append(state(2, "needed, too"), clean(0, 30));
        }
        rest(i);
      }
      append(clean(0, INSTANCES / 2 - 5));
      upkeep();
      journal.close();
      open();
      for (int i = INSTANCES / 2 + 1; i <= INSTANCES / 2 + 40; i++) {
        append(value(0, i, "y".repeat(150)), clean(0, i - 5));
        rest(i);
      }
      journal.close();
    }

    private void open() throws IOException {
      opening = true;
      journal = bench.open();
      opening = false;
      bench.background.runAll();
      stopIfCut();
    }

    private void rest(int i) throws IOException {
      if (i % 3 == 0) {
        bench.background.runAll();
      }
      if (i % 10 == 0) {
        upkeep();
      }
      stopIfCut();
    }

    private void upkeep() throws IOException {
      for (List<LogRecord> wanted = journal.upkeep(true);
          wanted != null;
          wanted = journal.upkeep(true)) {
        copying = !wanted.isEmpty();
        append(wanted.toArray(new LogRecord[0]));
        copying = false;
      }
      bench.background.runAll();
      stopIfCut();
    }

    /** In the background a crash is no exception: nothing happens any more. */
    private void stopIfCut() throws IOException {
      if (cutAt != null) {
        throw new IOException("cut off in the background");
      }
    }

    private void append(LogRecord... records) throws IOException {
      unsynced = List.of(records);
      journal.append(unsynced);
      journal.sync();
      synced.add(unsynced);
      unsynced = null;
    }

    private void check(Journal opened) throws IOException {
      assertEquals(Map.of(), opened.damage());
      MemoryLogStore model = new MemoryLogStore();
      synced.forEach(model::append);
      if (unsynced != null) {
        MemoryLogStore more = new MemoryLogStore();
        synced.forEach(more::append);
        more.append(unsynced);
        try {
          JournalBench.assertSame(more, opened, GROUPS, INSTANCES + 1);
          synced.add(unsynced);
          unsynced = null;
          return;
        } catch (AssertionError neverWritten) {
          unsynced = null;
        }
      }
      JournalBench.assertSame(model, opened, GROUPS, INSTANCES + 1);
    }

    /** An index in which a crash may come, too. */
    private final class CutIndex implements SegmentIndex {
      private final MemoryIndex inner = new MemoryIndex();

      @Override
      public void put(long segment, List<Entry> entries, byte[] summary) throws IOException {
        cutHere(Step.INDEXING);
        inner.put(segment, entries, summary);
      }

      @Override
      public byte[] entry(long segment, int group) {
        return inner.entry(segment, group);
      }

      @Override
      public byte[] summary(long segment) {
        return inner.summary(segment);
      }

      @Override
      public List<Long> segments() {
        return inner.segments();
      }

      @Override
      public void remove(long segment) throws IOException {
        cutHere(Step.FORGETTING_IN_THE_INDEX);
        inner.remove(segment);
      }

      @Override
      public void close() {}

      private void cutHere(Step step) throws IOException {
        if (cut(step)) {
          throw new IOException("the power is cut");
        }
      }
    }
  }
}
