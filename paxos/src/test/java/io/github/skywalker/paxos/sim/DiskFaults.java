package io.github.skywalker.paxos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Disks that fail, are full, are lost, or lie. What cannot be undone hits a minority only. */
final class DiskFaults {

  private final Swarm swarm;
  private final Scheduler scheduler;
  private final Agenda agenda;
  private final Fabric fabric;
  private final List<Host> hosts;
  private final Oracle oracle;
  private final Crashes crashes;
  private final Figures figures;
  private final Trace trace;

  /** Those whose disks may come to lasting harm. */
  private final Set<Integer> fragile = new TreeSet<>();

  private boolean diskLost;

  DiskFaults(
      Swarm swarm,
      Scheduler scheduler,
      Agenda agenda,
      Fabric fabric,
      List<Host> hosts,
      Oracle oracle,
      Crashes crashes,
      Figures figures,
      Trace trace) {
    this.swarm = swarm;
    this.scheduler = scheduler;
    this.agenda = agenda;
    this.fabric = fabric;
    this.hosts = hosts;
    this.oracle = oracle;
    this.crashes = crashes;
    this.figures = figures;
    this.trace = trace;
    SplittableRandom random = agenda.draws().of("fragile disks");
    List<Integer> founders = new ArrayList<>();
    for (int id = 1; id <= swarm.founders; id++) {
      founders.add(id);
    }
    while (fragile.size() < (swarm.founders - 1) / 2) {
      fragile.add(founders.remove(random.nextInt(founders.size())));
    }
  }

  /** Writes and syncs fail, or there is no space, until the process is started anew. */
  void fail(SplittableRandom random, Host host, boolean full) {
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

  void rot(SplittableRandom random, Host host) {
    if (isFragile(host)) {
      int bits = 1 + random.nextInt(3);
      trace.line(host.id(), "%d bits rot", bits);
      for (int i = 0; i < bits; i++) {
        host.storage().deceit().rot();
      }
    }
  }

  void lieAboutWrite(Host host, Deceit.Lie how) {
    if (isFragile(host)) {
      trace.line(host.id(), "a write will be %s", how);
      host.storage().deceit().lieAboutWrite(how);
    }
  }

  /** For a while; nothing that was stored comes to harm, so it may be any disk. */
  void misread(SplittableRandom random, Host host) {
    trace.line(host.id(), "misreads");
    host.storage().deceit().misread(true);
    scheduler.after(
        crashes.someTime(random),
        () -> {
          host.storage().deceit().misread(false);
          if (host.isUp() && host.storage().hasLied() && !agenda.hasStopped()) {
            host.kill();
            crashes.startLater(random, host);
          }
        });
  }

  private boolean isFragile(Host host) {
    return fragile.contains(host.id()) && !host.isImpostor();
  }

  /** Loses one for good, only once, and where the others can go on without it. */
  void lose(SplittableRandom random, Host host) {
    boolean spared =
        oracle.groups().stream()
            .allMatch(
                group ->
                    group.chosen().memberships().values().stream()
                        .allMatch(members -> members.size() >= 3));
    boolean may = !diskLost && spared && isFragile(host) && !swarm.has(Fault.CHANGES);
    if (may && fabric.knowsAll(host, hosts)) {
      diskLost = true;
      figures.count("lost disks");
      trace.line(host.id(), "loses its disk");
      host.loseDisk();
      crashes.startLater(random, host);
    }
  }
}
