package io.github.skywalker.examples.benchmark;

import java.util.Arrays;

/**
 * What became of all proposals of a load, by group.
 *
 * @param done how many were acknowledged
 * @param unknown how many may have been executed
 */
record Answers(long[] done, long[] unknown) {

  static Answers none(int groups) {
    return new Answers(new long[groups], new long[groups]);
  }

  Answers plus(Answers other) {
    return new Answers(sum(done, other.done), sum(unknown, other.unknown));
  }

  private static long[] sum(long[] one, long[] other) {
    long[] sum = one.clone();
    Arrays.setAll(sum, i -> one[i] + other[i]);
    return sum;
  }
}
