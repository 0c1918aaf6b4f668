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
  private final List<Host> hosts;
  private final Oracle oracle;
  private final Figures figures;
  private final Crashes crashes;
  private final LinkFaults links;
  private final DiskFaults disks;

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
    this.hosts = hosts;
    this.oracle = oracle;
    this.figures = figures;
    crashes = new Crashes(swarm, scheduler, agenda, hosts, oracle, figures, trace);
    disks =
        new DiskFaults(swarm, scheduler, agenda, fabric, hosts, oracle, crashes, figures, trace);
    links = new LinkFaults(swarm, scheduler, agenda, fabric, hosts, crashes, figures, trace);
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
    strike(Fault.WANDERING_CUTS, 1, (random, host) -> links.wander(random, this::pickLeader));
    strike(Fault.PARTED_PAIRS, 1, (random, host) -> links.part(random, pickLeader(random)));
    strike(Fault.STALLS, 1, links::stall);
    strike(Fault.RESETS, 1, (random, host) -> links.reset(random));
    strike(Fault.DISK_ERRORS, 1, (random, host) -> disks.fail(random, host, false));
    strike(Fault.FULL_DISKS, 1, (random, host) -> disks.fail(random, host, true));
    strike(Fault.ROT, 1, disks::rot);
    strike(
        Fault.MISDIRECTED_WRITES,
        1,
        (random, host) -> disks.lieAboutWrite(host, Deceit.Lie.MISDIRECTED));
    strike(Fault.SHORT_WRITES, 1, (random, host) -> disks.lieAboutWrite(host, Deceit.Lie.SHORT));
    strike(Fault.MISREADS, 1, disks::misread);
    strike(Fault.RESTARTS, 1, crashes::restart);
    strike(Fault.BLACKOUTS, 3, (random, host) -> crashes.blackout(random));
    strike(Fault.LOST_DISKS, 1, disks::lose);
  }

  private void strike(Fault fault, int rarer, Blow blow) {
    if (swarm.has(fault)) {
      agenda.recur(
          fault.name().toLowerCase(Locale.ROOT).replace('_', ' '),
          rarer * swarm.everyNanos(fault),
          random -> {
            Host host = pick(random);
            agenda.note("node %d", host.id());
            blow.strike(random, host);
          });
    }
  }

  /** Anybody, or, where the run aims at those, mostly one who leads a group. */
  private Host pick(SplittableRandom random) {
    Host any = hosts.get(random.nextInt(hosts.size()));
    return swarm.aimsAtLeaders && random.nextInt(4) != 0 ? pickLeader(random) : any;
  }

  /** One who leads a group; anybody, if nobody does. */
  private Host pickLeader(SplittableRandom random) {
    List<Host> leaders = oracle.group(random.nextInt(swarm.groups)).leaders();
    int last = leaders.size() - 1; // Who leads in the highest ballot, if several believe to.
    return leaders.isEmpty() ? hosts.get(random.nextInt(hosts.size())) : leaders.get(last);
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
}
