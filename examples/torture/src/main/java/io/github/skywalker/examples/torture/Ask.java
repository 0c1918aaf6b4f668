package io.github.skywalker.examples.torture;

import java.util.List;

/**
 * One line of JSON to a node's client port.
 *
 * @param verb what the node is to do
 * @param group in which group
 * @param command for {@link Verb#EXECUTE}; a read names only the key
 * @param version for {@link Verb#CHANGE}: the membership that is to be changed
 * @param changes for {@link Verb#CHANGE}
 */
record Ask(Verb verb, int group, Command command, long version, List<Change> changes) {

  /** What a node can be asked. */
  enum Verb {
    EXECUTE,
    /** Answered with a {@link NodeStatus} as JSON. */
    STATUS,
    /** As {@link #STATUS}, but throws away first what nobody needs. */
    MEASURE,
    CHANGE,
    RETIRE
  }

  /**
   * A change of membership.
   *
   * @param out who goes; 0 for nobody
   * @param in who comes, as {@code id=host:port}; empty for nobody
   */
  record Change(int out, String in) {}

  private static final Command NOTHING = new Command(Kind.READ, "", "", "", 0);

  static Ask execute(int group, Command command) {
    return new Ask(Verb.EXECUTE, group, command, 0, List.of());
  }

  static Ask of(Verb verb, int group) {
    return new Ask(verb, group, NOTHING, 0, List.of());
  }

  static Ask change(int group, long version, List<Change> changes) {
    return new Ask(Verb.CHANGE, group, NOTHING, version, changes);
  }
}
