package io.github.skywalker.examples.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole runs: {@code -Plong} for those of three minutes, {@code -Dseconds=3600} for longer ones.
 */
@EnabledOnOs(OS.LINUX) // 127.0.x.y, signals, /proc
class TortureTest {

  private static final int SECONDS = Integer.getInteger("seconds", 180);
  private static final long SEED = Long.getLong("firstSeed", System.nanoTime() % 1_000_000);

  /** All that a broken build is looked for with: the more of it, the sooner. */
  private static final List<Fault> MANY =
      List.of(
          Fault.KILL_ONE,
          Fault.KILL_MASTER,
          Fault.KILL_ALL,
          Fault.PAUSE_MASTER,
          Fault.ISOLATE_MASTER,
          Fault.HALVES,
          Fault.ONE_WAY,
          Fault.POWER_CUT,
          Fault.RETIRE);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private Findings run(int seconds, long seed, int groups, List<Fault> faults, String front)
      throws Exception {
    return new Torture(
            new Plan(
                seconds,
                seed,
                3,
                groups,
                6,
                1000,
                faults,
                true,
                300,
                1_000_000,
                directory.resolve("run"),
                front),
            System.out)
        .run();
  }

  @Test
  @Timeout(120)
  void aClusterOutlivesAFewSeconds() throws Exception {
    Findings findings =
        run(
            6,
            1,
            2,
            List.of(Fault.KILL_MASTER, Fault.ISOLATE_MASTER, Fault.PAUSE_SHORT, Fault.CUTS),
            "");
    assertEquals(List.of(), findings.wrong());
    assertEquals(List.of(), findings.undecided());
    assertFalse(findings.faults().isEmpty());
    History history = History.read(directory.resolve("run").resolve(Torture.HISTORY));
    assertTrue(history.size() > 500, "steps: " + history.size());
    assertEquals(List.of(), HistoryJudge.judge(history, 100_000).wrong());
  }

  @Test
  @Tag("long")
  void aClusterOutlivesEverything() throws Exception {
    Findings findings = run(SECONDS, SEED, 3, List.of(), "");
    assertEquals(List.of(), findings.wrong());
    assertEquals(List.of(), findings.undecided());
  }

  @Test
  @Tag("long")
  void whoRepliesBeforeTheSyncIsFound() throws Exception {
    assertIsFound(BrokenBuild.REPLY_BEFORE_SYNC);
  }

  @Test
  @Tag("long")
  void whoReadsWithoutALeaseIsFound() throws Exception {
    assertIsFound(BrokenBuild.LOCAL_READS_WITHOUT_LEASE);
  }

  private void assertIsFound(BrokenBuild broken) throws Exception {
    assumeTrue(hasCompiler(), "Without gcc, SIGKILL loses nothing that was not synced.");
    broken.compile(directory.resolve("broken"));
    Findings findings = run(180, SEED, 3, MANY, directory.resolve("broken").toString());
    assertFalse(findings.wrong().isEmpty(), () -> broken + " was not found with seed " + SEED);
  }

  private static boolean hasCompiler() {
    try {
      Shell.run("gcc", "--version");
      return true;
    } catch (java.io.IOException none) {
      return false;
    }
  }
}
