package io.github.skywalker.paxos.core;

import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message.Canvass;
import io.github.skywalker.paxos.core.Message.Favour;
import io.github.skywalker.paxos.core.Message.Prepare;
import io.github.skywalker.paxos.core.Message.Promise;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The way of this node to a prepared ballot, and out of it: it contends when nothing protects the
 * promised ballot, canvasses, prepares, leads, and retires. One ballot at a time.
 */
final class Proposer {

  /** After this many doublings of the retry period without a majority, a ballot is given up. */
  private static final int MAX_PREPARE_DOUBLINGS = 4;

  /** For so many retry periods it is waited for somebody who teaches what is lacking. */
  private static final int MAX_VAIN_WAITS = 20;

  private final int self;
  private final int boot;
  private final Replica.Options options;
  private final SplittableRandom random;
  private final GroupState state;
  private final Instances instances;
  private final Acceptor acceptor;
  private final Learner learner;
  private final Lease lease;
  private final Releases releases;
  private final Intake intake;
  private final Reads reads;
  private final Changes changes;
  private final Outbox out;
  private final Retry retry;
  private final Retry confirming;
  private final Tenure tenure;

  private Phase phase = Phase.FOLLOWING;
  private Voters voters;
  private Ballot ballot = Ballot.ZERO;
  private Ballot seen;
  private long round;
  private long contendAt = Grants.NEVER;
  private int failures;
  private long demandedUntil = Grants.NEVER;
  private long learnedUpTo;
  private int vainWaits;

  private long favours;
  private long refusals;
  private long first;
  private long ownSerial;
  private @Nullable Recovery recovery;
  private @Nullable Phase2 phase2;
  private @Nullable Handover handover;

  Proposer(
      int self,
      int boot,
      Replica.Options options,
      SplittableRandom random,
      GroupState state,
      Instances instances,
      Acceptor acceptor,
      Learner learner,
      Lease lease,
      Releases releases,
      Intake intake,
      Reads reads,
      Changes changes,
      Outbox out) {
    this.self = self;
    this.boot = boot;
    this.options = options;
    this.random = random;
    this.state = state;
    this.instances = instances;
    this.acceptor = acceptor;
    this.learner = learner;
    this.lease = lease;
    this.releases = releases;
    this.intake = intake;
    this.reads = reads;
    this.changes = changes;
    this.out = out;
    this.retry = new Retry(options.retryNanos());
    this.confirming = new Retry(options.retryNanos());
    this.tenure = new Tenure(options.leaseNanos(), lease);
    this.voters = new Voters(state.membership());
    this.seen = acceptor.promised();
    this.round = seen.round();
  }

  Phase phase() {
    return phase;
  }

  boolean isPrepared() {
    return phase == Phase.PREPARED || phase == Phase.RETIRING;
  }

  Ballot ballot() {
    return ballot;
  }

  @Nullable Phase2 phase2() {
    return phase2;
  }

  /** A ballot was heard of: the next own one is above it, in its epoch. */
  void see(Ballot other) {
    if (other.above(seen)) {
      seen = other;
    }
    round = Math.max(round, other.round());
  }

  /** The highest round that was heard of. */
  long round() {
    return round;
  }

  /* Contending. */

  /**
   * Decides, at the end of each step, whether this node wants to lead: with election, whenever
   * nothing protects the promised ballot; without, when there is also something to propose.
   */
  void consider(boolean hasWork, long now) {
    if (isBallotOpen() && !acceptor.promised().equals(ballot)) {
      end(now, "another ballot was promised");
    }
    if (isPrepared() && options.election()) {
      tenure.watch(now);
    }
    if (phase != Phase.FOLLOWING) {
      return;
    }
    boolean demanded = demandedUntil != Grants.NEVER && demandedUntil - now > 0;
    boolean wanted = voters.contains(self) && (options.election() || hasWork || demanded);
    if (!wanted || acceptor.protectedFor(self, now) > 0) {
      contendAt = Grants.NEVER; // Another event tells when that changes.
    } else if (contendAt == Grants.NEVER) {
      contendAt = now + delay();
    }
  }

