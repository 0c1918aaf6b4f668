package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;

/**
 * Which role a message concerns, and whether it may concern any: the one door at which messages are
 * checked. What is impossible is dropped; a peer that sends it is broken or hostile.
 */
final class Inbound implements Message.Handler {

  /**
   * No instance, round or epoch from a peer is higher: a million a second would take a hundred
   * thousand years, and what is added to one of them never overflows.
   */
  static final long MAX_NUMBER = 1L << 62;

  /** How far above the highest known one the round of a ballot from a peer may be. */
  static final long MAX_JUMP_ROUNDS = 1L << 40;

  /** How far above {@code chosenUpTo} an instance from a peer may be. */
  static final long MAX_JUMP_INSTANCES = 1L << 20;

  private final int self;
  private final int boot;
  private final GroupState state;
  private final Instances instances;
  private final Acceptor acceptor;
  private final Learner learner;
  private final Contention contention;
  private final Proposer proposer;
  private final Intake intake;
  private final Reads reads;
  private final Changes changes;
  private final Lease lease;
  private final Forwarding forwarding;
  private final Outbox out;
  private long now;

  Inbound(
      int self,
      int boot,
      GroupState state,
      Instances instances,
      Acceptor acceptor,
      Learner learner,
      Contention contention,
      Proposer proposer,
      Intake intake,
      Reads reads,
      Changes changes,
      Lease lease,
      Forwarding forwarding,
      Outbox out) {
    this.self = self;
    this.boot = boot;
    this.state = state;
    this.instances = instances;
    this.acceptor = acceptor;
    this.learner = learner;
    this.contention = contention;
    this.proposer = proposer;
    this.intake = intake;
    this.reads = reads;
    this.changes = changes;
    this.lease = lease;
    this.forwarding = forwarding;
    this.out = out;
  }

  void take(int from, Message message, long nowNanos) {
    now = nowNanos;
    if (from != self) {
      message.to(this, from);
    }
  }

  /** A ballot of the sender's own, and one that it can have reached. */
  private boolean isTheirs(int from, Ballot ballot, long now) {
    if (ballot.node() != from || !isReachable(ballot)) {
      return false;
    }
    contention.see(ballot);
    if (ballot.epoch() > state.membership().version()) {
      learner.heard(from, ballot.epoch(), now); // Who uses an epoch has executed its change.
    }
    return true;
  }

  /** An answer to a ballot of this node's own, in this life. */
  private boolean isMine(Ballot ballot) {
    return ballot.node() == self && ballot.boot() == boot;
  }

  private boolean isReachable(Ballot ballot) {
    return isNumber(ballot.epoch())
        && isNumber(ballot.round())
        && ballot.round() - contention.round() <= MAX_JUMP_ROUNDS
        && ballot.node() > 0
        && ballot.boot() > 0;
  }

  /** What may be known chosen; 0 is nothing. Who is far behind hears of what is far ahead. */
  private static boolean isNumber(long number) {
    return number >= 0 && number <= MAX_NUMBER;
  }

  /** A peer knows everything up to an instance. */
  void heard(int from, long chosenUpTo, long nowNanos) {
    if (isNumber(chosenUpTo)) {
      learner.heard(from, chosenUpTo, nowNanos);
    }
  }

  private static boolean isInstance(long instance) {
    return instance >= 1 && isNumber(instance);
  }

  private boolean isReachable(long instance) {
    return instance >= 1 && instance - instances.chosenUpTo() <= MAX_JUMP_INSTANCES;
  }

  @Override
  public void canvass(int from, Message.Canvass asked) {
    if (isInstance(asked.first()) && isTheirs(from, asked.ballot(), now)) {
      acceptor.canvass(from, asked, now);
      Phase2 present = proposer.phase2();
      if (present != null) {
        present.enlist(from); // It may have missed who leads, and nothing else need tell it.
      }
    }
  }

  @Override
  public void favour(int from, Message.Favour answer) {
    if (isMine(answer.ballot()) && isNumber(answer.chosenUpTo())) {
      learner.heard(from, answer.chosenUpTo(), now);
      proposer.favour(from, answer, now);
    }
  }

  @Override
  public void prepare(int from, Message.Prepare asked) {
    boolean canBe = isInstance(asked.first()) && isNumber(asked.from());
    if (canBe && asked.from() >= asked.first() && isTheirs(from, asked.ballot(), now)) {
      acceptor.prepare(from, asked, now);
    }
  }

  @Override
  public void promise(int from, Message.Promise part) {
    for (Message.Report report : part.reports()) {
      if (!isReachable(report.instance()) && report.instance() > instances.chosenUpTo()) {
        return;
      }
    }
    if (isMine(part.ballot())) {
      proposer.promised(from, part, now);
    }
  }

  @Override
  public void reject(int from, Message.Reject answer) {
    if (isMine(answer.ballot()) && isReachable(answer.promised())) {
      if (answer.promised().epoch() > state.membership().version()) {
        learner.heard(from, answer.promised().epoch(), now);
      }
      proposer.rejected(from, answer.ballot(), answer.promised(), now);
    }
  }

  @Override
  public void leased(int from, Message.Leased answer) {
    if (isMine(answer.ballot()) && answer.leftNanos() >= 0) {
      proposer.refused(from, answer.ballot(), Math.min(answer.leftNanos(), MAX_WAIT), now);
    }
  }

