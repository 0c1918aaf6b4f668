package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message.Accept;
import io.github.skywalker.paxos.core.Message.Accepted;
import io.github.skywalker.paxos.core.Message.Behind;
import io.github.skywalker.paxos.core.Message.Canvass;
import io.github.skywalker.paxos.core.Message.Favour;
import io.github.skywalker.paxos.core.Message.Leased;
import io.github.skywalker.paxos.core.Message.Prepare;
import io.github.skywalker.paxos.core.Message.Promise;
import io.github.skywalker.paxos.core.Message.Reject;
import io.github.skywalker.paxos.core.Message.Report;
import io.github.skywalker.paxos.core.Message.Untaught;
import io.github.skywalker.util.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Promises and votes (PMS 2.2, phases 1b and 2b). It answers whoever asks, member or not; who
 * counts the answers is the proposer's business.
 */
final class Acceptor {

  /** How much of the log one part of a promise carries, unless a single value has more. */
  static final int MAX_PART_BYTES = 1 << 20;

  private final int self;
  private final boolean election;
  private final Grants grants;
  private final GroupState state;
  private final Instances instances;
  private final Outbox out;
  private final Lease lease;

  private Ballot promised;
  private boolean released;
  private boolean silent;

  /** The highest ballot of the newest life of each node that it has released. */
  private final Map<Integer, Ballot> givenUp = new TreeMap<>();

  Acceptor(
      int self,
      boolean election,
      Ballot promised,
      Grants grants,
      GroupState state,
      Instances instances,
      Lease lease,
      Outbox out) {
    this.self = self;
    this.election = election;
    this.promised = promised;
    this.grants = grants;
    this.state = state;
    this.instances = instances;
    this.lease = lease;
    this.out = out;
  }

  Ballot promised() {
    return promised;
  }

  /** What was promised or voted for here may be lost: nothing is, from now on. */
  void silence() {
    silent = true;
  }

  /** What is lost is known again: it promises and votes as ever. */
  void speak() {
    silent = false;
  }

  /** Whether it neither promises nor votes, since it may have forgotten that it did. */
  boolean isSilent() {
    return silent;
  }

  /** Has the promise written again, unless a higher one may be on disk already. */
  void keepPromise() {
    if (!silent) {
      out.write(new Write.Promised(promised, false, instances.chosenUpTo()));
    }
  }

  /** Whether the promised ballot's owner has said that it is not prepared in it any more. */
  boolean isReleased() {
    return released;
  }

  /**
   * For how long still nobody else may be promised anything here: by a grant, by the waiting time
   * after a restart, or, in a group without election, because the proposer was just heard of.
   */
  long protectedFor(int by, long now) {
    if (election) {
      return promised.node() == self && by != self
          ? Math.max(grants.protectedFor(promised, released, by, now), lease.leftNanos(now))
          : grants.protectedFor(promised, released, by, now);
    }
    boolean heard =
        !promised.isZero()
            && !released
            && promised.node() != by
            && grants.hears(promised.node(), promised.boot(), now);
    return heard ? 1 : 0;
  }

  /** Phase 1, rule 1: answers as the prepare would be answered, and changes nothing. */
  void canvass(int from, Canvass asked, long now) {
    if (silent) {
      return;
    }
    Message refusal = refusal(asked.ballot(), asked.first(), from, true, now);
    out.send(from, refusal != null ? refusal : new Favour(asked.ballot(), instances.chosenUpTo()));
  }

  /** Whether this acceptor would promise its own node a ballot. */
  boolean favours(Ballot ballot, long now) {
    return !silent && refusal(ballot, instances.chosenUpTo() + 1, self, true, now) == null;
  }

  /** Without election only a canvass is refused for having heard of another proposer. */
  private @Nullable Message refusal(
      Ballot ballot, long first, int from, boolean mayBeProtected, long now) {
    if (ballot.epoch() > state.membership().version()) {
      return new Untaught(ballot, instances.chosenUpTo());
    }
    if (!ballot.above(promised)) {
      return new Reject(ballot, promised);
    }
    long left = mayBeProtected ? protectedFor(from, now) : 0;
    if (left > 0) {
      return new Leased(ballot, left);
    }
    if (first <= instances.floor()) {
      return new Behind(ballot, instances.chosenUpTo());
    }
    return null;
  }

  /** Phase 1, rule 3. */
  void prepare(int from, Prepare asked, long now) {
    if (silent) {
      return;
    }
    Ballot ballot = asked.ballot();
    if (ballot.equals(promised)) {
      promise(from, asked);
      return;
    }
    Message refusal = refusal(ballot, asked.first(), from, election, now);
    if (refusal != null) {
      out.send(from, refusal);
      return;
    }
    if (election) {
      long left = grants.pass(promised, released, from, now);
      if (left > 0) {
        out.send(from, new Leased(ballot, left));
        return;
      }
    }
    raise(ballot);
    promise(from, asked);
  }

  /**
   * Promises this node's own proposer a ballot, if it may.
   *
   * @return whether it did; the promise counts when it is durable
   */
  boolean prepareOwn(Ballot ballot, long now) {
    if (silent || !ballot.above(promised)) {
      return false;
    }
    if (election && grants.pass(promised, released, self, now) > 0) {
      return false;
    }
    raise(ballot);
    return true;
  }

