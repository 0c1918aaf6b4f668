package io.github.skywalker.paxos.sim;

import java.util.List;

/**
 * One way to break the protocol, which the simulator must find: edits of the production sources.
 *
 * @param name what it does wrong
 * @param rule which rule it breaks
 * @param scenario that finds it, if not the swarm does
 * @param seeds some that find it, for the default build
 */
record Mutant(String name, String rule, List<Edit> edits, Scenario scenario, List<Seed> seeds) {

  /**
   * A piece of text and what takes its place.
   *
   * @param file the name of the source file, without its folder
   * @param text what stands there, exactly once, however it is broken into lines
   */
  record Edit(String file, String text, String replacement) {}

  @Override
  public String toString() {
    return name;
  }
}
