package io.github.skywalker.network;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Pauses between attempts, doubled each time up to a bound, each drawn evenly between nothing and
 * its full length, so that nodes that lost each other at one moment do not return at one moment.
 */
final class Backoff {

  /** The longest pause, in periods. */
  static final int MAX_PERIODS = 20;

  private final long periodNanos;
  private int failures;

  Backoff(long periodNanos) {
    this.periodNanos = periodNanos;
  }

  void reset() {
    failures = 0;
  }

  /** The pause before the next attempt. */
  long nextNanos() {
    long periods = Math.min(1L << Math.min(failures, Integer.SIZE), MAX_PERIODS);
    failures++;
    return ThreadLocalRandom.current().nextLong(periods * periodNanos + 1);
  }

  /** A connection that lasted for less than this proves nothing about the next one. */
  long maxPauseNanos() {
    return MAX_PERIODS * periodNanos;
  }
}