  /** However long a peer says that a lease lasts, asking again costs little. */
  private static final long MAX_WAIT = 60_000_000_000L;

  @Override
  public void behind(int from, Message.Behind answer) {
    if (isMine(answer.ballot()) && isNumber(answer.chosenUpTo())) {
      learner.heard(from, answer.chosenUpTo(), now);
      proposer.behind(from, answer.ballot(), now);
    }
  }

  @Override
  public void untaught(int from, Message.Untaught answer) {
    // It has seen by the ballot's epoch what it lacks, and asks for it.
    if (isMine(answer.ballot())) {
      proposer.refused(from, answer.ballot(), 0, now);
    }
  }

  @Override
  public void accept(int from, Message.Accept asked) {
    boolean canBe = isReachable(asked.instance()) && isNumber(asked.upTo());
    if (!canBe || !isTheirs(from, asked.ballot(), now)) {
      return;
    }
    acceptor.accept(from, asked);
    learner.announced(from, asked.ballot(), asked.upTo(), now);
    leads(asked.ballot());
  }

  private void leads(Ballot ballot) {
    forwarding.proposes(ballot);
    if (forwarding.leading(acceptor).equals(ballot)) {
      forwarding.follow(ballot);
      if (forwarding.proposed(ballot)) {
        reads.reroute();
        changes.reroute();
      }
    }
  }

  @Override
  public void accepted(int from, Message.Accepted vote) {
    if (isMine(vote.ballot())) {
      proposer.accepted(from, vote, now);
    }
  }

  @Override
  public void chosen(int from, Message.Chosen news) {
    if (isNumber(news.upTo()) && isTheirs(from, news.ballot(), now)) {
      learner.announced(from, news.ballot(), news.upTo(), now);
      leads(news.ballot());
      if (!acceptor.isSilent() && acceptor.promised().above(news.ballot())) {
        // As to an Accept, which need not come: nobody may lead in the ballot that was promised.
        out.send(from, new Message.Reject(news.ballot(), acceptor.promised()));
      }
    }
  }

  @Override
  public void learn(int from, Message.Learn asked) {
    if (isInstance(asked.from())) {
      learner.heard(from, asked.from() - 1, now);
      learner.serve(from, asked.from());
    }
  }

  @Override
  public void learned(int from, Message.Learned answer) {
    if (isInstance(answer.first()) && isNumber(answer.chosenUpTo())) {
      learner.learned(from, answer, now);
    }
  }

  @Override
  public void forward(int from, Message.Forward asked) {
    Phase2 present = proposer.phase2();
    if (present != null && intake.forward(from, asked.entries())) {
      present.tell(from);
    }
  }

  @Override
  public void change(int from, Message.Change asked) {
    changes.asked(from, asked);
  }

  @Override
  public void changeRefused(int from, Message.ChangeRefused answer) {
    changes.refused(answer);
  }

  @Override
  public void confirm(int from, Message.Confirm asked) {
    if (!isTheirs(from, asked.ballot(), now)) {
      return;
    }
    Stamp stamp = acceptor.confirm(asked.ballot());
    if (stamp != null) {
      // The promise may not be on disk yet; the confirmation waits for it like every answer.
      out.sendWhenDurable(from, new Message.Confirmed(asked.ballot(), asked.ticket(), stamp));
    } else if (!acceptor.isSilent() && acceptor.promised().above(asked.ballot())) {
      out.send(from, new Message.Reject(asked.ballot(), acceptor.promised()));
    }
  }

  @Override
  public void confirmed(int from, Message.Confirmed answer) {
    if (isMine(answer.ballot())) {
      lease.confirm(from, answer.ballot(), answer.stamp());
      reads.confirmed(from, answer.ballot(), answer.ticket(), now);
    }
  }

  @Override
  public void release(int from, Message.Release given) {
    if (given.ballot().node() != from || !isReachable(given.ballot())) {
      return;
    }
    boolean mattered = acceptor.promised().equals(given.ballot()) && !acceptor.isReleased();
    acceptor.release(given.ballot());
    forwarding.released(given.ballot());
    if (mattered) {
      proposer.released(now);
    }
    out.send(from, new Message.Released(given.ballot()));
  }

  @Override
  public void released(int from, Message.Released heard) {
    if (isMine(heard.ballot())) {
      proposer.heardRelease(from, heard.ballot());
    }
  }

  @Override
  public void read(int from, Message.Read asked) {
    if (proposer.isPrepared() && proposer.phase2() != null) {
      reads.asked(from, asked, lease, proposer.phase2().readIndex(), now);
    } else {
      contention.demand(now);
    }
  }

  @Override
  public void readAt(int from, Message.ReadAt answer) {
    if (isNumber(answer.index())) {
      reads.readAt(answer.id(), answer.index());
      if (acceptor.isSilent() || !state.membership().contains(self)) {
        learner.wanted(from, answer.index());
      }
    }
  }

  @Override
  public void succeed(int from, Message.Succeed named) {
    if (named.ballot().node() == from && isReachable(named.ballot())) {
      acceptor.release(named.ballot());
      forwarding.released(named.ballot());
      proposer.succeed(now);
    }
  }
}
