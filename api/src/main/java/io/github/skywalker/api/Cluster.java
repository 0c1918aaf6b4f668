package io.github.skywalker.api;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who keeps a group, as far as one node knows: a moment, never changed.
 *
 * @param membership who votes, by the log of the node that was asked
 * @param newestMembership the newest membership that the node has heard of, from whomever: newer
 *     than {@code membership} on a node that lags. It finds those to learn from with it, and
 *     neither votes nor counts votes by it.
 * @param followers the nodes that host the group and do not vote: those that follow it, are about
 *     to join, or were removed. Of the others only those that are connected with the node at this
 *     moment, and have been heard of in the group; immutable
 */
public record Cluster(
    Membership membership, Membership newestMembership, SortedSet<Member> followers) {

  /** Copies the followers. */
  public Cluster {
    followers = Collections.unmodifiableSortedSet(new TreeSet<>((Collection<Member>) followers));
  }

  /** Those who vote, by the log of the node that was asked, in the order of their ids. */
  public SortedSet<Member> members() {
    return membership.members();
  }

  /** Whether the node knows that its own membership is out of date. */
  public boolean lags() {
    return newestMembership.version() > membership.version();
  }
}
