package io.github.skywalker.paxos.sim;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Lets faults loose, of the families that the run has, each in its own time, and sees to it that
 * what is down comes back. A fault counts only if it hit work in flight.
 */
final class Nemesis {

  private final Swarm swarm;
  private final Scheduler scheduler;
  private final Agenda agenda;
  private final Fabric fabric;
  private final List<Host> hosts;
  private final Oracle oracle;
  private final Figures figures;
  private final Trace trace;
  private final Crashes crashes;
  private final LinkFaults links;
  private boolean diskLost;

  Nemesis(
      Swarm swarm,
      Scheduler scheduler,
      Agenda agenda,
      Fabric fabric,
      List<Host> hosts,
      Oracle oracle,
      Figures figures,
      Trace trace) {
    this.swarm = swarm;
    this.scheduler = scheduler;
    this.agenda = agenda;
    this.fabric = fabric;
    this.hosts = hosts;
    this.oracle = oracle;
    this.figures = figures;
    this.trace = trace;
    crashes = new Crashes(swarm, scheduler, agenda, hosts, oracle, figures, trace);
    links = new LinkFaults(scheduler, agenda, fabric, hosts, crashes, figures, trace);
  }

  /** Something that befalls one host. */
  private interface Blow {
    void strike(SplittableRandom random, Host host);
  }

  void begin() {
    crashes.lieInWait();
    strike(Fault.KILLS, 1, (random, host) -> crashes.crash(random, host, false));
    strike(Fault.POWER_CUTS, 1, (random, host) -> crashes.crash(random, host, true));
    strike(Fault.PAUSES, 1, (random, host) -> pause(random, host, false));
    strike(Fault.SUSPENSIONS, 1, (random, host) -> pause(random, host, true));
    strike(Fault.PARTITIONS, 1, (random, host) -> links.partition(random));
    strike(Fault.STALLS, 1, links::stall);
    strike(Fault.RESETS, 1, (random, host) -> links.reset(random));
    strike(Fault.DISK_ERRORS, 1, (random, host) -> failDisk(random, host, false));
    strike(Fault.FULL_DISKS, 1, (random, host) -> failDisk(random, host, true));
    strike(Fault.RESTARTS, 1, crashes::restart);
    strike(Fault.BLACKOUTS, 3, (random, host) -> crashes.blackout(random));
    strike(Fault.LOST_DISKS, 1, this::loseDisk);
  }

  private void strike(Fault fault, int rarer, Blow blow) {
    if (swarm.has(fault)) {
      agenda.recur(
          fault.name().toLowerCase(Locale.ROOT).replace('_', ' '),
          rarer * swarm.everyNanos(fault),
          random -> blow.strike(random, hosts.get(random.nextInt(hosts.size()))));
    }
  }

  private void loseDisk(SplittableRandom random, Host host) {
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
      crashes.startLater(random, host);
    }
  }

  private void pause(SplittableRandom random, Host host, boolean withClock) {
    if (!host.isUp() || host.isPaused()) {
      return;
    }
    Life life = host.life();
    host.pause(withClock);
    scheduler.after(
        crashes.someTime(random),
        () -> {
          if (host.life() == life && host.isPaused()) {
            String kind = withClock ? "suspensions" : "pauses";
            figures.count(kind + (host.parked() > 0 ? "" : " of idle nodes"));
            host.resume();
          }
        });
  }

  private void failDisk(SplittableRandom random, Host host, boolean full) {
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
        crashes.someTime(random),
        () -> {
          if (host.life() == life && !agenda.hasStopped()) {
            host.kill();
            crashes.startLater(random, host);
          }
        });
  }
}
