package io.github.skywalker.paxos.core;

/**
 * What a grant and a confirmation must have in common to count together: see {@link Grants}.
 *
 * @param boot the boot count of the node that gave it
 * @param number what that node keeps for the receiver, and raises whenever a promise passes from
 *     the receiver to another node
 */
public record Stamp(int boot, long number) {

  /** From nobody. */
  public static final Stamp NONE = new Stamp(0, 0);

  boolean newerThan(Stamp other) {
    return boot != other.boot ? boot > other.boot : number > other.number;
  }
}
