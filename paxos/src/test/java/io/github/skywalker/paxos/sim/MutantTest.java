package io.github.skywalker.paxos.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulator finds what is broken. Here each mutant runs on seeds that are known to find it;
 * with {@code -Dmutants=full}, on as many as it takes, several times over.
 */
class MutantTest {

  private static final boolean FULL = "full".equals(System.getProperty("mutants"));
  private static final int TRIALS = 5;
  private static final int MAX_SEEDS = 600;
  private static final int MAX_MEDIAN_SEEDS = 200;

  @BeforeAll
  static void beQuiet() {
    Quiet.please();
  }

  /** Those that no early seed is known to find are left to the long run. */
  static List<Mutant> mutants() {
    return Mutants.all().stream().filter(mutant -> FULL || !mutant.seeds().isEmpty()).toList();
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void isFound(Mutant mutant, @TempDir Path directory) throws Exception {
    try (MutantLoader loader = MutantLoader.of(mutant, directory)) {
      if (FULL) {
        findByManySeeds(mutant, loader);
      } else {
        findByKnownSeeds(mutant, loader);
      }
    }
  }

  /** What a seed finds moves with every change of the sources: then the first ones are tried. */
  private static void findByKnownSeeds(Mutant mutant, MutantLoader loader) throws Exception {
    for (long seed : mutant.seeds()) {
      if (loader.failureOf(seed) != null) {
        return;
      }
    }
    for (long seed = 1; seed <= MAX_MEDIAN_SEEDS; seed++) {
      if (loader.failureOf(seed) != null) {
        return;
      }
    }
    fail("not found with the seeds " + mutant.seeds() + ", nor with 1 to " + MAX_MEDIAN_SEEDS);
  }

  private static void findByManySeeds(Mutant mutant, MutantLoader loader) throws Exception {
    List<Integer> needed = new ArrayList<>();
    List<Long> found = new ArrayList<>();
    String failure = "nothing";
    for (int trial = 0; trial < TRIALS; trial++) {
      int seeds = 0;
      while (seeds < MAX_SEEDS) {
        long seed = 1 + trial * (long) MAX_SEEDS + seeds++;
        String broken = loader.failureOf(seed);
        if (broken != null) {
          failure = broken;
          found.add(seed);
          break;
        }
      }
      needed.add(seeds);
    }
    needed.sort(null);
    int median = needed.get(TRIALS / 2);
    System.out.printf(
        Locale.ROOT,
        "  %-55s median %3d seeds, %s, seeds %s: %.90s%n",
        mutant,
        median,
        needed,
        found,
        failure);
    assertTrue(median <= MAX_MEDIAN_SEEDS, () -> mutant + " took " + needed);
  }
}
