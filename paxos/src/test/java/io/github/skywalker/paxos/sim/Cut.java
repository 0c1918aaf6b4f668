package io.github.skywalker.paxos.sim;

import java.util.EnumSet;
import java.util.Set;

/**
 * What is left of a run when part of it is left out, to see what of it matters. As everything draws
 * from a sequence of its own, the rest is as it was, until it meets the consequences.
 *
 * @param without families of faults that there are not
 * @param only the acts that are played; null for all
 */
record Cut(EnumSet<Fault> without, Set<Agenda.Played> only) {

  /** Nothing is left out. */
  static final Cut NOTHING = new Cut(EnumSet.noneOf(Fault.class), null);

  boolean plays(Agenda.Played act) {
    return only == null || only.contains(act);
  }
}
