package io.github.skywalker.api;

import java.util.Collection;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who votes in a group, from one change to the next.
 *
 * @param version the instance of the change that made this membership, 0 for the founding one; the
 *     protocol calls it the epoch
 * @param members the voters, in the order of their ids; immutable. Empty on a node that joins and
 *     has not yet learned who they are.
 */
public record Membership(long version, SortedSet<Member> members) {

  /** More voters make a group slower, not safer; so many are counted in the bits of a long. */
  public static final int MAX_MEMBERS = 63;

  /**
   * Copies the members and checks them.
   *
   * @throws IllegalArgumentException if there are too many, the version is negative, or two members
   *     share a node id
   */
  public Membership {
    Checks.atLeast("Membership.version", version, 0);
    Checks.that(
        members.size() <= MAX_MEMBERS,
        "A membership has at most " + MAX_MEMBERS + " members; got " + members.size());
    SortedMap<Integer, Member> byId = new TreeMap<>();
    for (Member member : members) {
      Member other = byId.put(member.nodeId(), member);
      Checks.that(
          other == null || other.equals(member),
          "A membership has each node id once; got " + other + " and " + member);
    }
    members = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(byId.values()));
  }

  /**
   * The membership that a group is founded with. Every founding node must be given the same one.
   *
   * @param members the founding members, at least one
   * @return the membership with version 0
   * @throws IllegalArgumentException if there is none, or two of them share a node id
   */
  public static Membership founding(Collection<Member> members) {
    Checks.that(!members.isEmpty(), "A group is founded with at least one member; got none");
    TreeSet<Member> sorted = new TreeSet<>(members);
    Checks.that(
        sorted.size() == members.size(), "A membership has each node id once; got " + members);
    return new Membership(0, sorted);
  }

  /** Says whether a node votes. */
  public boolean contains(int nodeId) {
    return find(nodeId).isPresent();
  }

  /** The member with this id. */
  public Optional<Member> find(int nodeId) {
    for (Member member : members) {
      if (member.nodeId() == nodeId) {
        return Optional.of(member);
      }
    }
    return Optional.empty();
  }

  /** The least number of members that is a majority: two majorities have a member in common. */
  public int majority() {
    return members.size() / 2 + 1;
  }
}