  /** Another node needs somebody to lead; without election, nobody does before there is a need. */
  void demand(long now) {
    demandedUntil = now + (options.retryNanos() << MAX_PREPARE_DOUBLINGS);
  }

  private boolean isBallotOpen() {
    return phase == Phase.PREPARING || isPrepared();
  }

  private long delay() {
    return random.nextLong(options.maxElectionDelayNanos() + 1);
  }

  private void contendAfter(long delay, long now) {
    contendAt = now + delay;
  }

  /** The owner of the promised ballot gives way: whom it names contends at once, others later. */
  void released(long now) {
    if (phase == Phase.FOLLOWING) {
      contendAfter(options.retryNanos() + delay(), now);
    }
  }

  /** The owner of the promised ballot has named this node its successor. */
  void succeed(long now) {
    if (phase == Phase.FOLLOWING && voters.contains(self)) {
      contend(now);
    }
  }

  private void contend(long now) {
    contendAt = Grants.NEVER;
    if (learnsFirst()) {
      contendAfter(options.retryNanos(), now);
      return;
    }
    ballot = nextBallot();
    if (!acceptor.favours(ballot, now)) {
      return;
    }
    phase = Phase.CANVASSING;
    favours = voters.bit(self);
    refusals = 0;
    retry.start(now);
    if (voters.isMajority(favours)) {
      prepare(now);
    } else {
      out.sendAll(voters, new Canvass(ballot, instances.chosenUpTo() + 1));
    }
  }

  /**
   * Whether this node is far behind, or has seen a higher epoch than its own, and is still being
   * taught. Whoever knew may be gone: then a majority holds what was chosen, and Phase 1 finds it.
   */
  private boolean learnsFirst() {
    boolean behind =
        seen.epoch() > state.membership().version() || learner.lack() > options.windowInstances();
    if (!behind || instances.chosenUpTo() > learnedUpTo) {
      learnedUpTo = instances.chosenUpTo();
      vainWaits = 0;
    }
    return behind && vainWaits++ < MAX_VAIN_WAITS;
  }

  private Ballot nextBallot() {
    return new Ballot(state.membership().version(), round + 1, self, boot);
  }

  /* Phase 1. */

  /** An acceptor would promise the ballot. */
  void favour(int from, Favour answer, long now) {
    if (phase != Phase.CANVASSING || !answer.ballot().equals(ballot)) {
      return;
    }
    if (answer.chosenUpTo() - instances.chosenUpTo() > options.windowInstances()) {
      giveWay(options.retryNanos(), now);
      return;
    }
    favours |= voters.bit(from);
    if (voters.isMajority(favours)) {
      prepare(now);
    }
  }

  /** An acceptor would not, or does not; {@code wait} says for how long it is no use to ask. */
  void refused(int from, Ballot answered, long wait, long now) {
    if (!answered.equals(ballot) || phase != Phase.CANVASSING) {
      return;
    }
    refusals |= voters.bit(from);
    int left = voters.nodes().length - Long.bitCount(refusals);
    if (left < state.membership().majority()) {
      giveWay(Math.max(wait, options.retryNanos()) + delay(), now);
    }
  }

  /** An acceptor has promised a higher ballot. */
  void rejected(int from, Ballot answered, Ballot promised, long now) {
    see(promised);
    if (!answered.equals(ballot) || !promised.above(ballot)) {
      return;
    }
    if (isBallotOpen()) {
      end(now, "a higher ballot was promised elsewhere");
    } else {
      refused(from, answered, 0, now);
    }
  }

  /** An acceptor has deleted what it would have to report. */
  void behind(int from, Ballot answered, long now) {
    if (phase == Phase.PREPARING && answered.equals(ballot)) {
      end(now, "what the ballot asks for was deleted: learning it first");
    }
    refused(from, answered, 0, now);
  }

  /** Gives up a canvass: it was only a question. */
  private void giveWay(long delay, long now) {
    phase = Phase.FOLLOWING;
    retry.stop();
    contendAfter(delay, now);
  }

