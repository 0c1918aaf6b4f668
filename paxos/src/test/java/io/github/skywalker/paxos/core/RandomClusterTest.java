package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class RandomClusterTest {

  private static final long FIRST_SEED = Long.getLong("seed", 1);
  private static final long AGAIN_SEEDS = Boolean.getBoolean("long") ? 3_000 : 60;
  private static final long SEEDS = Long.getLong("seeds", 4_000);

  @Test
  void everyMessageMayComeAgainAfterRestartsAndMembershipChanges() {
    RandomCluster.Figures figures = new RandomCluster.Figures();
    for (long seed = FIRST_SEED; seed < FIRST_SEED + AGAIN_SEEDS; seed++) {
      try {
        RandomCluster cluster = new RandomCluster(seed, figures);
        cluster.remember();
        cluster.chaos();
        cluster.heal();
        cluster.again();
        cluster.heal();
      } catch (AssertionError | RuntimeException found) {
        throw new AssertionError("seed " + seed + ": " + found.getMessage(), found);
      }
    }
    assertTrue(
        figures.counts.getOrDefault("again", 0L) > 100 * AGAIN_SEEDS, figures.counts::toString);
    assertTrue(
        figures.counts.getOrDefault("MembershipChanged", 0L) > AGAIN_SEEDS / 10,
        figures.counts::toString);
  }

  @Test
  void whateverHappensInAnyOrderTheRulesHoldAndEverythingIsAnsweredInTheEnd() {
    RandomCluster.Figures figures = new RandomCluster.Figures();
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      try {
        RandomCluster cluster = new RandomCluster(seed, figures);
        cluster.chaos();
        cluster.heal();
      } catch (AssertionError | RuntimeException found) {
        throw new AssertionError("seed " + seed + ": " + found.getMessage(), found);
      }
    }
    if (Boolean.getBoolean("figures")) {
      System.out.println(figures.counts);
    }
    for (String what : List.of("crash", "ok", "cancelled", "ReadIndex", "MembershipChanged")) {
      assertTrue(
          figures.counts.getOrDefault(what, 0L) > SEEDS / 10,
          () -> "too little happened: " + figures.counts);
    }
  }
}
