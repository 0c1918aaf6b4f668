package io.github.skywalker.paxos.sim;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Many seeds. {@code -Dseeds=20000 -DfirstSeed=1001} runs more, and goes on where it was stopped:
 * its figures are kept in {@code target/simulation} and add up.
 */
class SimulationTest {

  private static final long FIRST_SEED = Long.getLong("firstSeed", 1);
  private static final int SEEDS = Integer.getInteger("seeds", 500);

  /** With fewer seeds than this the figures say nothing. */
  private static final int ENOUGH_SEEDS = 400;

  @BeforeAll
  static void beQuiet() {
    Quiet.please();
  }

  @Test
  void everySeedHoldsEveryInvariantAndSettles() throws IOException {
    Campaign campaign =
        new Campaign(Path.of("target", "simulation"), FIRST_SEED, SEEDS, SEEDS > 500);

    Campaign.Outcome outcome = campaign.run();

    System.out.println(outcome.summary());
    assertEquals("", outcome.failures());
    if (SEEDS >= ENOUGH_SEEDS) {
      assertHappened(outcome.figures());
    }
  }

  @Test
  void everySeedThatOnceFailedHolds() throws IOException {
    for (long seed : SeedList.read()) {
      Simulation.Result result = Simulation.run(seed, false);
      assertEquals(null, result.failure(), () -> "seed " + seed);
    }
  }

  /** A simulation that simulates nothing finds nothing. */
  private static void assertHappened(Figures figures) {
    assertAll(
        Stream.of(
                "kills",
                "kills with a write in flight",
                "cuts that wander",
                "leaders deposed who do not know it",
                "reads at a leader who is deposed",
                "power cuts",
                "power cuts with a write in flight",
                "power cuts during start",
                "blackouts",
                "stops in good order that ended",
                "pauses",
                "suspensions",
                "partitions",
                "one-way partitions",
                "resets",
                "disk errors on write",
                "disk errors on sync",
                "full disks",
                "bits rotten",
                "writes misdirected",
                "writes that stopped short",
                "reads misdirected",
                "stale reads",
                "groups halted for damage",
                "machines that took their time",
                "values read again for machines that lag",
                "membership changes",
                "retirement: OK",
                "masterships",
                "messages lost",
                "messages repeated",
                "messages repeated in another life",
                "messages out of order",
                "messages dropped by full queues",
                "entries executed",
                "entries cancelled",
                "entries fenced off",
                "entries passed over",
                "read: OK",
                "groups created",
                "groups removed",
                "groups refused since they were removed",
                "proposals timed",
                "seeds without faults")
            .map(what -> () -> assertAtLeast(figures, what)));
  }

  private static void assertAtLeast(Figures figures, String what) {
    long least = Expectations.of(what, figures.of("seeds"));
    assertTrue(
        figures.of(what) >= least,
        () -> what + ": " + figures.of(what) + ", at least " + least + " expected");
  }
}
