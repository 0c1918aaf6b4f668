package io.github.skywalker.paxos.core;

import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message.Favour;
import io.github.skywalker.paxos.core.Message.Promise;
import org.jspecify.annotations.Nullable;

/**
 * The way of this node to a prepared ballot, and out of it: it contends when nothing protects the
 * promised ballot, canvasses, prepares, leads, and retires. One ballot at a time.
 */
final class Proposer {

  private final int self;
  private final Replica.Options options;
  private final GroupState state;
  private final Instances instances;
  private final Acceptor acceptor;
  private final Learner learner;
  private final Lease lease;
  private final Contention contention;
  private final Releases releases;
  private final Intake intake;
  private final Reads reads;
  private final Changes changes;
  private final Outbox out;
  private final Tenure tenure;
  private final Handover handover;

  private Phase phase = Phase.FOLLOWING;
  private Voters voters;
  private Ballot ballot = Ballot.ZERO;

  /** The last ballot in which promises were asked for. */
  private Ballot opened = Ballot.ZERO;

  private @Nullable Poll poll;
  private @Nullable Phase1 phase1;
  private @Nullable Phase2 phase2;

  Proposer(
      Replica.Options options,
      GroupState state,
      Instances instances,
      Acceptor acceptor,
      Learner learner,
      Lease lease,
      Contention contention,
      Releases releases,
      Intake intake,
      Reads reads,
      Changes changes,
      Outbox out) {
    this.self = options.self();
    this.options = options;
    this.state = state;
    this.instances = instances;
    this.acceptor = acceptor;
    this.learner = learner;
    this.lease = lease;
    this.contention = contention;
    this.releases = releases;
    this.intake = intake;
    this.reads = reads;
    this.changes = changes;
    this.out = out;
    this.tenure = new Tenure(options.leaseNanos(), options.retryNanos(), lease, out);
    this.handover = new Handover(self, learner, out);
    this.voters = new Voters(state.membership());
  }

  Phase phase() {
    return phase;
  }

  private void become(Phase next) {
    phase = next;
    if (next != Phase.CANVASSING && next != Phase.PREPARING) {
      contention.over();
    }
  }

  boolean isPrepared() {
    return phase == Phase.PREPARED || phase == Phase.RETIRING;
  }

  private boolean isBallotOpen() {
    return phase == Phase.PREPARING || isPrepared();
  }

  Ballot ballot() {
    return ballot;
  }

  /** Whether an answer is to the present ballot, and of somebody who has a say in it. */
  private boolean isAnswer(int from, Ballot answered) {
    return answered.equals(ballot) && voters.contains(from);
  }

  @Nullable Phase2 phase2() {
    return phase2;
  }

