package io.github.skywalker.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.opentest4j.AssertionFailedError;

/**
 * The writer and the journal together, as a node uses them, with the power cut or an error of the
 * disk at any call: what was said to be synced is there, and each append hears once how it ended.
 */
class LogWriterCrashTest {

  private static final int SEEDS = Integer.getInteger("writerSeeds", 200);
  private static final int GROUPS = 3;

  @Test
  void whatWasSaidToBeSyncedIsThereWhateverHappens() throws IOException {
    long acknowledged = 0;
    long failed = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Run run = new Run(seed);
      try {
        run.play();
      } catch (AssertionError | IOException | RuntimeException e) {
        throw new AssertionFailedError("Seed " + seed + ": " + e, e);
      }
      acknowledged += run.acknowledged;
      failed += run.failed;
    }
    assertTrue(acknowledged > 100L * SEEDS, "acknowledged: " + acknowledged);
    assertTrue(failed > SEEDS, "failed: " + failed);
  }

  private static final class Run {
    private final Random random;
    private final JournalBench bench;
    private final StepLoop loop = new StepLoop();

    /** What must be there: of each group, the value of each instance that was acknowledged. */
    private final Map<Integer, Map<Long, String>> synced = new TreeMap<>();

    private final long[] next = new long[GROUPS];
    private final long[] cleaned = new long[GROUPS];
    private LogWriter writer;
    private int callsLeft;
    private boolean powerCut;
    private int waiting;
    private int acknowledged;
    private int failed;

    Run(int seed) {
      random = new Random(seed);
      bench = new JournalBench(seed);
      bench.segmentBytes = 4096 << random.nextInt(3);
    }

    void play() throws IOException {
      for (int life = 0; life < 6; life++) {
        callsLeft = Integer.MAX_VALUE;
        bench.disk.setFaults((operation, file) -> null);
        check(start());
        powerCut = random.nextBoolean();
        callsLeft = 20 + random.nextInt(200);
        bench.disk.setFaults(
            (operation, file) ->
                operation != CrashDisk.Operation.READ
                        && file.toString().endsWith(SegmentFile.SUFFIX)
                        && callsLeft-- <= 0
                    ? new IOException("broken")
                    : null);
        for (int step = 0; step < 400 && (callsLeft > 0 || !powerCut); step++) {
          step();
        }
        end();
      }
    }

    private Journal start() throws IOException {
      Journal journal = bench.open();
      assertEquals(Map.of(), journal.damage());
      writer =
          new LogWriter(
              journal, loop, loop, (records, bytes, nanos) -> {}, 1 << (8 + random.nextInt(10)));
      return journal;
    }

    private void check(Journal journal) throws IOException {
      for (int group = 0; group < GROUPS; group++) {
        for (Map.Entry<Long, String> each : of(group).entrySet()) {
          LogRecord found = journal.read(group, each.getKey());
          assertNotNull(found, "group " + group + ", instance " + each.getKey());
          assertEquals(each.getValue(), JournalBench.text(found));
        }
      }
    }

    private Map<Long, String> of(int group) {
      return synced.computeIfAbsent(group, unused -> new TreeMap<>());
    }

    private void step() {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> append(random.nextInt(GROUPS));
        case 3 -> bench.background.runOne();
        case 4 -> loop.advance(30_000_000);
        default -> loop.runOne();
      }
    }

    private void append(int group) {
      long instance = ++next[group];
      String text = instance + "x".repeat(random.nextInt(400));
      boolean cleans = random.nextInt(4) == 0;
      long upTo = Math.max(cleaned[group], instance - 10);
      LogRecord value = JournalBench.value(group, instance, text);
      boolean[] heard = new boolean[1];
      waiting++;
      if (cleans) {
        of(group).keySet().removeIf(each -> each <= upTo); // It may be gone from now on.
        cleaned[group] = upTo;
      }
      writer.append(
          cleans ? List.of(value, JournalBench.clean(group, upTo)) : List.of(value),
          new LogWriter.Completion() {
            @Override
            public void synced() {
              hear();
              acknowledged++;
              if (instance > cleaned[group]) {
                of(group).put(instance, "\7" + text);
              }
            }

            @Override
            public void failed(IOException why) {
              hear();
              failed++;
            }

            private void hear() {
              assertTrue(!heard[0], "heard twice");
              heard[0] = true;
              waiting--;
            }
          });
    }

    /** A process whose disk fails ends in order, and every append has heard; else it is cut off. */
    private void end() {
      if (powerCut) {
        loop.drop();
        waiting = 0;
      } else {
        boolean[] closed = new boolean[1];
        writer.close(why -> closed[0] = true);
        loop.runAll();
        assertTrue(closed[0], "not closed");
        assertEquals(0, waiting, "appends that never heard");
      }
      if (random.nextInt(3) == 0) {
        bench.disk.kill();
      } else {
        bench.disk.crash();
      }
      bench.background.drop();
    }
  }
}