  private void raise(Ballot ballot) {
    Invariant.check(
        ballot.epoch() <= state.membership().version(),
        "Promised a ballot of epoch %d, in epoch %d",
        ballot.epoch(),
        state.membership().version());
    promised = ballot;
    released = isGivenUp(ballot);
    out.write(new Write.Promised(ballot, false, instances.chosenUpTo()));
  }

  /** Tells what is held and not told yet, in parts; each when the promise is durable. */
  private void promise(int from, Prepare asked) {
    if (asked.first() <= instances.floor()) {
      out.send(from, new Behind(asked.ballot(), instances.chosenUpTo()));
      return;
    }
    Stamp stamp = grants.stampFor(from);
    for (Promise part : promise(asked.ballot(), asked.first(), asked.from(), stamp)) {
      out.sendWhenDurable(from, part);
    }
  }

  /** The parts of a promise, as things stand, of what is held from an instance on. */
  List<Promise> promise(Ballot ballot, long first, long begin, Stamp stamp) {
    List<Promise> parts = new ArrayList<>(1);
    List<Report> reports = new ArrayList<>();
    long bytes = 0;
    long from = begin;
    for (long instance : instances.heldFrom(begin)) {
      Instances.Slot slot = instances.get(instance);
      if (slot == null) {
        continue;
      }
      if (!reports.isEmpty() && bytes + slot.value.bytes().length > MAX_PART_BYTES) {
        parts.add(new Promise(ballot, first, from, instance, reports, stamp));
        reports = new ArrayList<>();
        bytes = 0;
        from = instance;
      }
      reports.add(new Report(instance, slot.accepted, slot.value));
      bytes += slot.value.bytes().length;
    }
    parts.add(new Promise(ballot, first, from, 0, reports, stamp));
    return parts;
  }

  /** Phase 2, rule 2. */
  void accept(int from, Accept asked) {
    if (silent) {
      return;
    }
    Message refusal = refuseVote(asked.ballot());
    if (refusal != null) {
      out.send(from, refusal);
      return;
    }
    if (!instances.isChosen(asked.instance())
        && !instances.hasRoomFor(asked.instance(), asked.value())) {
      return; // It lags so far that its memory is full: it votes again when it has learned.
    }
    vote(asked.ballot(), asked.instance(), asked.value());
    out.sendWhenDurable(
        from, new Accepted(asked.ballot(), asked.instance(), grants.stampFor(from)));
  }

  /**
   * Votes for a value of this node's own proposer.
   *
   * @return what must be durable for the vote to count; 0 if nothing was written, since the promise
   *     on which a vote for what is chosen rests has been durable since the ballot's Prepare
   */
  long acceptOwn(Ballot ballot, long instance, Value value) {
    Invariant.check(promised.equals(ballot), "An own value in a ballot that is not promised");
    vote(ballot, instance, value);
    return instances.isChosen(instance) ? 0 : out.awaitDurable();
  }

  private @Nullable Message refuseVote(Ballot ballot) {
    if (ballot.epoch() > state.membership().version()) {
      return new Untaught(ballot, instances.chosenUpTo());
    }
    return promised.above(ballot) ? new Reject(ballot, promised) : null;
  }

  private void vote(Ballot ballot, long instance, Value value) {
    if (ballot.above(promised)) {
      if (election) {
        grants.passed(promised, ballot.node());
      }
      raise(ballot);
    }
    // What is known chosen stays as it is. The vote is given all the same: a ballot that sends
    // another value for this instance can no longer win.
    if (!instances.isChosen(instance) && !isVotedFor(ballot, instance, value)) {
      instances.accept(instance, ballot, value);
      out.write(new Write.Accepted(instance, ballot, value, instances.chosenUpTo()));
    }
  }

  /** Whether this very vote was given before; in one ballot an instance has only one value. */
  private boolean isVotedFor(Ballot ballot, long instance, Value value) {
    Instances.Slot slot = instances.get(instance);
    if (slot == null || !ballot.equals(slot.accepted)) {
      return false;
    }
    Invariant.check(slot.value.equals(value), "Two values for one instance in one ballot");
    return true;
  }

  /**
   * The owner of a ballot has released it. That may arrive before the ballot's own Prepare, or a
   * copy of it; a later life of the owner may not know how far the former got, and starts anew.
   */
  void release(Ballot ballot) {
    Ballot before = givenUp.getOrDefault(ballot.node(), Ballot.ZERO);
    if (ballot.boot() != before.boot() ? ballot.boot() > before.boot() : ballot.above(before)) {
      givenUp.put(ballot.node(), ballot);
    }
    if (isGivenUp(promised)) {
      released = true;
    }
  }

  /** Whether its owner has released this ballot, or a later one of the same life. */
  private boolean isGivenUp(Ballot ballot) {
    Ballot last = givenUp.getOrDefault(ballot.node(), Ballot.ZERO);
    return ballot.boot() == last.boot() && !ballot.above(last);
  }

  /** What a confirmation of this ballot carries; null if the promise is another. */
  @Nullable Stamp confirm(Ballot ballot) {
    return !silent && promised.equals(ballot) ? grants.stampFor(ballot.node()) : null;
  }
}
