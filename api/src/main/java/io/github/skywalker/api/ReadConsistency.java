package io.github.skywalker.api;

/** What a read after {@link Node#readBarrier} may miss. */
public enum ReadConsistency {
  /**
   * Nothing that was acknowledged anywhere before the call. Where the master's lease is live, this
   * costs no message at the master and one round trip elsewhere; else a round to a majority.
   */
  LINEARIZABLE,
  /**
   * As {@link #LINEARIZABLE}, but always confirmed by a majority, so that it does not depend on the
   * bound on the drift of clocks.
   */
  MAJORITY,
  /** Anything that this node has not yet learned; it completes at once, with no message. */
  LOCAL
}
