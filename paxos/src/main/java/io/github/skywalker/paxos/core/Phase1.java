package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.paxos.core.Message.Prepare;
import io.github.skywalker.paxos.core.Message.Promise;

/**
 * Phase 1 of one ballot: asks the members for promises, beginning when this node's own is on disk,
 * and gathers what they report.
 */
final class Phase1 {

  /** After this many doublings of the retry period without a majority, the ballot is given up. */
  private static final int MAX_DOUBLINGS = 4;

  private final Ballot ballot;
  private final long first;
  private final Voters voters;
  private final int self;
  private final Instances instances;
  private final Acceptor acceptor;
  private final Outbox out;
  private final Recovery recovery;
  private final Retry retry;
  private final long ownSerial;

  /** Those whose promise goes on coming, since it was last time to ask again. */
  private long answering;

  /** Made in the step in which this node's own acceptor promises the ballot. */
  Phase1(
      Ballot ballot,
      Voters voters,
      int self,
      long retryNanos,
      Instances instances,
      Acceptor acceptor,
      Outbox out) {
    this.ballot = ballot;
    this.first = instances.chosenUpTo() + 1;
    this.voters = voters;
    this.self = self;
    this.instances = instances;
    this.acceptor = acceptor;
    this.out = out;
    this.recovery = new Recovery(ballot, first, voters);
    this.retry = new Retry(retryNanos);
    this.ownSerial = out.awaitDurable();
  }

  Ballot ballot() {
    return ballot;
  }

  /** From this instance on the promises say what is held. */
  long first() {
    return first;
  }

  Voters voters() {
    return voters;
  }

  int self() {
    return self;
  }

  /** Asks everybody, once the own promise is durable. */
  void open(long now) {
    for (int node : voters.nodes()) {
      if (node != self) {
        out.sendWhenDurable(node, new Prepare(ballot, first));
      }
    }
    retry.start(now);
  }

  /**
   * More of this node's writes are durable: its own promise may count.
   *
   * @return false if the log has gone on beyond the ballot: it cannot be prepared any more
   */
  boolean synced() {
    if (!out.isDurable(ownSerial) || recovery.has(self)) {
      return true;
    }
    if (first <= instances.floor()) {
      return false;
    }
    for (Promise part : acceptor.promise(ballot, first, first, Stamp.NONE)) {
      recovery.add(self, part);
    }
    return true;
  }

  /** A part of a member's promise has come. */
  void promised(int from, Promise part) {
    long missing = recovery.missingFrom(from);
    recovery.add(from, part);
    if (recovery.missingFrom(from) != missing) {
      answering |= voters.bit(from);
    }
  }

  /** Whether all of a member's promise is in. */
  boolean hasPromised(int member) {
    return recovery.has(member);
  }

  /** Whether complete promises of a majority are in. */
  boolean isComplete() {
    return recovery.isComplete();
  }

  /** What they oblige to. */
  Recovery recovery() {
    return recovery;
  }

  long deadline() {
    return retry.at();
  }

  boolean isDue(long now) {
    return retry.due(now);
  }

  /**
   * Asks again those whose promise is not in, for what is missing of it; says whether that is still
   * of use. Some promises are long, and links that are slow, or take only so much at a time, bring
   * them all the same as long as more of them comes.
   */
  boolean askAgain(long now) {
    if (answering != 0) {
      retry.start(now);
    } else if (retry.doublings() >= MAX_DOUBLINGS) {
      return false;
    }
    for (int node : voters.nodes()) {
      boolean comes = recovery.has(node) || (answering & voters.bit(node)) != 0;
      if (!comes && out.isDurable(ownSerial)) {
        out.send(node, new Prepare(ballot, first, recovery.missingFrom(node)));
      }
    }
    answering = 0;
    return true;
  }
}
