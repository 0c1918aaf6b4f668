package io.github.skywalker.machine;

/**
 * The number of a proposal (PMS 2.2), compared by epoch, round, node and boot in that order.
 *
 * <p>The epoch leads, so that every ballot under a newer membership is higher than every one under
 * an older. Node and boot count make a ballot its proposer's own, in this life of it. The built-in
 * machines order masterships by it, which is why it stands here.
 *
 * @param epoch the version of the membership that the proposer had executed
 * @param round rises with every attempt
 * @param node the proposer
 * @param boot the boot count of the proposer
 */
public record Ballot(long epoch, long round, int node, int boot) implements Comparable<Ballot> {

  /** Lower than every ballot that is ever used: nothing was promised. */
  public static final Ballot ZERO = new Ballot(0, 0, 0, 0);

  @Override
  public int compareTo(Ballot other) {
    int order = Long.compare(epoch, other.epoch);
    if (order == 0) {
      order = Long.compare(round, other.round);
    }
    if (order == 0) {
      order = Integer.compare(node, other.node);
    }
    return order != 0 ? order : Integer.compare(boot, other.boot);
  }

  /** Whether this ballot is higher. */
  public boolean above(Ballot other) {
    return compareTo(other) > 0;
  }

  /** Whether this is {@link #ZERO}. */
  public boolean isZero() {
    return node == 0;
  }

  /** Writes {@code epoch.round@node.boot}, or {@code 0}. */
  @Override
  public String toString() {
    return isZero() ? "0" : epoch + "." + round + "@" + node + "." + boot;
  }
}
