package io.github.skywalker.paxos.sim;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.paxos.core.HeldInstances;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.paxos.core.Write;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.SortedMap;

/** One group on one host, through all lives of its node: what it has on disk, and shows. */
final class Seat {

  private final int group;
  private final Host host;
  private final Judge judge;
  private final Map<Long, Ballot> votes = new HashMap<>();
  private final IdentityHashMap<Ready, Long> forcesAtStep = new IdentityHashMap<>();
  private Ballot durable = Ballot.ZERO;
  private Ballot shown = Ballot.ZERO;
  private Life life;
  private Replica replica;
  private long appliedUpTo;
  private long cleanedUpTo;
  private boolean damaged;
  private boolean removed;
  private boolean dropped;

  Seat(int group, Host host, Judge judge) {
    this.group = group;
    this.host = host;
    this.judge = judge;
  }

  Host host() {
    return host;
  }

  /** The replica of the present life; null if that has none, or there is no life. */
  Replica replica() {
    return life != null && life.isAlive() && !removed ? replica : null;
  }

  Life life() {
    return life;
  }

  long appliedUpTo() {
    return life != null && life.isAlive() ? appliedUpTo : 0;
  }

  void applied(long instance) {
    if (instance != appliedUpTo + 1) {
      judge.fail(
          "10 execution without gap or repeat",
          "group %d, node %d has applied %d, and then %d",
          group,
          host.id(),
          appliedUpTo,
          instance);
    }
    appliedUpTo = instance;
  }

  /**
   * A new life has found that the log is not whole: it may have forgotten votes, and only learns.
   */
  void damaged(Life by) {
    life = by;
    replica = null;
    damaged = true;
    appliedUpTo = 0;
    forcesAtStep.clear();
  }

  /** The log is gone up to an instance. */
  void cleaned(long upTo) {
    cleanedUpTo = Math.max(cleanedUpTo, upTo);
  }

  long cleanedUpTo() {
    return cleanedUpTo;
  }

  /** The group was removed from the node for good, and that is on disk. */
  void removed() {
    removed = true;
  }

  boolean isRemoved() {
    return removed;
  }

  /** Whether it is on disk that the group is being removed, though nobody may have been told. */
  boolean isDropped() {
    return dropped;
  }

  boolean isDamaged() {
    return damaged;
  }

  void restored(long instance) {
    if (instance <= appliedUpTo) {
      judge.fail(
          "10 execution without gap or repeat",
          "group %d, node %d has applied %d, and then loads a checkpoint at %d",
          group,
          host.id(),
          appliedUpTo,
          instance);
    }
    appliedUpTo = instance;
  }

  /** A new life has read what an earlier one had written. */
  void recovered(Life by, Replica made) {
    life = by;
    replica = made;
    if (removed) {
      judge.fail(
          "17 what was removed stays removed",
          "group %d is open again on node %d, which has removed it",
          group,
          host.id());
    }
    forcesAtStep.clear();
    votesAgain(made);
    appliedUpTo = 0;
  }

  /** What was lost of the log is known again: nothing that binds it may be missing. */
  void mended(Replica made) {
    replica = made;
    votesAgain(made);
  }

  private void votesAgain(Replica made) {
    damaged = false;
    if (durable.above(made.promised())) {
      judge.fail(
          "5 a durable promise never falls",
          "group %d, node %d had promised %s on disk, and comes back with %s",
          group,
          host.id(),
          durable,
          made.promised());
    }
    checkEpoch(made.promised(), made);
    checkVotes(HeldInstances.votes(made), made.chosenUpTo());
    shown = made.promised();
    durable = made.promised();
  }

  /** What was voted for and is not known chosen is there again; perhaps more, in later ballots. */
  private void checkVotes(SortedMap<Long, Ballot> found, long chosenUpTo) {
    votes.forEach(
        (instance, ballot) -> {
          Ballot held = found.getOrDefault(instance, Ballot.ZERO);
          if (instance > chosenUpTo && ballot.above(held)) {
            judge.fail(
                "6 each vote sent is on disk",
                "group %d, node %d voted in %s at %d, and comes back with %s",
                group,
                host.id(),
                ballot,
                instance,
                held);
          }
        });
    votes.putAll(found);
  }

  /** A step was taken: what the replica shows, and the writes that it wants. */
  void stepped(Ready ready) {
    if (shown.above(replica.promised())) {
      judge.fail(
          "5 a durable promise never falls",
          "group %d, node %d had promised %s, and now %s",
          group,
          host.id(),
          shown,
          replica.promised());
    }
    shown = replica.promised();
    if (!ready.writes.isEmpty()) {
      forcesAtStep.put(ready, host.storage().forces());
    }
  }

  /** The writes of a step are said to be on disk. */
  void synced(Ready ready) {
    Long forces = forcesAtStep.remove(ready);
    if (forces != null && forces >= host.storage().forces()) {
      judge.fail(
          "6 each vote sent is on disk",
          "group %d, node %d takes %s for durable, but nothing was synced since",
          group,
          host.id(),
          ready.writes);
    }
    ready.writes.forEach(this::take);
  }

  private void take(Write write) {
    if (write instanceof Write.Promised promised) {
      if (durable.above(promised.ballot())) {
        judge.fail(
            "5 a durable promise never falls",
            "group %d, node %d writes promise %s over %s",
            group,
            host.id(),
            promised.ballot(),
            durable);
      }
      durable = promised.ballot();
      dropped |= promised.dropped();
    } else if (write instanceof Write.Covered covered) {
      cleaned(covered.instance());
    } else if (write instanceof Write.Accepted vote) {
      Ballot before = votes.put(vote.instance(), vote.ballot());
      if (before != null && before.above(vote.ballot())) {
        judge.fail(
            "5 an accepted ballot never falls",
            "group %d, node %d accepts %s at %d, and had accepted %s",
            group,
            host.id(),
            vote.ballot(),
            vote.instance(),
            before);
      }
    }
  }

  /** A message that binds this acceptor to a ballot leaves. */
  void bound(Ballot ballot, Object by) {
    checkEpoch(ballot, replica);
    if (ballot.above(durable)) {
      judge.fail(
          "6 each vote sent is on disk",
          "group %d, node %d sends %s, but has %s on disk",
          group,
          host.id(),
          by,
          durable);
    }
  }

  /** What made an epoch is executed, and on disk, before anything is promised or voted in it. */
  private void checkEpoch(Ballot ballot, Replica at) {
    long epoch = at.state().membership().version();
    if (ballot.epoch() > epoch) {
      judge.fail(
          "9 no vote in an epoch that was not executed",
          "group %d, node %d is bound to %s, and has executed epoch %d",
          group,
          host.id(),
          ballot,
          epoch);
    }
  }

  /** A vote leaves. */
  void voted(Ballot ballot, long instance) {
    bound(ballot, "a vote in " + ballot);
    Ballot held = votes.get(instance);
    boolean holds = held != null && !ballot.above(held);
    if (!holds && instance > replica.chosenUpTo()) {
      judge.fail(
          "6 each vote sent is on disk",
          "group %d, node %d votes at %d in %s, but has only the vote in %s on disk",
          group,
          host.id(),
          instance,
          ballot,
          held);
    }
  }

  /** The ballot on disk. */
  Ballot durable() {
    return durable;
  }

  /** The votes on disk, by instance. */
  Map<Long, Ballot> votes() {
    return votes;
  }
}
