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
    for (Promise part : acceptor.promise(ballot, first, Stamp.NONE)) {
      recovery.add(self, part);
    }
    return true;
  }

  /** A part of a member's promise has come. */
  void promised(int from, Promise part) {
    recovery.add(from, part);
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

  /** Asks again those whose promise is not in; says whether that is still of use. */
  boolean askAgain() {
    if (retry.doublings() >= MAX_DOUBLINGS) {
      return false;
    }
    for (int node : voters.nodes()) {
      if (!recovery.has(node) && out.isDurable(ownSerial)) {
        out.send(node, new Prepare(ballot, first));
      }
    }
    return true;
  }
}
