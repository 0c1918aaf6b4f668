package io.github.skywalker.paxos.sim;

import java.util.List;

/**
 * One way to break the protocol, which the simulator must find: an edit of one source file.
 *
 * @param name what it does wrong
 * @param file below the project
 * @param edits what stands there, exactly once, and what stands there instead
 * @param seeds some that find it, for the default build
 */
record Mutant(String name, String file, List<Edit> edits, List<Long> seeds) {

  /** A piece of text and what takes its place. */
  record Edit(String text, String replacement) {}

  @Override
  public String toString() {
    return name;
  }
}
