package io.github.skywalker.paxos.sim;

import java.util.Locale;

/** What is shown of a seed that failed: it is played again, and this time written down. */
final class Report {

  private Report() {}

  static String of(Seed seed) {
    Simulation.Result result;
    try {
      result = Simulation.run(seed, false);
    } catch (RuntimeException | Error fault) {
      return text(seed, Simulation.Result.broken(seed, fault), "");
    }
    if (result.failure() == null) {
      return "\nseed " + seed + " failed, and does not when it is played again\n";
    }
    Shrinker.Shrunk shrunk = new Shrinker(seed).shrink();
    StringBuilder left = new StringBuilder("  what is left of it when it is shrunk:\n");
    shrunk.lines().forEach(line -> left.append("    ").append(line).append('\n'));
    left.append(Simulation.run(seed, true, shrunk.cut()).result().timelines());
    return text(seed, result, left.toString());
  }

  private static String text(Seed seed, Simulation.Result result, String more) {
    return String.format(
        Locale.ROOT,
        "%nseed %s: %s%n  hash %016x%n  %s%n  replay: mvn -pl paxos -am package"
            + " -Dtest=SimulationTest%s -DfirstSeed=%d -Dseeds=1%n%s",
        seed,
        result.failure(),
        result.hash(),
        result.configuration(),
        seed.scenario().option(),
        seed.number(),
        more);
  }
}
