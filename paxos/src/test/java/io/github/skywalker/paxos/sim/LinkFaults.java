package io.github.skywalker.paxos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Connections that break, links that hold back, and networks that fall into parts. */
final class LinkFaults {

  private final Scheduler scheduler;
  private final Agenda agenda;
  private final Fabric fabric;
  private final List<Host> hosts;
  private final Crashes crashes;
  private final Figures figures;
  private final Trace trace;

  LinkFaults(
      Scheduler scheduler,
      Agenda agenda,
      Fabric fabric,
      List<Host> hosts,
      Crashes crashes,
      Figures figures,
      Trace trace) {
    this.scheduler = scheduler;
    this.agenda = agenda;
    this.fabric = fabric;
    this.hosts = hosts;
    this.crashes = crashes;
    this.figures = figures;
    this.trace = trace;
  }

  void reset(SplittableRandom random) {
    List<Line> lines = fabric.lines();
    if (!lines.isEmpty()) {
      Line line = lines.get(random.nextInt(lines.size()));
      figures.count(line.inFlight() > 0 ? "resets" : "resets of idle connections");
      line.end();
    }
  }

  /** Some of the links of a node, in one direction or both. */
  void stall(SplittableRandom random, Host host) {
    long until = scheduler.now() + crashes.someTime(random);
    boolean to = random.nextBoolean();
    boolean from = !to || random.nextInt(3) == 0;
    for (Host other : hosts) {
      if (other != host && random.nextInt(3) != 0) {
        if (to) {
          fabric.weather().stall(other.id(), host.id(), until);
        }
        if (from) {
          fabric.weather().stall(host.id(), other.id(), until);
        }
      }
    }
    figures.count("stalls");
  }

  void partition(SplittableRandom random) {
    boolean oneWay = random.nextInt(3) == 0;
    List<int[]> ways = ways(random, oneWay);
    if (ways.isEmpty()) {
      return;
    }
    trace.line(0, "cut %s", ways.stream().map(way -> way[0] + "→" + way[1]).toList());
    long before = figures.of("messages cut off");
    ways.forEach(way -> fabric.weather().cut(way[0], way[1]));
    scheduler.after(
        random.nextLong(2 * Scheduler.SECONDS),
        () -> List.copyOf(fabric.lines()).forEach(this::endIfCut));
    scheduler.after(
        crashes.someTime(random),
        () -> {
          if (agenda.hasStopped()) {
            return;
          }
          trace.line(0, "heal");
          ways.forEach(way -> fabric.weather().heal(way[0], way[1]));
          String kind = oneWay ? "one-way partitions" : "partitions";
          boolean hit = figures.of("messages cut off") > before;
          figures.count(hit ? kind : kind + " that cut off nothing");
        });
  }

  private List<int[]> ways(SplittableRandom random, boolean oneWay) {
    List<int[]> ways = new ArrayList<>();
    int one = 1 + random.nextInt(hosts.size());
    int shape = random.nextInt(4);
    long half = random.nextLong(1, 1L << hosts.size());
    for (Host a : hosts) {
      for (Host b : hosts) {
        boolean cut =
            switch (shape) {
              case 0 -> a.id() == one; // Everything from one, or also to it.
              case 1 -> b.id() == one; // Everything to one, or also from it.
              case 2 -> ((half >> (a.id() - 1)) & 1) > ((half >> (b.id() - 1)) & 1); // Two sides.
              default -> random.nextInt(3) == 0; // Anything.
            };
        if (cut && a != b) {
          ways.add(new int[] {a.id(), b.id()});
          if (!oneWay) {
            ways.add(new int[] {b.id(), a.id()});
          }
        }
      }
    }
    return ways;
  }

  private void endIfCut(Line line) {
    if (fabric.weather().isCut(line.from().id(), line.toNode())) {
      line.end();
    }
  }
}
