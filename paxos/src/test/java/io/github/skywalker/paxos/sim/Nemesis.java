package io.github.skywalker.paxos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Lets faults loose, of the families that the run has, and sees to it that what is down comes back.
 * A fault counts only if it hit work in flight.
 */
final class Nemesis {

  /** A write that is not synced yet attracts a crash once in so many. */
  private static final int WRITES_FOR_ONE_CRASH = 150;

  private final Swarm swarm;
  private final Scheduler scheduler;
  private final Fabric fabric;
  private final SplittableRandom random;
  private final List<Host> hosts;
  private final Oracle oracle;
  private final Figures figures;
  private final Trace trace;
  private final List<Fault> kinds = new ArrayList<>();
  private boolean stopped;
  private boolean diskLost;

  Nemesis(
      Swarm swarm,
      Scheduler scheduler,
      Fabric fabric,
      SplittableRandom random,
      List<Host> hosts,
      Oracle oracle,
      Figures figures,
      Trace trace) {
    this.swarm = swarm;
    this.scheduler = scheduler;
    this.fabric = fabric;
    this.random = random;
    this.hosts = hosts;
    this.oracle = oracle;
    this.figures = figures;
    this.trace = trace;
    for (Fault fault :
        List.of(
            Fault.KILLS,
            Fault.POWER_CUTS,
            Fault.PAUSES,
            Fault.SUSPENSIONS,
            Fault.PARTITIONS,
            Fault.STALLS,
            Fault.RESETS,
            Fault.DISK_ERRORS,
            Fault.FULL_DISKS,
            Fault.RESTARTS,
            Fault.BLACKOUTS,
            Fault.LOST_DISKS)) {
      if (swarm.has(fault)) {
        kinds.add(fault);
      }
    }
  }

  void begin() {
    if (!kinds.isEmpty()) {
      next();
      for (Host host : hosts) {
        host.onWrite(() -> wrote(host));
      }
    }
  }

  /** No further fault begins. */
  void stop() {
    stopped = true;
  }

  private void next() {
    scheduler.after(1 + random.nextLong(2 * swarm.faultEveryNanos), this::strike);
  }

  private void strike() {
    if (stopped) {
      return;
    }
    Host host = hosts.get(random.nextInt(hosts.size()));
    switch (kinds.get(random.nextInt(kinds.size()))) {
      case KILLS -> crash(host, false);
      case POWER_CUTS -> crash(host, true);
      case PAUSES -> pause(host, false);
      case SUSPENSIONS -> pause(host, true);
      case PARTITIONS -> partition();
      case STALLS -> stall(host);
      case RESETS -> reset();
      case DISK_ERRORS -> failDisk(host, false);
      case FULL_DISKS -> failDisk(host, true);
      case RESTARTS -> restart(host);
      case BLACKOUTS -> blackout();
      case LOST_DISKS -> loseDisk(host);
      default -> throw new IllegalStateException("Not a fault to strike with");
    }
    next();
  }

  /** Some time, from nothing up to a few leases, that is not too long for the run. */
  private long someTime() {
    long most = Math.min(4 * swarm.leaseNanos, swarm.runNanos / 6);
    return (long) (most * Math.pow(random.nextDouble(), 2)) + 1;
  }

  /* Crashes. */

  private void wrote(Host host) {
    if (!stopped && host.isUp() && random.nextInt(WRITES_FOR_ONE_CRASH) == 0) {
      boolean power =
          swarm.has(Fault.POWER_CUTS) && (!swarm.has(Fault.KILLS) || random.nextBoolean());
      if (power || swarm.has(Fault.KILLS)) {
        scheduler.after(random.nextLong(swarm.diskNanos), () -> crash(host, power));
      }
    }
  }

  private boolean works(Host host) {
    for (GroupOracle group : oracle.groups()) {
      Seat seat = group.seat(host);
      if (seat.replica() != null
          && (seat.replica().pendingProposals() > 0 || seat.replica().openInstances() > 0)) {
        return true;
      }
    }
    return false;
  }

  private void crash(Host host, boolean power) {
    if (!host.isUp() || stopped) {
      return;
    }
    String kind = power ? "power cuts" : "kills";
    if (host.storage().isWriteInFlight()) {
      figures.count(kind + " with a write in flight");
    }
    figures.count(kind + (host.storage().isWriteInFlight() || works(host) ? "" : " of idle nodes"));
    down(host, power);
    startLater(host);
  }

