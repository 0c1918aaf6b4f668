package io.github.skywalker.paxos.sim;

import java.util.List;
import java.util.SplittableRandom;

/** Processes that are killed, machines that lose power, and their way back. */
final class Crashes {

  private static final int RESTORES_FOR_ONE_CRASH = 8;

  private final Swarm swarm;
  private final Scheduler scheduler;
  private final Agenda agenda;
  private final List<Host> hosts;
  private final Oracle oracle;
  private final Figures figures;
  private final Trace trace;

  Crashes(
      Swarm swarm,
      Scheduler scheduler,
      Agenda agenda,
      List<Host> hosts,
      Oracle oracle,
      Figures figures,
      Trace trace) {
    this.swarm = swarm;
    this.scheduler = scheduler;
    this.agenda = agenda;
    this.hosts = hosts;
    this.oracle = oracle;
    this.figures = figures;
    this.trace = trace;
  }

  /** Some time, from nothing up to a few leases, that is not too long for the run. */
  long someTime(SplittableRandom random) {
    long most = Math.min(4 * swarm.leaseNanos, swarm.runNanos / 6);
    return (long) (most * Math.pow(random.nextDouble(), 2)) + 1;
  }

  /** From now on crashes strike while something is being written. */
  void lieInWait() {
    if (swarm.has(Fault.KILLS) || swarm.has(Fault.POWER_CUTS)) {
      for (Host host : hosts) {
        SplittableRandom writes = agenda.draws().of("writes that attract a crash", host.id());
        host.onWrite(() -> wrote(host, writes));
        SplittableRandom restores = agenda.draws().of("restores that attract a crash", host.id());
        host.onRestore(() -> restores(host, restores));
      }
    }
  }

  private void wrote(Host host, SplittableRandom writes) {
    if (host.isUp() && writes.nextInt(swarm.writesForOneCrash) == 0 && !agenda.hasStopped()) {
      agenda.play(
          "crash while node " + host.id() + " writes",
          random -> {
            boolean either = swarm.has(Fault.KILLS) && swarm.has(Fault.POWER_CUTS);
            boolean power = either ? random.nextBoolean() : swarm.has(Fault.POWER_CUTS);
            scheduler.after(random.nextLong(swarm.diskNanos), () -> crash(random, host, power));
          });
    }
  }

  private void restores(Host host, SplittableRandom restores) {
    if (host.isUp() && restores.nextInt(RESTORES_FOR_ONE_CRASH) == 0 && !agenda.hasStopped()) {
      agenda.play(
          "crash while a machine of node " + host.id() + " restores",
          random -> {
            figures.count("crashes while machines restore");
            crash(random, host, !swarm.has(Fault.KILLS));
          });
    }
  }

  /** Whether a node has anything to lose. */
  boolean works(Host host) {
    for (GroupOracle group : oracle.groups()) {
      Seat seat = group.seat(host);
      if (seat.replica() != null
          && (seat.replica().pendingProposals() > 0 || seat.replica().openInstances() > 0)) {
        return true;
      }
    }
    return false;
  }

  /** Kills a process, or cuts the power of its machine; it is started again some time later. */
  void crash(SplittableRandom random, Host host, boolean power) {
    if (!host.isUp() || agenda.hasStopped()) {
      return;
    }
    String kind = power ? "power cuts" : "kills";
    if (host.storage().isWriteInFlight()) {
      figures.count(kind + " with a write in flight");
    }
    figures.count(kind + (host.storage().isWriteInFlight() || works(host) ? "" : " of idle nodes"));
    down(host, power);
    startLater(random, host);
  }

  private static void down(Host host, boolean power) {
    if (power) {
      host.cutPower();
    } else {
      host.kill();
    }
  }

  void startLater(SplittableRandom random, Host host) {
    boolean soon = random.nextBoolean();
    scheduler.after(
        soon ? random.nextLong(50 * Scheduler.MILLIS) : someTime(random),
        () -> start(random, host));
  }

  /** Starts a host; now and then the power goes out while it reads its log. */
  private void start(SplittableRandom random, Host host) {
    if (host.isUp() || host.isGivenUp()) {
      return;
    }
    if (!agenda.hasStopped() && swarm.has(Fault.POWER_CUTS) && random.nextInt(8) == 0) {
      host.storage().cutPowerAfter(random.nextInt(60));
    }
    host.start();
    host.storage().cutNoPower();
    if (!host.isUp()) {
      if (!host.wasRefused()) {
        figures.count("power cuts during start");
        host.cutPower();
      }
      if (!agenda.hasStopped()) {
        startLater(random, host);
      }
    }
  }

  /** All nodes at once. */
  void blackout(SplittableRandom random) {
    boolean power = random.nextBoolean();
    boolean hit = hosts.stream().anyMatch(this::works);
    figures.count(hit ? "blackouts" : "blackouts of idle clusters");
    for (Host host : hosts) {
      if (host.isUp()) {
        down(host, power);
        startLater(random.split(), host);
      }
    }
  }

  /** Stops a node in good order; if that takes too long it is killed. */
  void restart(SplittableRandom random, Host host) {
    if (!host.isOpen()) {
      return;
    }
    Life life = host.life();
    figures.count(works(host) ? "stops in good order" : "stops of idle nodes");
    trace.line(host.id(), "closes");
    var unused =
        life.closing().close().thenRun(() -> scheduler.after(0, () -> closed(random, life)));
    scheduler.after(
        swarm.runNanos / 4,
        () -> {
          if (life.isAlive()) {
            crash(random, host, false);
          }
        });
  }

  private void closed(SplittableRandom random, Life life) {
    if (life.isAlive()) {
      figures.count("stops in good order that ended");
      life.host().closed(life);
      startLater(random, life.host());
    }
  }
}
