package io.github.skywalker.examples.benchmark;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Three processes with thousands of groups in which nothing happens: what that costs, how long a
 * node takes to start again, and when the groups have masters again whose master was killed.
 */
final class Idle {

  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final Duration SETTLING = Duration.ofSeconds(10);

  /** After this nothing is warming up any more. */
  private static final Duration WARMING = Duration.ofSeconds(60);

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration LOOK = Duration.ofMillis(20);
  private static final double NANOS_PER_SECOND = 1e9;

  private final Workload work;
  private final Path directory;
  private final PrintStream out;
  private final List<Member> members;
  private final TreeMap<Integer, RemoteSeat> seats = new TreeMap<>();

  /**
   * Made for one measurement.
   *
   * @param work how many groups there are, and how long they are watched
   * @param out gets what is measured, and a line every second while it waits
   */
  Idle(Workload work, Path directory, PrintStream out) throws IOException {
    this.work = work;
    this.directory = directory;
    this.out = out;
    this.members = Skywalker.members();
  }

  void run() throws IOException {
    try {
      long begun = System.nanoTime();
      for (Member member : members) {
        start(member);
      }
      say("three nodes of %,d groups opened after %.1f s", work.groups(), since(begun));
      awaitMasters(all(), begun, "had a master");
      watch();
      Member restarted = members.get(0);
      restart(restarted);
      kill(mostLeading());
    } finally {
      Seats.close(new ArrayList<>(seats.values()));
    }
  }

  private void start(Member member) throws IOException {
    Path own = directory.resolve("node-" + member.nodeId());
    seats.put(member.nodeId(), RemoteSeat.start(member, members, work, own));
  }

  private BitSet all() {
    BitSet groups = new BitSet();
    groups.set(0, work.groups());
    return groups;
  }

  /** Looks until each of these groups has a master somewhere, and says when they had. */
  private void awaitMasters(BitSet groups, long begun, String what) throws IOException {
    BitSet missing = (BitSet) groups.clone();
    List<Double> times = new ArrayList<>();
    long said = System.nanoTime();
    while (!missing.isEmpty()) {
      for (RemoteSeat seat : seats.values()) {
        for (int group : seat.led()) {
          if (missing.get(group)) {
            missing.clear(group);
            times.add(since(begun));
          }
        }
      }
      if (since(begun) > LONGEST.toSeconds()) {
        throw new IOException(stuck(missing));
      }
      if (since(said) >= 1 && !missing.isEmpty()) {
        said = System.nanoTime();
        say("  %,d of %,d groups, after %.0f s", times.size(), groups.cardinality(), since(begun));
      }
      Waiting.sleep(LOOK);
    }
    say(
        "%,d groups %s after %.2f s (median), %.2f s (99th percentile), %.2f s (last)",
        times.size(), what, at(times, 0.5), at(times, 0.99), at(times, 1));
  }

  private String stuck(BitSet missing) throws IOException {
    int group = missing.nextSetBit(0);
    StringBuilder text = new StringBuilder();
    text.append(missing.cardinality()).append(" groups are still without a master; one of them:");
    for (RemoteSeat seat : seats.values()) {
      text.append(System.lineSeparator()).append(seat.report(group));
    }
    return text.toString();
  }

  /** Of times in rising order. */
  private static double at(List<Double> times, double share) {
    return times.isEmpty() ? 0 : times.get((int) Math.ceil(share * times.size()) - 1);
  }

  private void watch() throws IOException {
    say("warming up for %d s", WARMING.toSeconds());
    Waiting.sleep(WARMING);
    for (RemoteSeat seat : seats.values()) {
      var unused = seat.take();
    }
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < work.duration().toNanos()) {
      Waiting.sleep(SECOND);
      say("  idle for %.0f of %d s", since(begun), work.duration().toSeconds());
    }
    double seconds = since(begun);
    double all = 0;
    StringBuilder each = new StringBuilder();
    for (RemoteSeat seat : seats.values()) {
      double share = seat.take().cpuNanos() / NANOS_PER_SECOND / seconds;
      all += share;
      each.append(String.format(Locale.ROOT, " %.2f %%", 100 * share));
    }
    say(
        "%,d idle groups take %.2f %% of one core in three nodes, over %.0f s:%s",
        work.groups(), 100 * all, seconds, each);
  }

  /** Closes a node in order, and starts it again. */
  private void restart(Member member) throws IOException {
    BitSet led = led(member.nodeId());
    long closing = System.nanoTime();
    remove(member.nodeId()).close();
    say("node %d closed in %.1f s; it led %,d", member.nodeId(), since(closing), led.cardinality());
    awaitMasters(led, closing, "had another master");
    long begun = System.nanoTime();
    start(member);
    say("node %d opened again after %.1f s", member.nodeId(), since(begun));
    Waiting.sleep(SETTLING);
  }

  private RemoteSeat remove(int node) {
    RemoteSeat removed = seats.remove(node);
    if (removed == null) {
      throw new IllegalStateException("Node " + node + " does not run");
    }
    return removed;
  }

  private BitSet led(int node) throws IOException {
    BitSet led = new BitSet();
    RemoteSeat seat = seats.get(node);
    if (seat != null) {
      seat.led().forEach(led::set);
    }
    return led;
  }

  private int mostLeading() throws IOException {
    int most = 0;
    int found = members.get(0).nodeId();
    for (int node : seats.keySet()) {
      int leads = led(node).cardinality();
      if (leads > most) {
        most = leads;
        found = node;
      }
    }
    return found;
  }

  /** Kills a node as a crash would. */
  private void kill(int node) throws IOException {
    BitSet led = led(node);
    say("node %d, which leads %,d groups, is killed", node, led.cardinality());
    long begun = System.nanoTime();
    remove(node).kill();
    awaitMasters(led, begun, "had another master");
  }

  private static double since(long nanos) {
    return (System.nanoTime() - nanos) / NANOS_PER_SECOND;
  }

  private void say(String format, Object... arguments) {
    out.println(String.format(Locale.ROOT, format, arguments));
  }
}
