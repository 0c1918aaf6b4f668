package io.github.skywalker.paxos.sim;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * What a scenario changes of what the swarm draws: how likely each family of faults is, and from
 * which part of its range a draw comes, by the draw's name. All else is drawn as ever.
 */
final class Bias {

  private record Part(double from, double to) {}

  private final Map<Fault, Double> odds = new EnumMap<>(Fault.class);
  private final Map<String, Part> parts = new TreeMap<>();

  /** These families are there in all runs. */
  Bias always(Fault... faults) {
    return odds(1, faults);
  }

  /** Each of these families is there in one half of the runs. */
  Bias often(Fault... faults) {
    return odds(0.5, faults);
  }

  private Bias odds(double odd, Fault... faults) {
    for (Fault fault : faults) {
      odds.put(fault, odd);
    }
    return this;
  }

  /** What is drawn from 0 to 1 comes from this part of that. */
  Bias part(String what, double from, double to) {
    parts.put(what, new Part(from, to));
    return this;
  }

  /** What the swarm has now and then is always there. */
  Bias yes(String what) {
    return part(what, 0, 0);
  }

  /** What the swarm has now and then is not there. */
  Bias no(String what) {
    return part(what, 1, 1);
  }

  /** The families of a run. */
  EnumSet<Fault> faults(Draws draws) {
    EnumSet<Fault> faults = EnumSet.noneOf(Fault.class);
    odds.forEach(
        (fault, odd) -> {
          if (draws.of("swarm, fault " + fault).nextDouble() < odd) {
            faults.add(fault);
          }
        });
    return faults;
  }

  /** The names of the draws that it narrows. */
  Set<String> names() {
    return parts.keySet();
  }

  double share(String what, SplittableRandom random) {
    Part part = parts.getOrDefault(what, new Part(0, 1));
    return part.from + (part.to - part.from) * random.nextDouble();
  }

  int below(String what, int bound, SplittableRandom random) {
    return parts.containsKey(what)
        ? Math.min(bound - 1, (int) (bound * share(what, random)))
        : random.nextInt(bound);
  }
}
