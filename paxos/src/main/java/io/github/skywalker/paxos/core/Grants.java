package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The grants that one node has given and holds, for all its groups at once: a grant lets idle
 * groups keep their master without a message of their own.
 *
 * <p>This is the one object that groups on different loops share, so its methods are synchronized;
 * each of them is one atomic step of the protocol. What makes grants safe is the <em>number</em>
 * kept for each peer X: it rises whenever the promise of any group passes from X to another node. A
 * grant carries it, and so does a confirmation that a group's promise is X's ballot. X may count
 * the two together only if they carry the same: then no promise has passed from X between them, and
 * since a live grant keeps promises from passing, none will before the grant runs out.
 */
public final class Grants {

  /** Never. Times are compared with it before they are subtracted. */
  public static final long NEVER = Long.MAX_VALUE;

  /** A grant of either kind; when it has run out, that is told once. */
  private static class Timed {
    long until;
    boolean lapsed;
  }

  private static final class Given extends Timed {
    int boot;
    long number;

    Given() {
      lapsed = true;
    }
  }

  private static final class Held extends Timed {
    final Stamp stamp;
    final long sentNanos;

    Held(Stamp stamp, long sentNanos, long until, boolean lapsed) {
      this.stamp = stamp;
      this.sentNanos = sentNanos;
      this.until = until;
      this.lapsed = lapsed;
    }
  }

  private final int self;
  private final int boot;
  private long waitUntil;
  private final Map<Integer, Given> given = new HashMap<>();
  private final Map<Integer, Held> held = new HashMap<>();

  /**
   * Starts with no grant given or held.
   *
   * @param self the node's id
   * @param boot its boot count
   * @param waitUntil the time until which it promises nothing, because a former life of it may have
   *     granted a lease that lives until then; {@code Long.MIN_VALUE} for none
   */
  public Grants(int self, int boot, long waitUntil) {
    this.self = self;
    this.boot = boot;
    this.waitUntil = waitUntil;
  }

  /**
   * Gives a peer a grant, in answer to its heartbeat.
   *
   * @return what the answer must carry; {@link Stamp#NONE} if the heartbeat is from a former life
   *     of the peer and must be dropped
   */
  public synchronized Stamp give(int peer, int peerBoot, long until) {
    Given to = given.computeIfAbsent(peer, id -> new Given());
    if (peerBoot < to.boot) {
      return Stamp.NONE;
    }
    to.until = peerBoot == to.boot ? Math.max(to.until, until) : until;
    to.boot = peerBoot;
    to.lapsed = false;
    return new Stamp(boot, to.number);
  }

  /**
   * Notes a grant that a peer gave.
   *
   * @return whether that may concern a lease: it has another stamp than the one before, or that had
   *     run out and this one has not, or the other way round
   */
  synchronized boolean hold(int peer, Stamp stamp, long sentNanos, long until, long now) {
    Held before = held.get(peer);
    if (before != null && before.sentNanos >= sentNanos && !stamp.newerThan(before.stamp)) {
      return false;
    }
    boolean lapsed = until - now <= 0;
    held.put(peer, new Held(stamp, sentNanos, until, lapsed));
    return before == null || !before.stamp.equals(stamp) || before.lapsed != lapsed;
  }

  /** For how long still a promise of this ballot may not pass to another node; 0 if it may. */
  synchronized long protectedFor(Ballot promised, boolean released, int by, long now) {
    long wait = promised.isZero() || promised.node() == by ? 0 : left(waitUntil, now);
    if (promised.isZero() || promised.node() == by || released) {
      return wait;
    }
    Given to = given.get(promised.node());
    if (to == null || to.boot != promised.boot()) {
      return wait;
    }
    return Math.max(wait, left(to.until, now));
  }

  /**
   * Lets a promise pass to another node, if no grant forbids it: the one step in which the grants
   * are checked and the number is raised. The caller raises the promise in the same step of its
   * group.
   *
   * @return 0 if it has passed; else for how long it still may not
   */
  synchronized long pass(Ballot promised, boolean released, int to, long now) {
    long left = protectedFor(promised, released, to, now);
    if (left == 0) {
      passed(promised, to);
    }
    return left;
  }

  /** A promise has passed to another node by an Accept, which no grant forbids. */
  synchronized void passed(Ballot promised, int to) {
    if (!promised.isZero() && promised.node() != to) {
      given.computeIfAbsent(promised.node(), id -> new Given()).number++;
    }
  }

  /** What a confirmation to this peer carries. */
  synchronized Stamp stampFor(int peer) {
    Given to = given.get(peer);
    return new Stamp(boot, to == null ? 0 : to.number);
  }

  /** The stamp of the newest grant that a peer gave. */
  synchronized Stamp stampOf(int peer) {
    Held from = held.get(peer);
    return from == null ? Stamp.NONE : from.stamp;
  }

  /** Until when a peer's newest grant counts with a confirmation of this stamp; or long ago. */
  synchronized long heldUntil(int peer, Stamp confirmed) {
    Held from = held.get(peer);
    return from != null && from.stamp.equals(confirmed) ? from.until : Long.MIN_VALUE;
  }

  /** The end of the waiting time after a restart, or {@link #NEVER} if that is over. */
  public synchronized long waitEnd(long now) {
    return left(waitUntil, now) > 0 ? waitUntil : NEVER;
  }

  /** When the next grant runs out, given or held; {@link #NEVER} if none lives. */
  public synchronized long nextLapse() {
    return Math.min(nextLapse(given.values()), nextLapse(held.values()));
  }

  private static long nextLapse(Collection<? extends Timed> grants) {
    long next = NEVER;
    for (Timed grant : grants) {
      if (!grant.lapsed) {
        next = Math.min(next, grant.until);
      }
    }
    return next;
  }

  /** Marks the grants given that have run out; says whether there was one. */
  public synchronized boolean lapseGiven(long now) {
    return lapse(given.values(), now);
  }

  /** Marks the grants held that have run out; says whether there was one. */
  public synchronized boolean lapseHeld(long now) {
    return lapse(held.values(), now);
  }

  private static boolean lapse(Collection<? extends Timed> grants, long now) {
    boolean any = false;
    for (Timed grant : grants) {
      if (!grant.lapsed && grant.until - now <= 0) {
        grant.lapsed = true;
        any = true;
      }
    }
    return any;
  }

  /** Whether a grant to a peer lives: it was heard of within the lease. */
  synchronized boolean hears(int peer, long now) {
    Given to = given.get(peer);
    return to != null && to.boot > 0 && left(to.until, now) > 0;
  }

  /** Whether a grant to this life of a peer lives: it was heard of within the lease. */
  public synchronized boolean hears(int peer, int peerBoot, long now) {
    if (peer == self) {
      return peerBoot == boot;
    }
    Given to = given.get(peer);
    return to != null && to.boot == peerBoot && left(to.until, now) > 0;
  }

  private static long left(long until, long now) {
    return until == Long.MIN_VALUE ? 0 : Math.max(0, until - now);
  }
}
