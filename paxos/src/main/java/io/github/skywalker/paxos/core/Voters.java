package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import java.util.Arrays;

/**
 * Who votes, and what a majority of them is. A set of voters is the bits of a long, so that a node
 * counts once however often it answers, and one that is no member not at all.
 */
final class Voters {

  private final int[] nodes;
  private final int majority;

  Voters(Membership membership) {
    this.nodes = membership.members().stream().mapToInt(Member::nodeId).toArray();
    this.majority = membership.majority();
  }

  /** The bit of a node, 0 if it is no voter. */
  long bit(int node) {
    int at = Arrays.binarySearch(nodes, node);
    return at < 0 ? 0 : 1L << at;
  }

  /** The bits of all voters. */
  long all() {
    return nodes.length == 0 ? 0 : -1L >>> (Long.SIZE - nodes.length);
  }

  boolean contains(int node) {
    return bit(node) != 0;
  }

  boolean isMajority(long bits) {
    return nodes.length > 0 && Long.bitCount(bits) >= majority;
  }

  /** The ids, in order; not to be changed. */
  int[] nodes() {
    return nodes;
  }
}
