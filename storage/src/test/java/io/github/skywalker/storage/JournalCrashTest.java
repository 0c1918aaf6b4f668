package io.github.skywalker.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/** Random work against a log in memory, with the power cut at any call to the disk. */
class JournalCrashTest {

  private static final int SEEDS = Integer.getInteger("journalSeeds", 300);
  private static final int FIRST_SEED = Integer.getInteger("firstJournalSeed", 0);
  private static final int GROUPS = 4;
  private static final int INSTANCES = 60;

  @Test
  void nothingSyncedIsEverMissingAndNoTornTailIsTakenForDamage() throws IOException {
    long crashes = 0;
    long reopened = 0;
    long segments = 0;
    for (int seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      Run run = new Run(seed);
      try {
        run.play();
      } catch (AssertionError | IOException | RuntimeException e) {
        throw new AssertionFailedError("Seed " + seed + ": " + e, e);
      }
      crashes += run.bench.disk.crashesWithUnsyncedWrites();
      reopened += run.reopened;
      segments += run.segments;
    }
    assertTrue(crashes > SEEDS, "crashes that hit unsynced writes: " + crashes);
    assertTrue(reopened > 5L * SEEDS, "reopened: " + reopened);
    assertTrue(segments > 3L * SEEDS, "segments filled: " + segments);
  }

  /** One seed. */
  private static final class Run {
    private final Random random;
    private final JournalBench bench;
    private final List<List<LogRecord>> synced = new ArrayList<>();
    private final boolean crashing;
    private final boolean losingIndex;
    private List<LogRecord> unsynced;
    private MemoryLogStore model = new MemoryLogStore();
    private Journal journal;
    private int callsLeft = Integer.MAX_VALUE;
    private long counter;
    private int reopened;
    private long segments;

    Run(int seed) {
      this.random = new Random(seed);
      this.bench = new JournalBench(seed);
      this.crashing = seed % 4 != 0;
      this.losingIndex = random.nextBoolean();
      bench.segmentBytes = 4096 << random.nextInt(2);
    }

    void play() throws IOException {
      reopen();
      for (int step = 0; step < 150; step++) {
        if (crashing && callsLeft == Integer.MAX_VALUE && random.nextInt(10) == 0) {
          cutThePowerAfter(random.nextInt(12));
        }
        try {
          step();
        } catch (IOException e) {
          if (callsLeft > 0) {
            throw e;
          }
          crash();
        }
      }
      cutThePowerAfter(Integer.MAX_VALUE);
      JournalBench.assertSame(model, journal, GROUPS, INSTANCES);
      assertEquals(Map.of(), journal.damage());
    }

    private void step() throws IOException {
      switch (random.nextInt(12)) {
        case 0 -> upkeep(random.nextBoolean());
        case 1 -> bench.background.runAll();
        case 2 -> bench.background.runOne();
        case 3 -> {
          if (random.nextInt(4) == 0) {
            journal.close();
            reopen();
          }
        }
        case 4 -> {
          if (crashing && random.nextInt(3) == 0) {
            crash();
          }
        }
        default -> append(batch());
      }
      int group = random.nextInt(GROUPS);
      long instance = 1L + random.nextInt(INSTANCES);
      LogRecord expected = model.read(group, instance);
      LogRecord found = journal.read(group, instance);
      assertEquals(
          expected == null ? null : JournalBench.text(expected),
          found == null ? null : JournalBench.text(found));
    }

    private void upkeep(boolean idle) throws IOException {
      List<LogRecord> wanted = journal.upkeep(idle);
      if (wanted != null) {
        append(wanted);
      }
    }

    private void append(List<LogRecord> batch) throws IOException {
      unsynced = batch;
      journal.append(batch);
      if (random.nextInt(20) == 0) {
        bench.background.runOne();
      }
      journal.sync();
      synced.add(batch);
      unsynced = null;
      model.append(batch);
    }

    private List<LogRecord> batch() {
      List<LogRecord> batch = new ArrayList<>();
      int size = 1 + random.nextInt(random.nextInt(10) == 0 ? 30 : 4);
      for (int i = 0; i < size; i++) {
        int group = random.nextInt(GROUPS);
        String text = counter++ + "x".repeat(random.nextInt(200));
        long instance =
            1 + Math.min(INSTANCES - 1, model.last(group) + random.nextInt(4) - random.nextInt(3));
        batch.add(
            switch (random.nextInt(20)) {
              case 0, 1, 2 -> JournalBench.state(group, text);
              case 3, 4 -> JournalBench.clean(group, Math.max(0, instance - random.nextInt(10)));
              case 5 ->
                  random.nextInt(10) == 0
                      ? JournalBench.drop(group)
                      : JournalBench.state(group, text);
              default -> JournalBench.value(group, Math.max(1, instance), text);
            });
      }
      return batch;
    }

    private void cutThePowerAfter(int calls) {
      callsLeft = calls;
      bench.disk.setFaults(
          (operation, file) -> {
            if (callsLeft == Integer.MAX_VALUE || operation == CrashDisk.Operation.READ) {
              return null;
            }
            return callsLeft-- <= 0 ? new IOException("the power is cut") : null;
          });
    }

    private void crash() throws IOException {
      cutThePowerAfter(Integer.MAX_VALUE);
      if (random.nextInt(3) == 0) {
        bench.disk.kill();
      } else {
        bench.disk.crash();
      }
      bench.background.drop();
      if (losingIndex) {
        bench.index = new MemoryIndex();
      }
      if (random.nextInt(4) == 0) {
        cutThePowerAfter(random.nextInt(15));
        try {
          bench.open();
        } catch (IOException e) {
          assertTrue(callsLeft <= 0, e.toString());
        }
        cutThePowerAfter(Integer.MAX_VALUE);
        bench.disk.crash();
        bench.background.drop();
      }
      reopen();
    }

    private void reopen() throws IOException {
      if (journal != null) {
        segments += bench.segments().size();
      }
      reopened++;
      journal = bench.open();
      assertEquals(Map.of(), journal.damage());
      model = new MemoryLogStore();
      synced.forEach(model::append);
      if (unsynced != null) {
        MemoryLogStore more = new MemoryLogStore();
        synced.forEach(more::append);
        more.append(unsynced);
        try {
          JournalBench.assertSame(more, journal, GROUPS, INSTANCES);
          synced.add(unsynced);
          model = more;
        } catch (AssertionError neverWritten) {
          JournalBench.assertSame(model, journal, GROUPS, INSTANCES);
        }
        unsynced = null;
      } else {
        JournalBench.assertSame(model, journal, GROUPS, INSTANCES);
      }
    }
  }
}
