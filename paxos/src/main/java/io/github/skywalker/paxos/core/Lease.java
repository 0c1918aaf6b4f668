package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * This node's lease in the group: while it is live, nothing is chosen in a higher ballot (PML 5.2).
 * It is live while a majority has confirmed this node's ballot under the stamp of its newest grant,
 * and those grants have not run out.
 *
 * <p>What a lease may no longer be counted for, for good, ends the object's ballot: being released,
 * having sent a membership change, or having found one in Phase 1.
 *
 * <p>It changes in the steps of its replica only; {@link #leftNanos} may be asked by any thread.
 */
public final class Lease {

  /** What was confirmed, as of one moment; never changed. */
  private record View(Ballot ballot, Voters voters, boolean counts, Map<Integer, Stamp> confirmed) {

    View with(int member, Stamp stamp) {
      Map<Integer, Stamp> more = new TreeMap<>(confirmed);
      more.put(member, stamp);
      return new View(ballot, voters, counts, more);
    }
  }

  private final int self;
  private final Grants grants;
  private volatile View view;

  Lease(int self, Grants grants, Voters voters) {
    this.self = self;
    this.grants = grants;
    this.view = new View(Ballot.ZERO, voters, false, Map.of());
  }

  /** A new ballot of this node's: nothing is confirmed yet, and it is not prepared. */
  void begin(Ballot ballot, Voters itsVoters) {
    view = new View(ballot, itsVoters, false, Map.of());
  }

  /** The ballot is prepared: from now on it counts. */
  void prepared() {
    view = new View(view.ballot, view.voters, true, view.confirmed);
  }

  /** From now on no lease is counted in this ballot, for good. */
  void spoil() {
    view = new View(Ballot.ZERO, view.voters, false, Map.of());
  }

  /** A member has confirmed that its promise is exactly this ballot. */
  void confirm(int member, Ballot itsPromise, Stamp stamp) {
    View now = view;
    if (itsPromise.equals(now.ballot)
        && stamp.newerThan(now.confirmed.getOrDefault(member, Stamp.NONE))) {
      view = now.with(member, stamp);
    }
  }

  /** Whether every other member has confirmed this ballot, whatever was granted. */
  boolean isConfirmedByAll() {
    View now = view;
    for (int node : now.voters.nodes()) {
      if (node != self && !now.confirmed.containsKey(node)) {
        return false;
      }
    }
    return true;
  }

  /** Whether this member's confirmation has another stamp than its newest grant. */
  boolean wantsConfirmation(int member) {
    View now = view;
    Stamp granted = grants.stampOf(member);
    return now.counts
        && member != self
        && !granted.equals(Stamp.NONE)
        && !granted.equals(now.confirmed.getOrDefault(member, Stamp.NONE));
  }

  /** For how long still it is live; 0 if it is not. */
  public long leftNanos(long nowNanos) {
    View now = view;
    int[] nodes = now.voters.nodes();
    if (!now.counts || nodes.length == 0) {
      return 0;
    }
    long[] left = new long[nodes.length];
    for (int i = 0; i < nodes.length; i++) {
      left[i] =
          nodes[i] == self
              ? Long.MAX_VALUE
              : grantLeft(nodes[i], now.confirmed.get(nodes[i]), nowNanos);
    }
    Arrays.sort(left);
    return left[nodes.length - (nodes.length / 2 + 1)];
  }

  private long grantLeft(int member, @Nullable Stamp confirmed, long nowNanos) {
    long until = confirmed == null ? Long.MIN_VALUE : grants.heldUntil(member, confirmed);
    return until == Long.MIN_VALUE ? 0 : Math.max(0, until - nowNanos);
  }
}
