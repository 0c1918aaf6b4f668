package io.github.skywalker.paxos.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a run that fails, what is not to blame is left out. */
class ShrinkerTest {

  @BeforeAll
  static void beQuiet() {
    Quiet.please();
  }

  @Test
  void aBallotThatIsReusedNeedsARestartAndLittleElse(@TempDir Path directory) throws Exception {
    Mutant mutant =
        Mutants.all().stream()
            .filter(each -> each.name().equals("ballot reused after a restart"))
            .findFirst()
            .orElseThrow();
    try (MutantLoader loader = MutantLoader.of(mutant, directory)) {
      Seed seed = new Seed(Scenario.SWARM, 1);
      while (loader.failureOf(seed) == null) {
        seed = new Seed(Scenario.SWARM, seed.number() + 1);
      }

      List<?> shrunk = loader.shrunk(seed);

      System.out.println("  seed " + seed + ", " + mutant + ":");
      shrunk.forEach(line -> System.out.println("    " + line));
      // The first line says how many acts are left, and of how many; the last one, what breaks.
      int left = shrunk.size() - 2;
      String[] words = shrunk.get(0).toString().split(" ", -1);
      assertEquals(left, Integer.parseInt(words[0]));
      assertTrue(left <= Integer.parseInt(words[2]) / 2, shrunk.toString());
      String last = shrunk.get(shrunk.size() - 1).toString();
      String invariant = loader.failureOf(seed).replaceFirst("(?s): .*", "");
      assertTrue(last.startsWith("breaks " + invariant), last);
      assertEquals(shrunk, loader.shrunk(seed));
    }
  }

  @Test
  void aRunThatDoesNotFailIsNotShrunk() {
    assertThrows(IllegalArgumentException.class, () -> new Shrinker(Seed.parse("1")));
  }
}
