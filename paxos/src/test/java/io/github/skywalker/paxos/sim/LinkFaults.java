package io.github.skywalker.paxos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;

/** Connections that break, links that hold back, and networks that fall into parts. */
final class LinkFaults {

  private final Swarm swarm;
  private final Scheduler scheduler;
  private final Agenda agenda;
  private final Fabric fabric;
  private final List<Host> hosts;
  private final Crashes crashes;
  private final Figures figures;
  private final Trace trace;
  private long wandersUntil;

  LinkFaults(
      Swarm swarm,
      Scheduler scheduler,
      Agenda agenda,
      Fabric fabric,
      List<Host> hosts,
      Crashes crashes,
      Figures figures,
      Trace trace) {
    this.swarm = swarm;
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

  /** What of a node's links is cut. */
  private enum Shape {
    BOTH,
    TO,
    FROM
  }

  /**
   * Cuts one node off, and in the moment in which it comes back, the next. So those decide who have
   * just been away, with what they did not hear of, and the one who knew is gone.
   */
  void wander(SplittableRandom random, Function<SplittableRandom, Host> next) {
    Shape shape = Shape.values()[random.nextInt(Shape.values().length)];
    // For about as long as a leader who was deposed does not know it, or shorter, or longer.
    double leases = random.nextBoolean() ? 1.1 + random.nextDouble() : 4 * random.nextDouble();
    long stay = (long) (swarm.leaseNanos * leases) + 1;
    int stations = 2 + random.nextInt(4);
    if (scheduler.now() < wandersUntil) {
      return; // Two at once would leave nobody who could lead.
    }
    wandersUntil = scheduler.now() + stations * stay;
    for (int station = 0; station < stations; station++) {
      scheduler.after(
          station * stay,
          () -> {
            if (!agenda.hasStopped()) {
              cutOff(random, next.apply(random), shape, stay);
            }
          });
    }
    figures.count("cuts that wander");
  }

  private void cutOff(SplittableRandom random, Host host, Shape shape, long nanos) {
    boolean broken = random.nextBoolean();
    trace.line(host.id(), "cut off for %d ms: %s", nanos / Scheduler.MILLIS, shape);
    for (Host other : hosts) {
      if (other != host && shape != Shape.FROM) {
        cut(other, host, nanos);
      }
      if (other != host && shape != Shape.TO) {
        cut(host, other, nanos);
      }
    }
    if (broken) { // Else the connections outlive it, and only lose what was sent meanwhile.
      scheduler.after(
          random.nextLong(nanos), () -> List.copyOf(fabric.lines()).forEach(this::endIfCut));
    }
  }

  private void cut(Host from, Host to, long nanos) {
    fabric.weather().cut(from.id(), to.id());
    scheduler.after(
        nanos,
        () -> {
          if (!agenda.hasStopped()) {
            fabric.weather().heal(from.id(), to.id());
          }
        });
  }

  /** Parts a host from one other, which hears that he leads no longer, while the others do. */
  void part(SplittableRandom random, Host host) {
    Host other = hosts.get(random.nextInt(hosts.size()));
    long nanos = (long) (swarm.leaseNanos * (1 + 3 * random.nextDouble()));
    int dice = random.nextInt(3);
    if (other == host) {
      return;
    }
    trace.line(host.id(), "parted from node %d for %d ms", other.id(), nanos / Scheduler.MILLIS);
    if (dice != 0) {
      cut(host, other, nanos);
    }
    if (dice != 1) {
      cut(other, host, nanos);
    }
    figures.count("pairs parted");
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