  private void prepare(long now) {
    if (ballot.round() <= round) {
      ballot = nextBallot();
    }
    if (!acceptor.prepareOwn(ballot, now)) {
      giveWay(options.retryNanos() + delay(), now);
      return;
    }
    see(ballot);
    phase = Phase.PREPARING;
    first = instances.chosenUpTo() + 1;
    recovery = new Recovery(ballot, first, voters);
    lease.begin(ballot, voters);
    ownSerial = out.awaitDurable();
    for (int node : voters.nodes()) {
      if (node != self) {
        out.sendWhenDurable(node, new Prepare(ballot, first));
      }
    }
    retry.start(now);
  }

  /** More of this node's writes are durable: its own promise, or votes, may count. */
  void synced(long now) {
    if (phase == Phase.PREPARING && out.isDurable(ownSerial)) {
      promiseOwn(now);
    }
    count(now);
  }

  private void promiseOwn(long now) {
    Recovery promises = recovery;
    if (promises == null || promises.has(self)) {
      return;
    }
    if (first <= instances.floor()) {
      end(now, "the log has gone on beyond the ballot");
      return;
    }
    for (Promise part : acceptor.promise(ballot, first, Stamp.NONE)) {
      promises.add(self, part);
    }
    leadIfComplete(now);
  }

  /** An acceptor has promised a ballot of this node's. */
  void promised(int from, Promise part, long now) {
    if (!part.ballot().equals(ballot) || !isBallotOpen()) {
      unwanted(from, part.ballot(), now);
      return;
    }
    lease.confirm(from, part.ballot(), part.stamp());
    if (phase == Phase.PREPARING && recovery != null) {
      recovery.add(from, part);
      leadIfComplete(now);
    }
  }

  /** Somebody still answers a ballot that this node has given up. */
  private void unwanted(int from, Ballot answered, long now) {
    boolean given = answered.node() == self && answered.boot() == boot;
    if (given && !(phase == Phase.CANVASSING && answered.equals(ballot))) {
      if (!releases.awaits(from, answered)) {
        releases.release(answered, from, now);
      }
    }
  }

  private void leadIfComplete(long now) {
    Recovery promises = recovery;
    if (promises == null || !promises.isComplete()) {
      return;
    }
    phase = Phase.PREPARED;
    recovery = null;
    failures = 0;
    retry.stop();
    intake.clear();
    Value masterEntry =
        options.election()
            ? Value.mastership(new Value.Mastership(self, options.leaseNanos(), ballot))
            : null;
    Phase2 begun =
        new Phase2(
            ballot,
            first,
            voters,
            self,
            promises,
            masterEntry,
            options.windowInstances(),
            options.retryNanos(),
            acceptor,
            instances,
            learner,
            intake,
            changes,
            out);
    phase2 = begun;
    changes.begin(ballot);
    if (begun.recoversChange(first)) {
      lease.spoil();
      reads.end();
    } else {
      if (options.election()) {
        lease.prepared(); // Without election nothing keeps a majority from promising another.
        watchConfirmations(now);
      }
      reads.begin(ballot, voters);
    }
    out.tell(new Outcome.Prepared(true, ballot.round()));
  }

  /** Asks those members for a confirmation whose newest grant has another stamp than theirs. */
  void confirmLease(long now) {
    for (int node : voters.nodes()) {
      if (lease.wantsConfirmation(node)) {
        out.send(node, new Message.Confirm(ballot, 0));
      }
    }
    watchConfirmations(now);
  }

  /** As long as a confirmation is missing it is asked for again, since it may be lost. */
  private void watchConfirmations(long now) {
    for (int node : voters.nodes()) {
      if (lease.wantsConfirmation(node)) {
        confirming.ensure(now);
        return;
      }
    }
    confirming.stop();
  }

  /* Phase 2. */

  /** Proposes whatever may be proposed now, at the end of a step. */
  void pump(long now) {
    Phase2 present = phase2;
    if (present == null) {
      return;
    }
    if (present.pump(phase == Phase.PREPARED, now)) {
      lease.spoil();
      reads.end();
    }
    present.announce();
    if (phase == Phase.RETIRING && present.isEmpty()) {
      handOver(now);
    }
  }

