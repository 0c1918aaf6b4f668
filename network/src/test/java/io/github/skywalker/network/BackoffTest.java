package io.github.skywalker.network;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BackoffTest {

  @Test
  void pausesAreSpreadBetweenNothingAndABoundThatDoublesUpToTwentyPeriods() {
    long[] longest = new long[40];
    for (int run = 0; run < 2_000; run++) {
      Backoff backoff = new Backoff(100);
      for (int i = 0; i < longest.length; i++) {
        long pause = backoff.nextNanos();
        assertTrue(pause >= 0);
        longest[i] = Math.max(longest[i], pause);
      }
      backoff.reset();
      assertTrue(backoff.nextNanos() <= 100);
    }
    for (int i = 0; i < longest.length; i++) {
      long bound = i < 5 ? 100L << i : 2_000;
      assertTrue(longest[i] <= bound && longest[i] > bound * 9 / 10, i + ": " + longest[i]);
    }
  }
}
