package io.github.skywalker.examples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** All seats of a system, as one. */
final class Seats {

  private static final long POLL_NANOS = 20_000_000;

  private Seats() {}

  /** Waits until every group is led, and says by which seat. */
  static int[] awaitLeaders(List<Seat> seats, int groups, Duration limit) throws IOException {
    long begun = System.nanoTime();
    int[] leaders = new int[groups];
    while (true) {
      Arrays.fill(leaders, -1);
      for (int seat = 0; seat < seats.size(); seat++) {
        for (int group : seats.get(seat).led()) {
          leaders[group] = seat;
        }
      }
      if (Arrays.stream(leaders).allMatch(seat -> seat >= 0)) {
        return leaders;
      }
      pause(begun, limit, "not every group has a master");
    }
  }

  /** What was measured at all seats. */
  static Sample take(List<Seat> seats) throws IOException {
    Sample all = Sample.nothing();
    for (Seat seat : seats) {
      all = all.plus(seat.take());
    }
    return all;
  }

  /**
   * Looks whether all replicas hold the same, and have executed what was acknowledged; waits for
   * those that are behind.
   *
   * @throws IOException saying where they differ, if they still do at the end of the limit
   */
  static void check(List<Seat> seats, Answers answers, Duration limit) throws IOException {
    long begun = System.nanoTime();
    while (true) {
      String wrong = "";
      List<List<Digest>> replicas = new ArrayList<>();
      for (Seat seat : seats) {
        replicas.addAll(seat.digests());
      }
      for (int group = 0; group < answers.done().length && wrong.isEmpty(); group++) {
        wrong = compare(group, replicas, answers.done()[group], answers.unknown()[group]);
      }
      if (wrong.isEmpty()) {
        return;
      }
      pause(begun, limit, wrong);
    }
  }

  /** What is wrong with a group; nothing, if nothing is. */
  static String compare(int group, List<List<Digest>> replicas, long done, long unknown) {
    Digest first = replicas.get(0).get(group);
    for (List<Digest> replica : replicas) {
      if (!replica.get(group).equals(first)) {
        return "the replicas of group " + group + " hold " + first + " and " + replica.get(group);
      }
    }
    if (first.executed() < done || first.executed() > done + unknown) {
      return "group "
          + group
          + " has executed "
          + first.executed()
          + " proposals; acknowledged were "
          + done
          + ", unknown "
          + unknown;
    }
    return "";
  }

  private static void pause(long begun, Duration limit, String what) throws IOException {
    if (System.nanoTime() - begun > limit.toNanos()) {
      throw new IOException("After " + Durations.show(limit) + " " + what + ".");
    }
    LockSupport.parkNanos(POLL_NANOS);
  }

  /** Closes them all. */
  static void close(List<Seat> seats) throws IOException {
    IOException failed = null;
    for (Seat seat : seats) {
      try {
        seat.close();
      } catch (IOException why) {
        failed = why;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
