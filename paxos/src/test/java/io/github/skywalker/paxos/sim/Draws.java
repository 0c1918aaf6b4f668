package io.github.skywalker.paxos.sim;

import java.util.SplittableRandom;

/**
 * The random sequences of one run. Whoever draws has one of his own, which follows from the seed
 * and a name: so a new family of faults, or one more draw, leaves everybody else's draws as they
 * were, and so does leaving something out.
 */
final class Draws {

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final long seed;

  Draws(long seed) {
    this.seed = seed;
  }

  /** The sequence of this name, from its beginning. */
  SplittableRandom of(String name) {
    return of(name, 0);
  }

  /** The sequence of one of several that share a name, from its beginning. */
  SplittableRandom of(String name, long number) {
    long hash = FNV_OFFSET;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * FNV_PRIME;
    }
    return new SplittableRandom(mix(mix(hash) ^ mix(seed * FNV_PRIME + number * FNV_OFFSET)));
  }

  private static long mix(long bits) {
    long once = (bits ^ bits >>> 33) * 0xff51afd7ed558ccdL;
    long twice = (once ^ once >>> 33) * 0xc4ceb9fe1a85ec53L;
    return twice ^ twice >>> 33;
  }
}
