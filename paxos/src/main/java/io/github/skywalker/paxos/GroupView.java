package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.paxos.core.Heartbeats;
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

  /** Whether the node has a ballot of its own there, or is on the way to one. */
  boolean leadsOrContends() {
    return switch (phase) {
      case CANVASSING, PREPARING, PREPARED, RETIRING -> true;
      case FOLLOWING, LEARNING, HALTED -> false;
    };
  }

  /** Whether its acceptor votes here, or, for lack of a whole log, only learns. */
  boolean votes() {
    return phase != Phase.LEARNING;
  }

  /**
   * Whether the members may not know yet, durably, of the change that made them the members without
   * this node. Once they have chosen anything after it, a majority of them has promised a ballot of
   * that epoch, and had it on disk.
   */
  boolean needs(int node) {
    long version = membership.version();
    return version > 0
        && !membership.contains(node)
        && chosenUpTo <= version
        && peers.values().stream().noneMatch(chosen -> chosen > version);
  }

  /**
   * Whether what a peer says of itself is more than it said before: thousands of groups hear it.
   */
  boolean isNews(int peer, Heartbeats.Mark mark) {
    long known = peers.getOrDefault(peer, Long.MIN_VALUE);
    return known < mark.chosenUpTo()
        || chosenUpTo < mark.chosenUpTo()
        || onlyLearning.contains(peer) == mark.votes();
  }
}
