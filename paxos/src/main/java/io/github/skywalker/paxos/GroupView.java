package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.paxos.core.Replica;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What other threads may see of a group: one moment, never changed. */
record GroupView(
    Phase phase,
    Membership founding,
    Membership membership,
    Optional<Master> master,
    Ballot masterBallot,
    Ballot prepared,
    Ballot promised,
    long chosenUpTo,
    int openInstances,
    int pendingProposals,
    Map<Integer, Long> peers,
    Set<Integer> onlyLearning,
    @Nullable String haltReason) {

  /** The replica as it is now; asked on the group's loop. */
  static GroupView of(Replica replica) {
    return new GroupView(
        replica.phase(),
        replica.state().founding(),
        replica.state().membership(),
        Optional.ofNullable(replica.state().master()),
        replica.state().masterBallot(),
        replica.prepared(),
        replica.promised(),
        replica.chosenUpTo(),
        replica.openInstances(),
        replica.pendingProposals(),
        replica.peers(),
        replica.onlyLearning(),
        replica.haltReason() != null ? replica.haltReason() : replica.damage());
  }

  /** Whether the master entry executed last is of the ballot that is prepared here. */
  boolean leads() {
    return !prepared.isZero() && prepared.equals(masterBallot);
  }
}
