package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.NodeException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiFunction;

/**
 * Who runs the cluster: opens further groups on all nodes while they run, and removes groups from
 * them for good. A node that is down, or does not listen, gets to hear of it later.
 */
final class Operator {

  private static final long AGAIN_NANOS = 50 * Scheduler.MILLIS;

  private final Swarm swarm;
  private final Scheduler scheduler;
  private final Agenda agenda;
  private final List<Host> hosts;
  private final Oracle oracle;
  private final BiFunction<Life, Integer, GroupOptions> options;
  private final Judge judge;
  private final Figures figures;
  private int next;

  Operator(
      Swarm swarm,
      Scheduler scheduler,
      Agenda agenda,
      List<Host> hosts,
      Oracle oracle,
      BiFunction<Life, Integer, GroupOptions> options,
      Judge judge,
      Figures figures) {
    this.swarm = swarm;
    this.scheduler = scheduler;
    this.agenda = agenda;
    this.hosts = hosts;
    this.oracle = oracle;
    this.options = options;
    this.judge = judge;
    this.figures = figures;
    this.next = swarm.groups;
  }

  void begin() {
    if (swarm.comingGroups > 0) {
      long every = swarm.runNanos / (2 * swarm.comingGroups + 1);
      agenda.recur("create a group", every, this::create);
      agenda.recur("remove a group", 3 * every, this::remove);
    }
  }

  private void create(SplittableRandom random) {
    if (next < swarm.allGroups()) {
      int group = next++;
      agenda.note("group %d", group);
      oracle.group(group).begin();
      for (Host host : hosts) {
        long delay = random.nextLong(4 * swarm.retryNanos);
        scheduler.after(delay, () -> createAt(host, group));
      }
    }
  }

  private void createAt(Host host, int group) {
    if (oracle.group(group).isLeaving()) {
      return;
    }
    Life life = host.life();
    if (life != null && !host.isOpen()) {
      scheduler.after(AGAIN_NANOS, () -> createAt(host, group));
      return;
    }
    host.groups().add(group);
    if (life == null) {
      return; // It is among its options when it starts.
    }
    if (life.api().groups().contains(group)) {
      return; // It was started anew in the meantime.
    }
    var unused =
        life.api()
            .createGroup(options.apply(life, group))
            .whenComplete((nothing, fault) -> created(life, group, fault));
  }

  private void created(Life life, int group, Throwable fault) {
    boolean blameless = !life.isOpen() || life.host().storage().mayHalt();
    if (fault == null) {
      figures.count("groups created");
    } else if (!blameless && !oracle.group(group).isLeaving()) {
      judge.fail(
          "groups come", "group %d at node %d: %s", group, life.host().id(), fault.getMessage());
    }
  }

  private void remove(SplittableRandom random) {
    List<GroupOracle> there = new ArrayList<>();
    for (GroupOracle group : oracle.groups()) {
      if (group.isThere()) {
        there.add(group);
      }
    }
    if (there.size() < 2) {
      return;
    }
    GroupOracle group = there.get(random.nextInt(there.size()));
    agenda.note("group %d", group.group());
    group.end();
    for (Host host : hosts) {
      long delay = random.nextLong(4 * swarm.retryNanos);
      boolean again = random.nextBoolean();
      scheduler.after(delay, () -> removeAt(host, group, again));
    }
  }

  private void removeAt(Host host, GroupOracle group, boolean again) {
    int id = group.group();
    if (!host.groups().contains(id) || host.isGivenUp()) {
      return;
    }
    Life life = host.life();
    if (!host.isOpen() || !life.api().groups().contains(id)) {
      scheduler.after(AGAIN_NANOS, () -> removeAt(host, group, again));
      return;
    }
    var unused =
        life.api()
            .removeGroup(id)
            .thenRun(
                () -> {
                  figures.count("groups removed");
                  host.groups().remove(id);
                  group.seat(host).removed();
                  if (again && life.isOpen()) {
                    createRemoved(life, id);
                  }
                });
    scheduler.after(AGAIN_NANOS, () -> removeAt(host, group, again)); // It may die before.
  }

  /** What was removed stays removed. */
  private void createRemoved(Life life, int group) {
    var unused =
        life.api()
            .createGroup(options.apply(life, group))
            .whenComplete(
                (nothing, fault) -> {
                  if (!(fault instanceof NodeException)) {
                    judge.fail(
                        "17 what was removed stays removed",
                        "group %d at node %d was created again: %s",
                        group,
                        life.host().id(),
                        fault);
                  }
                  figures.count("groups refused since they were removed");
                });
  }
}
