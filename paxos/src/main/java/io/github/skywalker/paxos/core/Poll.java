package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.paxos.core.Message.Canvass;

/**
 * One canvass (Phase 1, rule 1): asks the members whether they would promise a ballot, and counts
 * their answers.
 */
final class Poll {

  /** After this many doublings of the retry period without a majority, it is lost. */
  private static final int MAX_DOUBLINGS = 4;

  private final Ballot ballot;
  private final Voters voters;
  private final Instances instances;
  private final Outbox out;
  private final Retry retry;
  private long favours;
  private long refusals;

  /** Begins with the favour of the node that asks. */
  Poll(Ballot ballot, Voters voters, int self, long retryNanos, Instances instances, Outbox out) {
    this.ballot = ballot;
    this.voters = voters;
    this.instances = instances;
    this.out = out;
    this.retry = new Retry(retryNanos);
    this.favours = voters.bit(self);
  }

  /** Asks everybody. */
  void open(long now) {
    retry.start(now);
    out.sendAll(voters, new Canvass(ballot, instances.chosenUpTo() + 1));
  }

  /** A member would promise the ballot. */
  void favoured(int from) {
    favours |= voters.bit(from);
  }

  /** A member would not. It may still: what stood in the way may be over when it is asked again. */
  void refused(int from) {
    refusals |= voters.bit(from);
  }

  /** Whether a majority would promise the ballot. */
  boolean isWon() {
    return voters.isMajority(favours);
  }

  /** Whether those who have not refused are no majority any more. */
  boolean isLost() {
    return !voters.isMajority(voters.all() & ~refusals);
  }

  long deadline() {
    return retry.at();
  }

  boolean isDue(long now) {
    return retry.due(now);
  }

  /** Asks again those who have not said yes; says whether that is still of use. */
  boolean askAgain() {
    if (retry.doublings() >= MAX_DOUBLINGS) {
      return false;
    }
    for (int node : voters.nodes()) {
      if ((favours & voters.bit(node)) == 0) {
        out.send(node, new Canvass(ballot, instances.chosenUpTo() + 1));
      }
    }
    return true;
  }
}
