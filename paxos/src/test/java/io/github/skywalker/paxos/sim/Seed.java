package io.github.skywalker.paxos.sim;

import java.util.Locale;

/** What all of a run follows from: what it is about, and a number. */
record Seed(Scenario scenario, long number) {

  /** A number alone is one of the swarm's; those of a scenario have its name before it. */
  static Seed parse(String text) {
    String[] words = text.strip().split(" +", -1);
    Scenario scenario = words.length == 1 ? Scenario.SWARM : Scenario.named(words[0]);
    return new Seed(scenario, Long.parseLong(words[words.length - 1]));
  }

  @Override
  public String toString() {
    return scenario.isSwarm()
        ? Long.toString(number)
        : scenario.name().toLowerCase(Locale.ROOT) + " " + number;
  }
}
