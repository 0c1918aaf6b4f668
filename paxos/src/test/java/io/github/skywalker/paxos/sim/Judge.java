package io.github.skywalker.paxos.sim;

import java.util.Locale;

/**
 * The first thing that was wrong in a run. A check does not throw: it is called from within the
 * node's own code, which would take the exception for one of its own.
 */
final class Judge {

  private final Trace trace;
  private String failure;

  Judge(Trace trace) {
    this.trace = trace;
  }

  /** Fails the run, with the invariant that is broken and what was seen. */
  void fail(String invariant, String format, Object... arguments) {
    if (failure == null) {
      failure = invariant + ": " + String.format(Locale.ROOT, format, arguments);
      trace.line(0, "FAILED %s", failure);
    }
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** What was wrong; null if nothing. */
  String failure() {
    return failure;
  }
}
