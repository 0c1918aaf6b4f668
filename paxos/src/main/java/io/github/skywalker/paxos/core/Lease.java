package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * This node's lease in the group: while it is live, nothing is chosen in a higher ballot (PML 5.2).
 * It is live while a majority has confirmed this node's ballot under the stamp of its newest grant,
 * and those grants have not run out.
 *
 * <p>What a lease may no longer be counted for, for good, ends the object's ballot: being released,
 * having sent a membership change, or having found one in Phase 1.
 */
final class Lease {

  private final int self;
  private final Grants grants;
  private Voters voters;
  private Ballot ballot = Ballot.ZERO;
  private boolean counts;
  private final Map<Integer, Stamp> confirmed = new HashMap<>();

  Lease(int self, Grants grants, Voters voters) {
    this.self = self;
    this.grants = grants;
    this.voters = voters;
  }

  /** A new ballot of this node's: nothing is confirmed yet, and it is not prepared. */
  void begin(Ballot newBallot, Voters itsVoters) {
    ballot = newBallot;
    voters = itsVoters;
    counts = false;
    confirmed.clear();
  }

  /** The ballot is prepared: from now on it counts. */
  void prepared() {
    counts = true;
  }

  /** From now on no lease is counted in this ballot, for good. */
  void spoil() {
    counts = false;
    ballot = Ballot.ZERO;
    confirmed.clear();
  }

  /** A member has confirmed that its promise is exactly this ballot. */
  void confirm(int member, Ballot itsPromise, Stamp stamp) {
    if (itsPromise.equals(ballot)) {
      confirmed.merge(member, stamp, (old, fresh) -> fresh.newerThan(old) ? fresh : old);
    }
  }

  /** Whether this member's confirmation has another stamp than its newest grant. */
  boolean wantsConfirmation(int member) {
    return counts
        && member != self
        && !grants.stampOf(member).equals(Stamp.NONE)
        && !grants.stampOf(member).equals(confirmed.getOrDefault(member, Stamp.NONE));
  }

  /** For how long still it is live; 0 if it is not. */
  long leftNanos(long now) {
    if (!counts) {
      return 0;
    }
    int[] nodes = voters.nodes();
    if (nodes.length == 0) {
      return 0;
    }
    long[] left = new long[nodes.length];
    for (int i = 0; i < nodes.length; i++) {
      left[i] = nodes[i] == self ? Long.MAX_VALUE : grantLeft(nodes[i], now);
    }
    Arrays.sort(left);
    return left[nodes.length - (nodes.length / 2 + 1)];
  }

  private long grantLeft(int member, long now) {
    Stamp stamp = confirmed.get(member);
    long until = stamp == null ? Long.MIN_VALUE : grants.heldUntil(member, stamp);
    return until == Long.MIN_VALUE ? 0 : Math.max(0, until - now);
  }
}
