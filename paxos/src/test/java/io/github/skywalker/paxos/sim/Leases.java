package io.github.skywalker.paxos.sim;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.paxos.core.Replica;
import java.util.ArrayList;
import java.util.List;

/**
 * The leases of one group at one true moment. Where the clocks of a run do not keep the bound,
 * breaches are counted, not asserted.
 */
final class Leases {

  private final int group;
  private final Judge judge;
  private final Figures figures;
  private final boolean asserted;

  /** Those that were prepared in their present life: whoever is not any more may hold no lease. */
  private final List<Seat> prepared = new ArrayList<>();

  Leases(int group, Judge judge, Figures figures, boolean asserted) {
    this.group = group;
    this.judge = judge;
    this.figures = figures;
    this.asserted = asserted;
  }

  /** A replica became prepared. */
  void prepared(Seat seat) {
    prepared.remove(seat);
    for (Seat other : prepared) {
      if (other.replica() != null && !other.replica().prepared().isZero()) {
        figures.count("leaders deposed who do not know it");
      }
    }
    prepared.add(seat);
  }

  /** A node was started anew, and has no lease. */
  void recovered(Seat seat) {
    prepared.remove(seat);
  }

  /** Forgets who is gone; says whether there can be two. */
  boolean isContested() {
    prepared.removeIf(seat -> seat.replica() == null);
    return prepared.size() > 1;
  }

  private static long left(Seat seat) {
    Replica replica = seat.replica();
    return replica == null ? 0 : replica.lease().leftNanos(seat.host().clock().nanos());
  }

  /** At most one is live. */
  void check() {
    Seat live = null;
    for (Seat seat : prepared) {
      if (left(seat) > 0) {
        if (live != null) {
          breach("nodes %d and %d hold a lease at once", live.host().id(), seat.host().id());
        }
        live = seat;
      }
    }
  }

  /** Something was chosen: no lease of a lower ballot is live. */
  void chosen(Ballot ballot) {
    for (Seat seat : prepared) {
      Replica replica = seat.replica();
      if (replica != null && ballot.above(replica.prepared()) && left(seat) > 0) {
        breach("%s has chosen, and node %d holds a lease", ballot, seat.host().id());
      }
    }
  }

  private void breach(String format, Object... arguments) {
    if (asserted) {
      judge.fail("13 at most one live lease", "group " + group + ": " + format, arguments);
    } else {
      figures.count("leases broken where clocks do not keep the bound");
    }
  }
}
