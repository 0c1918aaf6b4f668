package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import java.util.SplittableRandom;

/**
 * When this node contends, and in which ballot: above all that it has heard of, after a random
 * delay, so that nodes seldom meet; later each time that a ballot has failed; and not before it has
 * learned what it knows that it lacks.
 */
final class Contention {

  /** So often the delay is doubled by ballots that failed, at the most. */
  private static final int MAX_FAILURES = 4;

  /** For so many retry periods it is waited for somebody who teaches what is lacking. */
  private static final int MAX_VAIN_WAITS = 20;

  /** For so many retry periods another node's need counts as this one's. */
  private static final int DEMAND_PERIODS = 16;

  private final Replica.Options options;
  private final SplittableRandom random;
  private final GroupState state;
  private final Instances instances;
  private final Learner learner;
  private final Contenders contenders;

  private Ballot seen;
  private long round;
  private long at = Grants.NEVER;
  private long demandedUntil = Grants.NEVER;
  private boolean contends;
  private int timesTurnedAway;
  private int failures;
  private long learnedUpTo;
  private int vainWaits;

  Contention(
      Replica.Options options,
      Ballot promised,
      GroupState state,
      Instances instances,
      Learner learner,
      Contenders contenders) {
    this.options = options;
    this.random = new SplittableRandom(options.seed());
    this.seen = promised;
    this.round = promised.round();
    this.state = state;
    this.instances = instances;
    this.learner = learner;
    this.contenders = contenders;
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

  /** The ballot to contend in. */
  Ballot next() {
    return new Ballot(state.membership().version(), round + 1, options.self(), options.boot());
  }

  /** A random delay, up to the longest. */
  long delay() {
    return random.nextLong(options.maxElectionDelayNanos() + 1);
  }

  /** To contend is wanted: so it will be, after a random delay, unless a time is set already. */
  void want(long now) {
    if (at == Grants.NEVER) {
      at = now + delay();
    }
  }

  /** Sets the time to contend, whatever it was. */
  void after(long nanos, long now) {
    at = now + nanos;
  }

  /** There is nothing to contend for; or this node contends. */
  void stop() {
    at = Grants.NEVER;
  }

  boolean isDue(long now) {
    return at != Grants.NEVER && at - now <= 0;
  }

  long deadline() {
    return at;
  }

  /** Another node needs somebody to lead; without election, nobody does before there is a need. */
  void demand(long now) {
    demandedUntil = now + DEMAND_PERIODS * options.retryNanos();
  }

  boolean isDemanded(long now) {
    return demandedUntil != Grants.NEVER && demandedUntil - now > 0;
  }

  /**
   * Whether this group may contend now. When too many of the node's do, it comes later, and the
   * later the more often it was turned away in a row.
   */
  boolean begin(long now) {
    if (!contends && !contenders.enter()) {
      after(options.retryNanos() + (delay() << timesTurnedAway), now);
      timesTurnedAway = Math.min(timesTurnedAway + 1, MAX_FAILURES);
      return false;
    }
    contends = true;
    timesTurnedAway = 0;
    return true;
  }

  /** It has given way, or leads. */
  void over() {
    if (contends) {
      contends = false;
      contenders.leave();
    }
  }

  /** A ballot has failed: the next one comes later the more did in a row. */
  void failed(long now) {
    failures = Math.min(failures + 1, MAX_FAILURES);
    after(options.retryNanos() + (delay() << (failures - 1)), now);
  }

  /** A ballot is prepared. */
  void succeeded() {
    failures = 0;
  }

  /**
   * Whether this node is far behind, or has seen a higher epoch than its own, and is still being
   * taught. Whoever knew may be gone: then a majority holds what was chosen, and Phase 1 finds it.
   */
  boolean learnsFirst() {
    boolean behind =
        seen.epoch() > state.membership().version() || learner.lack() > options.windowInstances();
    if (!behind || instances.chosenUpTo() > learnedUpTo) {
      learnedUpTo = instances.chosenUpTo();
      vainWaits = 0;
    }
    return behind && vainWaits++ < MAX_VAIN_WAITS;
  }
}
