package io.github.skywalker.examples.torture;

/**
 * How bytes fare from one node to another.
 *
 * @param blocked nothing gets through; it waits until this has passed
 * @param delayMillis how late they are, at the least
 * @param jitterMillis how much later, at the most
 * @param corrupt of a million pieces, so many have a bit flipped
 * @param repeat of a million pieces, so many come twice
 * @param cut of a million pieces, so many end their connection half-way
 */
record Way(boolean blocked, int delayMillis, int jitterMillis, int corrupt, int repeat, int cut) {

  /** As it should be. */
  static final Way CLEAR = new Way(false, 0, 0, 0, 0, 0);

  /** Cut off. */
  static final Way BLOCKED = new Way(true, 0, 0, 0, 0, 0);
}
