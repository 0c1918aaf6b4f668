package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The ballots of this node's own that it has given up, and who has not yet said that it knows:
 * until then a grant protects a promise that nobody uses.
 */
final class Releases {

  /** How many ballots are remembered for one member; the oldest matter least. */
  private static final int MAX_BALLOTS = 64;

  private final Outbox out;
  private final Retry retry;
  private final Map<Integer, TreeSet<Ballot>> unheard = new TreeMap<>();
  private Ballot last = Ballot.ZERO;

  Releases(long retryNanos, Outbox out) {
    this.out = out;
    this.retry = new Retry(retryNanos);
  }

  /** Tells all voters of a ballot that this node is not prepared in it any more. */
  void release(Ballot ballot, Voters voters, int self, long now) {
    for (int node : voters.nodes()) {
      if (node != self) {
        release(ballot, node, now);
      }
    }
  }

  /** Tells one node, perhaps again: it has answered a ballot that was given up. */
  void release(Ballot ballot, int node, long now) {
    TreeSet<Ballot> ballots =
        unheard.computeIfAbsent(node, id -> new TreeSet<>(Comparator.naturalOrder()));
    ballots.add(ballot);
    last = ballot.above(last) ? ballot : last;
    if (ballots.size() > MAX_BALLOTS) {
      ballots.pollFirst();
    }
    out.send(node, new Message.Release(ballot));
    retry.ensure(now);
  }

  /** A node knows. */
  void heard(int node, Ballot ballot) {
    TreeSet<Ballot> ballots = unheard.get(node);
    if (ballots != null && ballots.remove(ballot) && ballots.isEmpty()) {
      unheard.remove(node);
    }
    if (unheard.isEmpty()) {
      retry.stop();
    }
  }

  /** Whether a node is still to be told of this ballot. */
  boolean awaits(int node, Ballot ballot) {
    TreeSet<Ballot> ballots = unheard.get(node);
    return ballots != null && ballots.contains(ballot);
  }

  long deadline() {
    return retry.at();
  }

  void due(long now) {
    if (retry.due(now)) {
      unheard.forEach(
          (node, ballots) ->
              ballots.forEach(ballot -> out.send(node, new Message.Release(ballot))));
    }
  }

  /**
   * A connection was made: what was sent over the old one may be lost, and a node that was started
   * anew has its promise on disk, but not that it was released. The last release stands for all.
   */
  void connected(int node, long now) {
    if (!last.isZero()) {
      unheard.remove(node);
      release(last, node, now);
    }
  }
}
