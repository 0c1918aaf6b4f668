package io.github.skywalker.paxos.sim;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Many seeds. {@code -Dseeds=20000 -DfirstSeed=1001} runs more, and goes on where it was stopped:
 * its figures are kept in {@code target/simulation} and add up. {@code -Dscenario=leases} runs
 * those of a scenario.
 */
class SimulationTest {

  private static final Scenario SCENARIO = Scenario.named(System.getProperty("scenario", "swarm"));

  private static final long FIRST_SEED = Long.getLong("firstSeed", 1);
  private static final int SEEDS = Integer.getInteger("seeds", 500);

  /** With fewer seeds than this the figures say nothing. */
  private static final int ENOUGH_SEEDS = 400;

  /** Of each scenario, in every build. */
  private static final int SEEDS_OF_EACH_SCENARIO = 40;

  @BeforeAll
  static void beQuiet() {
    Quiet.please();
  }

  @Test
  void everySeedHoldsEveryInvariantAndSettles() throws IOException {
    Campaign.Outcome outcome = campaign(SCENARIO, SEEDS).run();

    System.out.println(outcome.summary());
    assertEquals("", outcome.failures());
    if (SCENARIO.isSwarm() && SEEDS >= ENOUGH_SEEDS) {
      assertHappened(outcome.figures());
    }
  }

  private static Campaign campaign(Scenario scenario, int seeds) {
    Path directory = Path.of("target", "simulation");
    return new Campaign(directory, scenario, FIRST_SEED, seeds, seeds > 500);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SWARM")
  void everyScenarioHoldsEveryInvariantAndPlaysWhatItIsAbout(Scenario scenario) throws IOException {
    int seeds = Math.min(SEEDS, SEEDS_OF_EACH_SCENARIO);

    Campaign.Outcome outcome = campaign(scenario, seeds).run();

    System.out.println("  " + scenario + outcome.line());
    assertEquals("", outcome.failures());
    if (seeds == SEEDS_OF_EACH_SCENARIO) {
      for (String what : scenario.plays()) {
        long many = outcome.figures().of(what);
        assertTrue(many / 2 >= seeds, () -> scenario + ", " + what + ": only " + many);
      }
    }
  }

  /** Else a name that was mistaken, or changed, would narrow nothing. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SWARM")
  void whatAScenarioNarrowsIsDrawnInSomeOfItsSeeds(Scenario scenario) {
    TreeSet<String> narrowed = new TreeSet<>(scenario.bias().names());
    for (long number = 1; number <= 20 && !narrowed.isEmpty(); number++) {
      narrowed.removeAll(Simulation.run(new Seed(scenario, number), false, Cut.NOTHING).draws());
    }
    assertEquals(Set.of(), narrowed);
  }

  @Test
  void everySeedThatOnceFailedHolds() throws IOException {
    for (Seed seed : SeedList.read()) {
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
                "crashes while machines restore",
                "blackouts",
                "stops in good order that ended",
                "pauses",
                "suspensions",
                "partitions",
                "one-way partitions",
                "resets",
                "messages corrupted",
                "disk errors on write",
                "disk errors on sync",
                "full disks",
                "bits rotten",
                "writes misdirected",
                "writes that stopped short",
                "reads misdirected",
                "stale reads",
                "groups found damaged",
                "groups mended by learning",
                "checkpoints offered with names that lead elsewhere",
                "machines that took their time",
                "values read again for machines that lag",
                "membership changes",
                "newest memberships told",
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