  /* Contending: phase FOLLOWING. */

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
    boolean needed = options.election() || hasWork || contention.isDemanded(now);
    if (!mayLead() || !needed || acceptor.protectedFor(self, now) > 0) {
      contention.stop(); // Another event tells when that changes.
    } else {
      contention.want(now);
    }
  }

  /** Whether this node contends, if nothing keeps it from that and there is a reason to. */
  boolean mayLead() {
    return voters.contains(self) && !acceptor.isSilent();
  }

  /** The owner of the promised ballot gives way: whom it names contends at once, others later. */
  void released(long now) {
    if (phase == Phase.FOLLOWING) {
      contention.after(options.retryNanos() + contention.delay(), now);
    }
  }

  /** The owner of the promised ballot has named this node its successor. */
  void succeed(long now) {
    if (phase == Phase.FOLLOWING && mayLead()) {
      contend(now);
    }
  }

  private void contend(long now) {
    contention.stop();
    if (contention.learnsFirst()) {
      contention.after(options.retryNanos(), now);
      return;
    }
    ballot = contention.next();
    if (!acceptor.favours(ballot, now) || !contention.begin(now)) {
      return;
    }
    become(Phase.CANVASSING);
    Poll begun = new Poll(ballot, voters, self, options.retryNanos(), instances, out);
    poll = begun;
    if (begun.isWon()) {
      prepare(now);
    } else {
      begun.open(now);
    }
  }

  /* Canvassing. */

  /** An acceptor would promise the ballot. */
  void favour(int from, Favour answer, long now) {
    Poll present = poll;
    if (present == null || !isAnswer(from, answer.ballot())) {
      return;
    }
    if (answer.chosenUpTo() - instances.chosenUpTo() > options.windowInstances()) {
      giveWay(options.retryNanos(), now);
      return;
    }
    present.favoured(from);
    if (present.isWon()) {
      prepare(now);
    }
  }

  /** An acceptor would not, or does not; {@code wait} says for how long it is no use to ask. */
  void refused(int from, Ballot answered, long wait, long now) {
    Poll present = poll;
    if (present == null || !isAnswer(from, answered)) {
      return;
    }
    present.refused(from);
    if (present.isLost()) {
      giveWay(Math.max(wait, options.retryNanos()) + contention.delay(), now);
    }
  }

  /** Gives up a canvass: it was only a question. */
  private void giveWay(long delay, long now) {
    become(Phase.FOLLOWING);
    poll = null;
    contention.after(delay, now);
  }

  /* Preparing: Phase 1. */

  private void prepare(long now) {
    if (ballot.round() <= contention.round()) {
      ballot = contention.next();
    }
    if (!acceptor.prepareOwn(ballot, now)) {
      giveWay(options.retryNanos() + contention.delay(), now);
      return;
    }
    contention.see(ballot);
    opened = ballot;
    become(Phase.PREPARING);
    poll = null;
    lease.begin(ballot, voters);
    Phase1 begun = new Phase1(ballot, voters, self, options.retryNanos(), instances, acceptor, out);
    phase1 = begun;
    begun.open(now);
  }

  /** More of this node's writes are durable: its own promise, or votes, may count. */
  void synced(long now) {
    Phase1 asking = phase1;
    if (asking != null) {
      if (asking.synced()) {
        leadIfComplete(asking, now);
      } else {
        end(now, "the log has gone on beyond the ballot");
      }
    }
    count(now);
  }

  /** An acceptor has promised a ballot of this node's. */
  void promised(int from, Promise part, long now) {
    if (!part.ballot().equals(ballot) || !isBallotOpen()) {
      unwanted(from, part.ballot(), now);
      return;
    }
    lease.confirm(from, part.ballot(), part.stamp());
    Phase1 asking = phase1;
    if (asking != null) {
      asking.promised(from, part);
      leadIfComplete(asking, now);
    }
  }

  /**
   * Somebody still answers a ballot that this node has given up. One that it has not used yet is
   * not released, whoever answers it: an acceptor that has heard of a release protects no lease.
   */
  private void unwanted(int from, Ballot answered, long now) {
    boolean used = answered.node() == self && !answered.above(opened);
    boolean open = isBallotOpen() && answered.equals(ballot);
    if (used && !open && !releases.awaits(from, answered)) {
      releases.release(answered, from, now);
    }
  }

  /** An acceptor has promised a higher ballot. */
  void rejected(int from, Ballot answered, Ballot promised, long now) {
    contention.see(promised);
    if (!isAnswer(from, answered) || !promised.above(ballot)) {
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
    Phase1 asking = phase1;
    if (asking != null && isAnswer(from, answered) && !asking.hasPromised(from)) {
      end(now, "what the ballot asks for was deleted: learning it first");
    }
    refused(from, answered, 0, now);
  }

  /* Prepared: Phase 2. */

  private void leadIfComplete(Phase1 asked, long now) {
    if (!asked.isComplete()) {
      return;
    }
    become(Phase.PREPARED);
    phase1 = null;
    contention.succeeded();
    intake.clear();
    Phase2 begun = begin(asked);
    phase2 = begun;
    changes.begin(ballot);
    if (begun.recoversChange()) {
      lease.spoil();
      reads.end();
    } else {
      if (options.election()) {
        lease.prepared(); // Without election nothing keeps a majority from promising another.
        tenure.askAgainIfLacking(voters, now);
      }
      reads.begin(ballot, voters);
    }
    out.tell(new Outcome.Prepared(true, ballot.round()));
  }

  private Phase2 begin(Phase1 asked) {
    Value masterEntry =
        options.election()
            ? Value.mastership(new Value.Mastership(self, options.leaseNanos(), ballot))
            : null;
    return new Phase2(
        asked,
        masterEntry,
        options.windowInstances(),
        options.retryNanos(),
        acceptor,
        instances,
        learner,
        intake,
        changes,
        out);
  }

  /** A grant has another stamp: the confirmations that the lease lacks are asked for. */
  void confirmLease(long now) {
    tenure.confirm(ballot, voters, now);
  }

  /** Proposes whatever may be proposed now, at the end of a step. */
  void pump(long now) {
    Phase2 present = phase2;
    if (present == null) {
      return;
    }
    boolean counted;
    do {
      if (present.pump(phase == Phase.PREPARED, now)) {
        lease.spoil();
        reads.end();
      }
      // A sole member's vote for what is known chosen waits for no sync, so nothing else counts it.
      counted = count(now);
    } while (counted && present == phase2);
    if (present != phase2) {
      return;
    }
    present.announce();
    if (changes.isFull()) {
      end(now, "it can remember no more refusals of changes");
    } else if (phase == Phase.RETIRING && present.isEmpty()) {
      handOver(now);
    }
  }

  /**
   * Reads wait for a majority to confirm the ballot. A member that was not asked for a promise when
   * it was prepared cannot: it raises its promise when it is sent a value.
   */
  void reach() {
    Phase2 present = phase2;
    if (present != null && !lease.isConfirmedByAll()) {
      present.reach();
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

  /** Takes what is chosen by the count; says whether anything was. */
  private boolean count(long now) {
    boolean counted = false;
    Phase2 present = phase2;
    while (present != null) {
      Window.Open chosen = present.pollChosen(now);
      if (chosen == null) {
        return counted;
      }
      learner.counted(chosen.instance, chosen.value);
      counted = true;
      present = phase2; // A change that was executed has ended the ballot.
    }
    return counted;
  }

  /* Retiring. */

  /** Stops taking proposals; goes on in {@link #handOver} when nothing is open. */
  void retire(Event.Retire asked, long now) {
    if (handover.ask(asked, phase == Phase.PREPARED && options.election(), voters, now)) {
      become(Phase.RETIRING);
    }
  }

  private void handOver(long now) {
    handover.release(ballot, voters);
    release(voters, now);
    close();
    long others = 2 * options.retryNanos() + options.maxElectionDelayNanos();
    contention.after(others + contention.delay(), now);
  }

  /** A member knows that a ballot was given up. */
  void heardRelease(int from, Ballot given) {
    releases.heard(from, given);
    handover.heard(from, given, voters);
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
      handover.abandon("a membership change ended the ballot");
    } else if (phase == Phase.CANVASSING) {
      become(Phase.FOLLOWING);
      poll = null;
    }
    if (led && voters.contains(self)) {
      contention.after(0, now);
    } else if (led) {
      int heir = handover.successor(voters, now);
      if (heir != 0) {
        out.send(heir, new Message.Succeed(mine));
      }
    }
  }

  /** A checkpoint was loaded: this node was so far behind that its ballot leads nowhere. */
  void superseded(long now) {
    if (isBallotOpen()) {
      end(now, "a checkpoint was loaded");
    }
  }

  /** Ends the present ballot. */
  private void end(long now, String why) {
    release(voters, now);
    close();
    contention.failed(now);
    handover.abandon(why);
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
    become(Phase.FOLLOWING);
    phase1 = null;
    phase2 = null;
    tenure.end();
    intake.clear();
    reads.end();
    changes.end();
    if (led) {
      out.tell(new Outcome.Prepared(false, ballot.round()));
    }
  }

  /**
   * The group halts, or the node stops: nothing is led from here any more. Who halts does not say
   * what was counted either, since that may be what broke a rule.
   */
  void stop(boolean halts, long now) {
    if (halts) {
      phase2 = null;
    }
    if (isBallotOpen()) {
      release(voters, now);
      close();
    }
    become(Phase.HALTED);
    poll = null;
    contention.stop();
    handover.end(Status.STOPPED, "the group stops here");
  }

  /* Time. */

  long deadline() {
    return Math.min(deadlineOfPhase(), handover.deadline());
  }

  private long deadlineOfPhase() {
    if (poll != null) {
      return poll.deadline();
    } else if (phase1 != null) {
      return phase1.deadline();
    } else if (phase2 != null) {
      return Math.min(phase2.deadline(), tenure.deadline());
    }
    return phase == Phase.FOLLOWING ? contention.deadline() : Grants.NEVER;
  }

  void due(long now) {
    if (handover.isLate(now)) {
      handover.end(Status.TIMEOUT, "the members have not answered in time");
      if (phase == Phase.RETIRING) {
        become(Phase.PREPARED);
      }
    }
    if (phase == Phase.FOLLOWING && contention.isDue(now)) {
      contend(now);
    } else if (poll != null && poll.isDue(now)) {
      if (!poll.askAgain()) {
        giveWay(contention.delay(), now);
      }
    } else if (phase1 != null && phase1.isDue(now)) {
      if (!phase1.askAgain(now)) {
        end(now, "no majority has promised the ballot");
      }
    } else if (phase2 != null) {
      lead(phase2, now);
    }
  }

  private void lead(Phase2 present, long now) {
    if (options.election()) {
      tenure.watch(now); // It may have its lease again since it looked last.
    }
    if (tenure.isOver(now)) {
      end(now, "no majority confirms its lease");
      return;
    }
    present.due(now);
    if (tenure.isToConfirm(now)) {
      confirmLease(now);
    }
  }
}