  /** An acceptor has voted in a ballot of this node's. */
  void accepted(int from, Message.Accepted vote, long now) {
    Phase2 present = phase2;
    if (present == null || !vote.ballot().equals(ballot)) {
      unwanted(from, vote.ballot(), now);
      return;
    }
    lease.confirm(from, vote.ballot(), vote.stamp());
    present.accepted(vote.instance(), from);
    count(now);
  }

  private void count(long now) {
    Phase2 present = phase2;
    while (present != null) {
      Window.Open chosen = present.pollChosen(now);
      if (chosen == null) {
        return;
      }
      learner.counted(chosen.instance, chosen.value);
      present = phase2; // A change that was executed has ended the ballot.
    }
  }

  /* The end of a ballot. */

  /** A change was executed: the present ballot, or canvass, is one of a former epoch. */
  void membershipChanged(long now) {
    Voters former = voters;
    voters = new Voters(state.membership());
    reads.members(voters);
    boolean led = isPrepared();
    Ballot mine = ballot;
    if (isBallotOpen()) {
      release(former, now);
      close();
      abandonHandover("a membership change ended the ballot");
    } else if (phase == Phase.CANVASSING) {
      phase = Phase.FOLLOWING;
      retry.stop();
    }
    if (led && voters.contains(self)) {
      contendAfter(0, now);
    } else if (led) {
      int heir = successor();
      if (heir != 0) {
        out.send(heir, new Message.Succeed(mine));
      }
    }
  }

  /** Ends the present ballot. */
  private void end(long now, String why) {
    release(voters, now);
    close();
    failures = Math.min(failures + 1, MAX_PREPARE_DOUBLINGS);
    contendAfter(options.retryNanos() + (delay() << (failures - 1)), now);
    abandonHandover(why);
  }

  /** The ballot that was to be handed over has ended in another way. */
  private void abandonHandover(String why) {
    Handover pending = handover;
    if (pending != null && !pending.released) {
      handover = null;
      out.tell(new Outcome.Answered(pending.ticket, Status.NOT_MASTER, 0, why));
    }
  }

  /** Having stopped counting the lease for good, says so to every voter. */
  private void release(Voters itsVoters, long now) {
    lease.spoil();
    if (phase2 != null) {
      phase2.conclude();
    }
    acceptor.release(ballot);
    releases.release(ballot, itsVoters, self, now);
  }

  private void close() {
    boolean led = isPrepared();
    phase = Phase.FOLLOWING;
    phase2 = null;
    recovery = null;
    retry.stop();
    confirming.stop();
    tenure.end();
    intake.clear();
    reads.end();
    changes.end();
    if (led) {
      out.tell(new Outcome.Prepared(false, ballot.round()));
    }
  }

  /** The group halts, or the node stops: nothing is led from here any more. */
  void stop(long now) {
    if (isBallotOpen()) {
      release(voters, now);
      close();
    }
    phase = Phase.HALTED;
    contendAt = Grants.NEVER;
    retry.stop();
    Handover pending = handover;
    if (pending != null) {
      handover = null;
      out.tell(new Outcome.Answered(pending.ticket, Status.STOPPED, 0, "the group stops here"));
    }
  }

  /* Retiring. */

  /** The hand-over that is under way. */
  private static final class Handover {
    final Object ticket;
    final long deadline;
    final int heir;
    boolean released;
    Ballot ballot = Ballot.ZERO;
    long heard;

    Handover(Object ticket, long deadline, int heir) {
      this.ticket = ticket;
      this.deadline = deadline;
      this.heir = heir;
    }
  }