  private static void down(Host host, boolean power) {
    if (power) {
      host.cutPower();
    } else {
      host.kill();
    }
  }

  private void startLater(Host host) {
    scheduler.after(
        random.nextBoolean() ? random.nextLong(50 * Scheduler.MILLIS) : someTime(),
        () -> start(host));
  }

  /** Starts a host; now and then the power goes out while it reads its log. */
  private void start(Host host) {
    if (host.isUp()) {
      return;
    }
    if (!stopped && swarm.has(Fault.POWER_CUTS) && random.nextInt(8) == 0) {
      host.storage().cutPowerAfter(random.nextInt(60));
    }
    host.start();
    if (host.isUp()) {
      host.storage().calm();
    } else {
      figures.count("power cuts during start");
      host.cutPower();
      if (!stopped) {
        startLater(host);
      }
    }
  }

  private void blackout() {
    if (random.nextInt(3) != 0) {
      return; // Rarer than the others.
    }
    boolean power = random.nextBoolean();
    boolean hit = hosts.stream().anyMatch(this::works);
    figures.count(hit ? "blackouts" : "blackouts of idle clusters");
    for (Host host : hosts) {
      if (host.isUp()) {
        down(host, power);
        startLater(host);
      }
    }
  }

  private void restart(Host host) {
    if (!host.isOpen()) {
      return;
    }
    Life life = host.life();
    figures.count(works(host) ? "stops in good order" : "stops of idle nodes");
    trace.line(host.id(), "closes");
    var unused =
        life.closing()
            .close()
            .thenRun(
                () ->
                    scheduler.after(
                        0,
                        () -> {
                          if (life.isAlive()) {
                            figures.count("stops in good order that ended");
                            host.closed(life);
                            startLater(host);
                          }
                        }));
    scheduler.after(
        swarm.runNanos / 4,
        () -> {
          if (life.isAlive() && !stopped) {
            crash(host, false);
          }
        });
  }

  private void loseDisk(Host host) {
    // Only one, and only where the others can go on without it.
    boolean spared =
        oracle.groups().stream()
            .allMatch(
                group ->
                    group.chosen().memberships().values().stream()
                        .allMatch(members -> members.size() >= 3));
    if (!diskLost && spared && !swarm.has(Fault.CHANGES) && fabric.knowsAll(host, hosts)) {
      diskLost = true;
      figures.count("lost disks");
      trace.line(host.id(), "loses its disk");
      host.loseDisk();
      startLater(host);
    }
  }

  /* Pauses. */

  private void pause(Host host, boolean withClock) {
    if (!host.isUp() || host.isPaused()) {
      return;
    }
    Life life = host.life();
    host.pause(withClock);
    scheduler.after(
        someTime(),
        () -> {
          if (host.life() == life && host.isPaused()) {
            String kind = withClock ? "suspensions" : "pauses";
            figures.count(kind + (host.parked() > 0 ? "" : " of idle nodes"));
            host.resume();
          }
        });
  }

  /* Disks. */

  private void failDisk(Host host, boolean full) {
    if (!host.isUp()) {
      return;
    }
    Life life = host.life();
    if (full) {
      trace.line(host.id(), "disk full");
      figures.count("full disks");
      host.storage().fill();
    } else {
      host.storage().failSoon();
    }
    scheduler.after(
        someTime(),
        () -> {
          if (host.life() == life && !stopped) {
            host.kill();
            startLater(host);
          }
        });
  }

  /* Links. */

  private void reset() {
    List<Line> lines = fabric.lines();
    if (!lines.isEmpty()) {
      Line line = lines.get(random.nextInt(lines.size()));
      figures.count(line.inFlight() > 0 ? "resets" : "resets of idle connections");
      line.end();
    }
  }

  /** Some of the links of a node, in one direction or both. */
  private void stall(Host host) {
    long until = scheduler.now() + someTime();
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

  private void partition() {
    List<int[]> ways = new ArrayList<>();
    boolean oneWay = random.nextInt(3) == 0;
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
        someTime(),
        () -> {
          if (stopped) {
            return;
          }
          trace.line(0, "heal");
          ways.forEach(way -> fabric.weather().heal(way[0], way[1]));
          String kind = oneWay ? "one-way partitions" : "partitions";
          boolean hit = figures.of("messages cut off") > before;
          figures.count(hit ? kind : kind + " that cut off nothing");
        });
  }

  private void endIfCut(Line line) {
    if (fabric.weather().isCut(line.from().id(), line.toNode())) {
      line.end();
    }
  }
}
