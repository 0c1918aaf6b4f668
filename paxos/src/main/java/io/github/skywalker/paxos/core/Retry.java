package io.github.skywalker.paxos.core;

/**
 * A timer for what is sent again until it is answered: first after one period, then after twice as
 * long each time, up to a bound. The paper leaves retransmission to the reader.
 */
final class Retry {

  /** How often the period is doubled, at the most. */
  private static final int MAX_DOUBLINGS = 4;

  private final long periodNanos;
  private long at = Grants.NEVER;
  private int doublings;

  Retry(long periodNanos) {
    this.periodNanos = periodNanos;
  }

  /** Something was sent for the first time, or there was progress. */
  void start(long now) {
    doublings = 0;
    at = now + periodNanos;
  }

  /** Starts unless it runs. */
  void ensure(long now) {
    if (at == Grants.NEVER) {
      start(now);
    }
  }

  void stop() {
    at = Grants.NEVER;
    doublings = 0;
  }

  /** Whether it is time to send again; if so, the next time is later. */
  boolean due(long now) {
    if (at == Grants.NEVER || at - now > 0) {
      return false;
    }
    doublings = Math.min(doublings + 1, MAX_DOUBLINGS);
    at = now + (periodNanos << doublings);
    return true;
  }

  /** How often it was due since it was started, up to the bound. */
  int doublings() {
    return doublings;
  }

  long at() {
    return at;
  }
}