  /** Stops taking proposals; goes on in {@link #handOver} when nothing is open. */
  void retire(Event.Retire asked) {
    int heir = successor();
    if (handover != null) {
      out.tell(
          new Outcome.Answered(asked.ticket(), Status.CONFLICT, 0, "a hand-over is under way"));
    } else if (phase != Phase.PREPARED || !options.election()) {
      out.tell(
          new Outcome.Answered(asked.ticket(), Status.NOT_MASTER, 0, "this node is not master"));
    } else if (heir == 0) {
      out.tell(
          new Outcome.Answered(
              asked.ticket(), Status.INVALID_NODE, 0, "there is no other member to follow"));
    } else {
      phase = Phase.RETIRING;
      handover = new Handover(asked.ticket(), asked.deadlineNanos(), heir);
    }
  }

  /** The member that knows most, of those that are heard of. */
  private int successor() {
    int best = 0;
    long most = -1;
    for (Map.Entry<Integer, Long> peer : learner.peers().entrySet()) {
      boolean better = peer.getKey() != self && peer.getValue() > most;
      if (better && voters.contains(peer.getKey())) {
        best = peer.getKey();
        most = peer.getValue();
      }
    }
    return best;
  }

  private void handOver(long now) {
    Handover pending = handover;
    if (pending == null) {
      return;
    }
    pending.released = true;
    pending.ballot = ballot;
    pending.heard = voters.bit(self);
    release(voters, now);
    close();
    contendAfter(2 * options.retryNanos() + options.maxElectionDelayNanos() + delay(), now);
  }

  /** A member knows that a ballot was given up. */
  void heardRelease(int from, Ballot given) {
    releases.heard(from, given);
    Handover pending = handover;
    if (pending == null || !pending.released || !given.equals(pending.ballot)) {
      return;
    }
    pending.heard |= voters.bit(from);
    boolean heirKnows = (pending.heard & voters.bit(pending.heir)) != 0;
    if (heirKnows && voters.isMajority(pending.heard)) {
      handover = null;
      out.send(pending.heir, new Message.Succeed(given));
      out.tell(new Outcome.Answered(pending.ticket, Status.OK, 0, ""));
    }
  }

  /* Time. */

  long deadline() {
    long next = phase == Phase.FOLLOWING ? contendAt : retry.at();
    if (phase2 != null) {
      next = Math.min(next, Math.min(phase2.deadline(), confirming.at()));
      next = Math.min(next, tenure.deadline());
    }
    return handover == null ? next : Math.min(next, handover.deadline);
  }

  void due(long now) {
    Handover pending = handover;
    if (pending != null && pending.deadline - now <= 0) {
      handover = null;
      if (phase == Phase.RETIRING) {
        phase = Phase.PREPARED;
      }
      out.tell(
          new Outcome.Answered(
              pending.ticket, Status.TIMEOUT, 0, "the members have not answered in time"));
    }
    switch (phase) {
      case FOLLOWING -> {
        if (contendAt != Grants.NEVER && contendAt - now <= 0) {
          contend(now);
        }
      }
      case CANVASSING -> {
        if (retry.due(now)) {
          canvassAgain(now);
        }
      }
      case PREPARING -> {
        if (retry.due(now)) {
          prepareAgain(now);
        }
      }
      case PREPARED, RETIRING -> {
        if (tenure.isOver(now)) {
          end(now, "no majority confirms its lease");
          return;
        }
        if (phase2 != null) {
          phase2.due(now);
        }
        if (confirming.due(now)) {
          confirmLease(now);
        }
      }
      case HALTED -> {}
    }
  }

  private void canvassAgain(long now) {
    if (retry.doublings() >= MAX_PREPARE_DOUBLINGS) {
      giveWay(delay(), now);
      return;
    }
    for (int node : voters.nodes()) {
      if ((favours & voters.bit(node)) == 0) {
        out.send(node, new Canvass(ballot, instances.chosenUpTo() + 1));
      }
    }
  }

  private void prepareAgain(long now) {
    if (retry.doublings() >= MAX_PREPARE_DOUBLINGS) {
      end(now, "no majority has promised the ballot");
      return;
    }
    for (int node : voters.nodes()) {
      if (recovery != null && !recovery.has(node) && out.isDurable(ownSerial)) {
        out.send(node, new Prepare(ballot, first));
      }
    }
  }
}
