package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.Status;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Without faults, one message is lost now and then: that may cost a proposal two retry periods, and
 * not more. Looked at is what is proposed alone, under a master that stays, in those runs whose
 * disks and links are quick beside the retry period.
 */
final class Promptness {

  /** The hops of one proposal, and of what may be on its way before it. */
  private static final int HOPS = 12;

  /** What is slow now and then is so by this factor. */
  private static final int SPIKE = 20;

  private final Swarm swarm;
  private final Scheduler scheduler;
  private final Agenda agenda;
  private final Fabric fabric;
  private final List<Host> hosts;
  private final Oracle oracle;
  private final Judge judge;
  private final Figures figures;
  private final long usualNanos;

  /** How many of those that are looked at have no answer yet. */
  private int waiting;

  Promptness(
      Swarm swarm,
      Scheduler scheduler,
      Agenda agenda,
      Fabric fabric,
      List<Host> hosts,
      Oracle oracle,
      Judge judge,
      Figures figures) {
    this.swarm = swarm;
    this.scheduler = scheduler;
    this.agenda = agenda;
    this.fabric = fabric;
    this.hosts = hosts;
    this.oracle = oracle;
    this.judge = judge;
    this.figures = figures;
    long disks = 3L * SPIKE * swarm.diskNanos;
    long loops = 2L * HOPS * SPIKE * swarm.hopNanos;
    this.usualNanos = disks + loops + HOPS * fabric.weather().longestDelay();
  }

  /** Whether this run is one of those that are looked at. */
  private boolean looks() {
    return swarm.faults.isEmpty() && usualNanos < swarm.retryNanos;
  }

  /** Something is about to be proposed. */
  void asked(Operation operation) {
    if (looks() && areConnected() && !isBusy(operation.group) && hasMaster(operation.group)) {
      operation.askedAt = scheduler.now();
      operation.askedUnder = oracle.group(operation.group).chosen().masterVersion();
      agenda.play("lose a message", this::lose);
      waiting++;
    }
  }

  /**
   * One of those that follow, which may be one of this proposal's: a single one, so none while
   * another is still to be lost, or another proposal waits, which may have lost one already.
   */
  private void lose(SplittableRandom random) {
    boolean loses = random.nextInt(3) == 0;
    if (loses && waiting == 0 && !fabric.weather().isToLose()) {
      fabric.weather().loseAfter(1 + random.nextInt(3 * hosts.size()));
    }
  }

  /** What is sent before that is lost for want of a connection. */
  private boolean areConnected() {
    return hosts.stream()
        .allMatch(host -> host.isOpen() && host.life().network().isConnectedWithAll());
  }

  private boolean isBusy(int group) {
    for (Host host : hosts) {
      var replica = oracle.group(group).seat(host).replica();
      if (replica == null || replica.pendingProposals() > 0 || replica.openInstances() > 0) {
        return true;
      }
    }
    return false;
  }

  private boolean hasMaster(int group) {
    return hosts.stream()
        .anyMatch(
            host ->
                host.isOpen()
                    && host.life().api().groups().contains(group)
                    && host.life().api().isMaster(group));
  }

  /** It has its answer, whatever that is. */
  void answered(Operation operation) {
    if (operation.askedUnder == 0) {
      return;
    }
    waiting--;
    boolean stayed =
        operation.status == Status.OK
            && !agenda.hasStopped() // From then on some are cut off, maybe the master.
            && oracle.group(operation.group).chosen().masterVersion() == operation.askedUnder
            && hasMaster(operation.group);
    if (stayed) {
      figures.count("proposals timed");
      long took = scheduler.now() - operation.askedAt;
      if (took > swarm.retryNanos) {
        figures.count("proposals that waited for a retry");
      }
      if (took > 2 * swarm.retryNanos + usualNanos) {
        judge.fail(
            "7 one lost message costs less than two retry periods",
            "%s took %d µs, with a retry period of %d µs and %d µs for the way",
            operation,
            took / Scheduler.MICROS,
            swarm.retryNanos / Scheduler.MICROS,
            usualNanos / Scheduler.MICROS);
      }
    }
  }
}
