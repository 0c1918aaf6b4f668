package io.github.skywalker.paxos.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulator finds what is broken. Here each variant runs on seeds that are known to find it;
 * with {@code -Dmutants=full}, on as many as it takes, from several starting seeds, and the medians
 * are reported and bounded. {@code -Dmutant=grant} runs only those with that in their names.
 */
class MutantTest {

  private static final boolean FULL = "full".equals(System.getProperty("mutants"));
  private static final String NAMED = System.getProperty("mutant", "");
  private static final int TRIALS = 5;
  private static final int MAX_SEEDS = 600;
  private static final int MAX_MEDIAN_SEEDS = 200;
  private static final List<String> REPORT = new ArrayList<>();

  /** How a trial ended: after how many seeds, and at which. */
  private record Found(int seeds, Seed seed, String failure) {}

  @BeforeAll
  static void beQuiet() {
    Quiet.please();
  }

  @AfterAll
  static void report() {
    REPORT.forEach(System.out::println);
  }

  /** Those that no early seed is known to find are left to the long run. */
  static List<Mutant> mutants() throws IOException {
    return Mutants.all().stream()
        .filter(mutant -> mutant.name().contains(NAMED))
        .filter(mutant -> FULL || !mutant.seeds().isEmpty())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("mutants")
  void isFound(Mutant mutant, @TempDir Path directory) throws Exception {
    try (MutantLoader loader = MutantLoader.of(mutant, directory)) {
      if (FULL) {
        findFromSeveralStarts(mutant, loader);
      } else {
        findByKnownSeeds(mutant, loader);
      }
    }
  }

  /** What a seed finds moves with every change of the sources: then the first ones are tried. */
  private static void findByKnownSeeds(Mutant mutant, MutantLoader loader) throws Exception {
    for (Seed seed : mutant.seeds()) {
      if (failureOf(loader, seed) != null) {
        return;
      }
    }
    // Those of a scenario are quick, so that bad luck need not break a build.
    int most = mutant.scenario().isSwarm() ? MAX_MEDIAN_SEEDS : MAX_SEEDS;
    Found found = find(mutant, loader, 1, most);
    if (found.failure == null) {
      fail("not found by " + mutant.seeds() + ", nor by the first " + most + " seeds");
    }
    REPORT.add("  " + mutant + ": found by seed " + found.seed + ", not by " + mutant.seeds());
  }

  private static void findFromSeveralStarts(Mutant mutant, MutantLoader loader) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    List<Future<Found>> trials = new ArrayList<>();
    for (int trial = 0; trial < TRIALS; trial++) {
      long first = 1 + trial * (long) MAX_SEEDS;
      trials.add(pool.submit(() -> find(mutant, loader, first, MAX_SEEDS)));
    }
    pool.shutdown();
    List<Integer> needed = new ArrayList<>();
    List<Seed> seeds = new ArrayList<>();
    String failure = "";
    for (Future<Found> trial : trials) {
      Found found = trial.get();
      needed.add(found.seeds);
      if (found.failure != null) {
        seeds.add(found.seed);
        failure = found.failure;
      }
    }
    needed.sort(null);
    int median = needed.get(TRIALS / 2);
    REPORT.add(
        String.format(
            Locale.ROOT,
            "  %3d  %-60s %s, seeds %s: %.100s",
            median,
            mutant,
            needed,
            seeds,
            failure.lines().findFirst().orElse("not found")));
    boolean held = !mutant.seeds().isEmpty();
    assertTrue(!held || median <= MAX_MEDIAN_SEEDS, () -> mutant + " took " + needed);
  }

  private static Found find(Mutant mutant, MutantLoader loader, long first, int most)
      throws Exception {
    for (int seeds = 1; seeds <= most; seeds++) {
      Seed seed = new Seed(mutant.scenario(), first + seeds - 1);
      String failure = failureOf(loader, seed);
      if (failure != null) {
        return new Found(seeds, seed, failure);
      }
    }
    return new Found(most + 1, null, null);
  }

  /** What breaks may break the simulator with it. */
  private static String failureOf(MutantLoader loader, Seed seed) throws Exception {
    try {
      return loader.failureOf(seed);
    } catch (InvocationTargetException broken) {
      return "the simulator failed: " + broken.getCause();
    }
  }
}
