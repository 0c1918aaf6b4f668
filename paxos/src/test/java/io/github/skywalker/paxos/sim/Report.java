package io.github.skywalker.paxos.sim;

import java.util.Locale;

/** What is shown of a seed that failed: it is played again, and this time written down. */
final class Report {

  private Report() {}

  static String of(long seed) {
    Simulation.Result result;
    try {
      result = Simulation.run(seed, true);
    } catch (RuntimeException | Error fault) {
      result = Simulation.Result.broken(seed, fault);
    }
    return String.format(
        Locale.ROOT,
        "%nseed %d: %s%n  hash %016x%n  %s%n  replay: mvn -pl paxos -am package"
            + " -Dtest=SimulationTest -DfirstSeed=%d -Dseeds=1%n%s",
        seed,
        result.failure(),
        result.hash(),
        result.configuration(),
        seed,
        result.timelines());
  }
}
