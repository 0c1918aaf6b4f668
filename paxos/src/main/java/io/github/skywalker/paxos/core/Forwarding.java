package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends this node's entries to whoever leads, and sends them again when he may have lost them: a
 * new leader knows nothing of what the one before was given.
 */
final class Forwarding {

  /** How much one message carries, unless a single entry has more. */
  static final int MAX_FORWARD_BYTES = 256 << 10;

  /** How much may be on its way and not executed. */
  static final int MAX_ON_THE_WAY_BYTES = 8 << 20;

  private final Origin origin;
  private final Outbox out;
  private final Retry retry;
  private Ballot followed = Ballot.ZERO;
  private Ballot proposing = Ballot.ZERO;
  private boolean active;

  Forwarding(long retryNanos, Origin origin, Outbox out) {
    this.origin = origin;
    this.out = out;
    this.retry = new Retry(retryNanos);
  }

  /** A ballot proposes, or a master entry of it was executed: its owner leads, if none is above. */
  void proposes(Ballot ballot) {
    if (ballot.above(proposing)) {
      proposing = ballot;
    }
  }

  /** A ballot is not led in any more. */
  void released(Ballot ballot) {
    if (ballot.equals(proposing)) {
      proposing = Ballot.ZERO;
    }
  }

  /**
   * The ballot of whoever leads, as far as this node knows. A node that was away knows it by what
   * it hears, although nobody has asked it for a promise. Where nothing is promised any more, what
   * once was may be higher for good: whoever leads is not told, and need not be.
   */
  Ballot leading(Acceptor acceptor) {
    if (acceptor.isSilent() && !proposing.isZero()) {
      return proposing;
    }
    Ballot promised = acceptor.isReleased() ? Ballot.ZERO : acceptor.promised();
    return proposing.above(promised) ? proposing : promised;
  }

  /** Says whether another ballot leads than before, as far as this node knows. */
  boolean follow(Ballot leading) {
    if (leading.equals(followed)) {
      return false;
    }
    followed = leading;
    active = false;
    restart();
    return true;
  }

  /** The ballot that leads has proposed: it is prepared, and takes what it may have dropped. */
  boolean proposed(Ballot ballot) {
    if (active || !ballot.equals(followed)) {
      return false;
    }
    active = true;
    restart();
    return true;
  }

  private void restart() {
    origin.rewind();
    retry.stop();
  }

  /** Own entries were executed, or are covered by a checkpoint: nothing is lost. */
  void progressed(long now) {
    if (origin.isEmpty()) {
      retry.stop();
    } else if (retry.at() != Grants.NEVER) {
      retry.start(now);
    }
  }

  /** Sends what waits to the leader, when that is another node. */
  void pump(Ballot leading, int self, long now) {
    if (leading.isZero() || leading.node() == self) {
      retry.stop();
      return;
    }
    while (origin.hasMore() && origin.onTheWayBytes() < MAX_ON_THE_WAY_BYTES) {
      List<Entry> entries = new ArrayList<>();
      origin.handOut(entries, MAX_FORWARD_BYTES);
      out.send(leading.node(), new Message.Forward(entries));
      retry.ensure(now);
    }
  }

  long deadline() {
    return retry.at();
  }

  void due(long now) {
    if (retry.due(now)) {
      origin.rewind();
    }
  }
}
