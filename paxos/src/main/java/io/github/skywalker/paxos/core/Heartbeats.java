package io.github.skywalker.paxos.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a node says to its peers for all its groups at once: a heartbeat asks for a grant and tells
 * what was chosen in the groups that changed, again and again until the peer has acknowledged it.
 * So idle groups cost no message of their own, and what was lost while they fell idle is found.
 *
 * <p>Pure, like a replica: time goes in, and what is to be sent comes out. It belongs to one
 * thread; the {@link Grants} have their own lock.
 */
public final class Heartbeats {

  /** How many groups one heartbeat tells of; the others come with the next. */
  public static final int MAX_MARKS = 10_000;

  /** So many groups are told again in the period of that; thousands take a multiple of it. */
  private static final int MARKS_IN_A_REFRESH = 1_000;

  /** What a node tells about one group. */
  public record Mark(int group, long chosenUpTo, boolean votes) {}

  /**
   * Asks for a grant.
   *
   * @param sentNanos by the sender's clock; the answer brings it back
   * @param digest acknowledged by the answer: with it, the marks of all digests up to it
   */
  public record Heartbeat(long sentNanos, long digest, List<Mark> marks) {}

  /**
   * Gives it.
   *
   * @param sentNanos of the heartbeat that it answers, from which on it is counted
   * @param toBoot the boot count of the node that is granted
   * @param leaseNanos for how long
   */
  public record Grant(long sentNanos, int toBoot, long leaseNanos, Stamp stamp, long digest) {}

  private static final class Peer {
    long acknowledged;
    long refreshAt;
  }

  private final int boot;
  private final long leaseNanos;
  private final int driftPpm;
  private final long refreshNanos;
  private final SplittableRandom random;
  private final Grants grants;
  private final Map<Integer, Peer> peers = new TreeMap<>();

  /** The groups in the order in which they changed, by the number of the change. */
  private final TreeMap<Long, Mark> marks = new TreeMap<>();

  private final Map<Integer, Long> markOf = new HashMap<>();
  private long digest;

  /**
   * Starts without a peer.
   *
   * @param leaseNanos what this node grants
   * @param driftPpm by how much a grant that it is given is counted shorter
   * @param refreshNanos how often, on average, a peer is told everything again
   * @param seed of the jitter in that
   */
  public Heartbeats(
      int boot, long leaseNanos, int driftPpm, long refreshNanos, long seed, Grants grants) {
    this.refreshNanos = refreshNanos;
    this.random = new SplittableRandom(seed);
    this.boot = boot;
    this.leaseNanos = leaseNanos;
    this.driftPpm = driftPpm;
    this.grants = grants;
  }

  /** A peer is connected: it is told everything, since nobody knows what it has heard. */
  public void connected(int node, long now) {
    Peer peer = new Peer();
    peer.refreshAt = nextRefresh(now);
    peers.put(node, peer);
  }

  /** The more groups there are, the later, so that what idle ones cost does not grow with them. */
  private long nextRefresh(long now) {
    long period = refreshNanos * Math.max(1, marks.size() / MARKS_IN_A_REFRESH);
    return now + period / 2 + random.nextLong(period + 1);
  }

  /** A peer is gone: what it is granted runs out by itself. */
  public void disconnected(int node) {
    peers.remove(node);
  }

  /** More is chosen in a group, in which this node votes or only learns. */
  public void changed(int group, long chosenUpTo, boolean votes) {
    Long before = markOf.put(group, ++digest);
    if (before != null) {
      marks.remove(before);
    }
    marks.put(digest, new Mark(group, chosenUpTo, votes));
  }

  /** A group is closed. */
  public void removed(int group) {
    Long before = markOf.remove(group);
    if (before != null) {
      marks.remove(before);
    }
  }

  /** The heartbeat for each peer, by its id. */
  public Map<Integer, Heartbeat> beat(long now) {
    Map<Integer, Heartbeat> beats = new TreeMap<>();
    peers.forEach((node, peer) -> beats.put(node, beat(peer, now)));
    return beats;
  }

  private Heartbeat beat(Peer peer, long now) {
    if (peer.refreshAt - now <= 0) {
      peer.acknowledged = 0;
      peer.refreshAt = nextRefresh(now);
    }
    List<Mark> news = new ArrayList<>();
    long upTo = digest;
    for (Map.Entry<Long, Mark> mark : marks.tailMap(peer.acknowledged, false).entrySet()) {
      if (news.size() == MAX_MARKS) {
        upTo = mark.getKey() - 1;
        break;
      }
      news.add(mark.getValue());
    }
    return new Heartbeat(now, upTo, news);
  }

  /**
   * Answers a heartbeat.
   *
   * @param fromBoot the boot count of the peer, by its connection
   * @return null if it comes from a former life of the peer
   */
  public @Nullable Grant answer(int from, int fromBoot, Heartbeat asked, long now) {
    Stamp stamp = grants.give(from, fromBoot, now + leaseNanos);
    return stamp.equals(Stamp.NONE)
        ? null
        : new Grant(asked.sentNanos(), fromBoot, leaseNanos, stamp, asked.digest());
  }

  /**
   * Takes a grant, counted from the moment at which it was asked for, and shorter by the drift
   * bound.
   *
   * @return whether that may concern the leases of the groups that this node leads: the stamp is
   *     another one, so that they must ask for confirmations with it, or grants had run out
   */
  public boolean granted(int from, Grant grant, long now) {
    Peer peer = peers.get(from);
    boolean sane =
        grant.toBoot() == boot
            && grant.leaseNanos() > 0
            && grant.leaseNanos() <= MAX_LEASE_NANOS
            && grant.sentNanos() - now <= 0;
    if (!sane) {
      return false;
    }
    if (peer != null && grant.digest() <= digest) {
      peer.acknowledged = Math.max(peer.acknowledged, grant.digest());
    }
    long counted = grant.leaseNanos() - grant.leaseNanos() / 1_000_000 * driftPpm;
    return grants.hold(from, grant.stamp(), grant.sentNanos(), grant.sentNanos() + counted, now);
  }

  /** No node grants longer; what claims to is broken. */
  private static final long MAX_LEASE_NANOS = 3_600_000_000_000L;
}
