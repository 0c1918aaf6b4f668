package io.github.skywalker.paxos.sim;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Value;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What was sent and voted in every ballot of one group, and what follows: the oracle's own count.
 * An instance is chosen by a ballot when a majority of the members of its epoch voted for it there,
 * and for everything of that ballot below it.
 */
final class Ballots {

  private static final class Course {
    long first;
    long firstSent;
    long counted;
    final TreeSet<Integer> promisers = new TreeSet<>();
    final Map<Long, Value> sent = new HashMap<>();
    final Map<Long, TreeSet<Integer>> votes = new HashMap<>();
  }

  private final int group;
  private final Judge judge;
  private final ChosenLog chosen;
  private final TreeMap<Ballot, Course> courses = new TreeMap<>();

  Ballots(int group, Judge judge, ChosenLog chosen) {
    this.group = group;
    this.judge = judge;
    this.chosen = chosen;
  }

  private Course course(Ballot ballot) {
    return courses.computeIfAbsent(ballot, one -> new Course());
  }

  /** A Prepare leaves its proposer. */
  void prepared(Ballot ballot, long first, Life by) {
    checkOwner(ballot, by);
    Course course = course(ballot);
    if (course.first != 0 && course.first != first) {
      judge.fail(
          "7 no ballot is used twice",
          "group %d: %s is prepared from %d, and was from %d",
          group,
          ballot,
          first,
          course.first);
    }
    course.first = first;
    if (first > chosen.size() + 1) {
      judge.fail(
          "2 learned is chosen",
          "group %d: %s is prepared from %d, but only %d instances are chosen",
          group,
          ballot,
          first,
          chosen.size());
    }
  }

  private void checkOwner(Ballot ballot, Life by) {
    if (ballot.node() != by.host().id() || ballot.boot() != by.boot()) {
      judge.fail(
          "7 no ballot is used twice",
          "group %d: %s is used by node %d.%d",
          group,
          ballot,
          by.host().id(),
          by.boot());
    }
  }

  /** A promise leaves an acceptor, from its disk. */
  void promised(Ballot ballot, int node) {
    course(ballot).promisers.add(node);
  }

  /** A proposer says that it is prepared: it must have a majority of the right membership. */
  void leads(Ballot ballot, Life by) {
    checkOwner(ballot, by);
    TreeSet<Integer> promisers = new TreeSet<>(course(ballot).promisers);
    promisers.add(by.host().id());
    if (!isMajority(promisers, ballot)) {
      judge.fail(
          "8 quorums count members",
          "group %d: %s is prepared, with the promises of %s, members are %s",
          group,
          ballot,
          promisers,
          chosen.members(ballot.epoch()));
    }
  }

  private boolean isMajority(SortedSet<Integer> nodes, Ballot ballot) {
    SortedSet<Integer> members = chosen.members(ballot.epoch());
    if (members == null) {
      judge.fail(
          "8 quorums count members", "group %d: there is no epoch of ballot %s", group, ballot);
      return false;
    }
    int counted = 0;
    for (int node : nodes) {
      counted += members.contains(node) ? 1 : 0;
    }
    return counted > members.size() / 2;
  }

  /**
   * A proposer proposes a value.
   *
   * @return whether that was news
   */
  boolean proposed(Ballot ballot, long instance, Value value, Life by) {
    checkOwner(ballot, by);
    Course course = course(ballot);
    Value before = course.sent.putIfAbsent(instance, value);
    if (before != null) {
      if (!before.equals(value)) {
        judge.fail(
            "4 one value for each instance and ballot",
            "group %d, instance %d: %s sends %s, and has sent %s",
            group,
            instance,
            ballot,
            value,
            before);
      }
      return false;
    }
    if (course.firstSent == 0) {
      course.firstSent = instance;
      course.counted = instance - 1;
      if (course.first != 0 && course.first != instance) {
        judge.fail(
            "8 quorums count one ballot",
            "group %d: %s was prepared from %d, and begins at %d",
            group,
            ballot,
            course.first,
            instance);
      }
    }
    if (instance <= chosen.size()
        && ballot.above(chosen.ballot(instance))
        && !chosen.value(instance).equals(value)) {
      judge.fail(
          "1 one chosen value",
          "group %d, instance %d: %s was chosen in %s, but %s proposes %s",
          group,
          instance,
          chosen.value(instance),
          chosen.ballot(instance),
          ballot,
          value);
    }
    return true;
  }

  /**
   * A vote counts from now on.
   *
   * @return whether something was chosen by it
   */
  boolean voted(Ballot ballot, long instance, int node) {
    Course course = courses.get(ballot);
    if (course == null || !course.sent.containsKey(instance)) {
      judge.fail(
          "3 whatever is chosen was proposed",
          "group %d, instance %d: node %d votes in %s, which proposed nothing there",
          group,
          instance,
          node,
          ballot);
      return false;
    }
    course.votes.computeIfAbsent(instance, one -> new TreeSet<>()).add(node);
    boolean any = false;
    while (true) {
      SortedSet<Integer> votes = course.votes.get(course.counted + 1);
      if (votes == null || !isMajority(votes, ballot)) {
        return any;
      }
      course.counted++;
      choose(ballot, course.counted, course.sent.get(course.counted));
      any = true;
      if (judge.hasFailed()) {
        return true;
      }
    }
  }

  private void choose(Ballot ballot, long instance, Value value) {
    for (Map.Entry<Ballot, Course> higher : courses.tailMap(ballot, false).entrySet()) {
      Value other = higher.getValue().sent.get(instance);
      if (other != null && !other.equals(value)) {
        judge.fail(
            "1 one chosen value",
            "group %d, instance %d: %s is chosen in %s, but %s has proposed %s",
            group,
            instance,
            value,
            ballot,
            higher.getKey(),
            other);
      }
    }
    chosen.chosen(instance, value, ballot);
  }

  /** A proposer announces how far its count has come. */
  void announced(Ballot ballot, long upTo) {
    Course course = courses.get(ballot);
    long counted;
    if (course == null) {
      counted = 0;
    } else if (course.firstSent != 0) {
      counted = course.counted;
    } else {
      // Where a node is the only member, it asks nobody, and nobody sees where it begins.
      counted = course.first != 0 ? course.first - 1 : chosen.size();
    }
    if (course == null || upTo > counted) {
      judge.fail(
          "8 quorums count one ballot",
          "group %d: %s announces %d, but its votes reach %d",
          group,
          ballot,
          upTo,
          counted);
    }
  }
}
