package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * The end of each run. A core of nodes that holds a majority of everything is picked and healed;
 * every other fault is frozen for ever. Then all that waits must complete, new work too, within a
 * bound; and at last the nodes are closed, and nobody may be left without an answer.
 */
final class Settling {

  /** The bound, in times of the longest of election, retry and lease time. */
  private static final int PATIENCE = 30;

  private final Swarm swarm;
  private final Scheduler scheduler;
  private final Fabric fabric;
  private final SplittableRandom random;
  private final List<Host> hosts;
  private final Oracle oracle;
  private final Operations operations;
  private final Machines machines;
  private final Clients clients;
  private final Judge judge;
  private final Figures figures;
  private final Trace trace;
  private final Runnable step;
  private final List<Host> core = new ArrayList<>();
  private final List<Operation> last = new ArrayList<>();
  private boolean lookedAt;
  private String missing = "everything";

  Settling(
      Swarm swarm,
      Scheduler scheduler,
      Fabric fabric,
      SplittableRandom random,
      List<Host> hosts,
      Oracle oracle,
      Operations operations,
      Machines machines,
      Clients clients,
      Judge judge,
      Figures figures,
      Trace trace,
      Runnable step) {
    this.swarm = swarm;
    this.scheduler = scheduler;
    this.fabric = fabric;
    this.random = random;
    this.hosts = hosts;
    this.oracle = oracle;
    this.operations = operations;
    this.machines = machines;
    this.clients = clients;
    this.judge = judge;
    this.figures = figures;
    this.trace = trace;
    this.step = step;
  }

  void settle() {
    pickCore();
    if (core.isEmpty()) {
      figures.count("runs that no majority survived");
      return;
    }
    heal();
    long begin = scheduler.now();
    await(PATIENCE * swarm.longestNanos(), this::hasSettled);
    figures.add("milliseconds to settle", (scheduler.now() - begin) / Scheduler.MILLIS);
    if (!judge.hasFailed()) {
      fabric.silence().listen(this::isIdle);
      await(PATIENCE * swarm.longestNanos(), this::isQuiet);
    }
    if (!judge.hasFailed()) {
      close();
    }
  }

  /** The groups that are not being removed. */
  private List<GroupOracle> going() {
    return oracle.groups().stream().filter(GroupOracle::isThere).toList();
  }

  private interface Goal {
    /** What is still missing; null if nothing. */
    String missing();
  }

  private void await(long nanos, Goal goal) {
    long deadline = scheduler.now() + nanos;
    missing = "everything";
    look(goal);
    while (!judge.hasFailed() && missing != null) {
      if (scheduler.now() > deadline) {
        judge.fail(
            "7 liveness", "after %d ms still missing: %s", nanos / Scheduler.MILLIS, missing);
        return;
      }
      step.run();
      if (lookedAt) {
        lookedAt = false;
        missing = goal.missing();
      }
    }
  }

  private void look(Goal goal) {
    if (missing != null) {
      lookedAt = true;
      scheduler.after(swarm.retryNanos / 2, () -> look(goal));
    }
  }

  /* The core. */

  private void pickCore() {
    for (Host host : hosts) {
      if (host.isSound()) {
        core.add(host);
      }
    }
    if (!holdsMajorities()) {
      core.clear();
      return;
    }
    List<Host> candidates = new ArrayList<>(core);
    Collections.shuffle(candidates, new Random(random.nextLong()));
    for (Host host : candidates) {
      core.remove(host);
      if (random.nextInt(3) == 0 || !holdsMajorities()) {
        core.add(host);
      }
    }
    core.sort((a, b) -> Integer.compare(a.id(), b.id()));
  }

  /** Of every membership that there was, or that a change on its way may still make. */
  private boolean holdsMajorities() {
    for (GroupOracle group : going()) {
      for (SortedSet<Integer> members : group.chosen().memberships().values()) {
        if (!holdsMajority(members)) {
          return false;
        }
      }
      for (Operation each : operations.all()) {
        boolean open =
            each.kind == Operation.Kind.CHANGE
                && each.group == group.group()
                && each.executedAt == 0
                && (each.status == null || each.status.fate() == Status.Fate.UNKNOWN)
                && each.expectedVersion == group.chosen().version();
        if (open && !holdsMajority(after(group, each))) {
          return false;
        }
      }
    }
    return true;
  }

  private static SortedSet<Integer> after(GroupOracle group, Operation change) {
    TreeSet<Integer> members = new TreeSet<>(group.chosen().members(group.chosen().version()));
    for (MembershipChange each : change.steps) {
      if (each instanceof MembershipChange.Add add) {
        members.add(add.member().nodeId());
      } else if (each instanceof MembershipChange.Remove remove) {
        members.remove(remove.nodeId());
      } else if (each instanceof MembershipChange.Replace replace) {
        members.remove(replace.nodeId());
        members.add(replace.by().nodeId());
      }
    }
    return members;
  }

  private boolean holdsMajority(SortedSet<Integer> members) {
    long held = core.stream().filter(host -> members.contains(host.id())).count();
    return members.isEmpty() || held > members.size() / 2;
  }

  private void heal() {
    fabric.weather().calm();
    fabric.weather().healAll();
    trace.line(0, "only %s goes on", core.stream().map(Host::id).toList());
    for (Host host : hosts) {
      if (!core.contains(host)) {
        core.forEach(
            other -> {
              fabric.weather().cut(host.id(), other.id());
              fabric.weather().cut(other.id(), host.id());
            });
      }
    }
    for (Host host : core) {
      host.resume();
      host.storage().calm();
      if (host.isUp() && (!host.life().isOpen() || host.storage().mayHalt())) {
        host.kill();
      }
      if (!host.isUp()) {
        scheduler.after(random.nextLong(swarm.retryNanos), () -> start(host));
      }
    }
  }

  /** As often as its options name a group whose removal was on disk, and not told yet. */
  private void start(Host host) {
    host.start();
    if (!host.isUp() && host.wasRefused() && !host.isGivenUp()) {
      scheduler.after(swarm.retryNanos, () -> start(host));
    }
  }

  /* What must come about. */

  private String hasSettled() {
    for (Host host : core) {
      if (!host.isOpen()) {
        return "node " + host.id() + " does not run";
      }
      SortedSet<Integer> lacking = new TreeSet<>(host.groups());
      lacking.removeAll(host.life().api().groups());
      if (!lacking.isEmpty()) {
        return "node " + host.id() + " has not opened, or not given up, groups " + lacking;
      }
    }
    for (Operation each : operations.all()) {
      boolean waits = each.status == null && each.life.isAlive();
      if (waits && core.contains(each.life.host()) && mustComplete(each)) {
        return "an answer to " + each;
      }
    }
    for (GroupOracle group : going()) {
      if (elects(group) && !hasMaster(group)) {
        return "a master of group " + group.group();
      }
    }
    if (last.isEmpty()) {
      proposeAll();
      return "the last proposals";
    }
    String left = workLeft();
    for (GroupOracle group : going()) {
      left = left != null ? left : lack(group);
    }
    for (Host host : core) {
      if (left == null && host.life().isWriting()) {
        left = "what node " + host.id() + " has still to write";
      }
    }
    if (left == null) {
      going().forEach(group -> group.checkServed(core));
    }
    return left;
  }

  /**
   * Where a node was removed from a group without election, nobody need lead to whom it could send
   * what still waits there: that ends by its own time.
   */
  private boolean mustComplete(Operation each) {
    GroupOracle group = oracle.group(each.group);
    if (!group.isThere()) {
      return false;
    }
    return elects(group) || isMember(each.life.host(), each.group);
  }

  private boolean elects(GroupOracle group) {
    return group.group() >= swarm.groupsWithoutMaster;
  }

  private boolean hasMaster(GroupOracle group) {
    return core.stream().anyMatch(host -> host.life().api().isMaster(group.group()));
  }

  /** Only of what was given up at a node that is no member something may be left: see above. */
  private boolean isIdle(int node, int group) {
    return oracle.group(group).isThere()
        && core.stream()
            .filter(host -> host.id() == node)
            .anyMatch(host -> elects(oracle.group(group)) || isMember(host, group));
  }

  /** Idle groups cost nothing: for longer than any of them may take to ask anew. */
  private String isQuiet() {
    long period = swarm.leaseNanos + 16 * swarm.retryNanos + swarm.electionNanos;
    return fabric.silence().nanos() > 2 * period
        ? null
        : "silence of idle groups; last, " + fabric.silence().brokenBy();
  }

  private String lack(GroupOracle group) {
    SortedSet<Integer> members = group.chosen().members(group.chosen().version());
    for (Host host : core) {
      if (!members.contains(host.id()) && !mustFollow(host)) {
        continue;
      }
      GroupReport report = host.life().api().report(group.group());
      if (report.haltReason().isPresent()) {
        return "group " + group.group() + " on node " + host.id() + ": " + report.haltReason();
      }
      if (report.appliedUpTo() < group.chosen().size()) {
        return String.format(
            java.util.Locale.ROOT,
            "node %d has applied %d of %d in group %d",
            host.id(),
            report.appliedUpTo(),
            group.chosen().size(),
            group.group());
      }
    }
    return null;
  }

  /** A follower learns by whom it follows, or, the second one, by the first. */
  private boolean mustFollow(Host host) {
    boolean follows = swarm.isFollower(host.id());
    boolean alone = swarm.isFollower(host.id() - 1);
    return follows && (!alone || core.stream().anyMatch(other -> other.id() == host.id() - 1));
  }

  private boolean mayRead(Host host, int group) {
    return isMember(host, group) || mustFollow(host);
  }

  private void proposeAll() {
    for (GroupOracle group : going()) {
      for (Host host : core) {
        Node node = host.life().api();
        boolean may = swarm.forwards || !elects(group);
        if (isMember(host, group.group()) && (may || node.isMaster(group.group()))) {
          last.add(proposeAt(host, group.group()));
          last.add(readAt(host, group.group()));
        } else if (mustFollow(host)) {
          last.add(readAt(host, group.group()));
        }
      }
    }
  }

  private Operation proposeAt(Host host, int group) {
    Duration time = Duration.ofNanos(PATIENCE * swarm.longestNanos());
    ProposeOptions options =
        ProposeOptions.DEFAULT.withMachine(Simulation.FIRST_MACHINE).withTimeout(time);
    return clients.propose(random.split(), host, group, options);
  }

  private Operation readAt(Host host, int group) {
    return clients.read(host, group, ReadConsistency.LINEARIZABLE);
  }

  /** By its own view: without election, what was chosen last comes out when somebody proposes. */
  private static boolean isMember(Host host, int group) {
    return host.life().api().membership(group).contains(host.id());
  }

  private String workLeft() {
    for (Operation each : List.copyOf(last)) {
      // The time of a read is that of the configuration, which may be short; a node that was away
      // may still have to learn that it is a member, or to fill the places of what was given up.
      boolean reads = each.kind == Operation.Kind.READ;
      boolean late = reads && each.status == Status.TIMEOUT;
      boolean again = each.status == Status.INVALID_NODE || each.status == Status.OVERLOADED;
      if (late || again) {
        Host host = each.life.host();
        last.remove(each);
        // A change that was on its way may have removed it.
        if (reads ? mayRead(host, each.group) : isMember(host, each.group)) {
          last.add(reads ? readAt(host, each.group) : proposeAt(host, each.group));
        }
        return "an answer at node " + host.id();
      }
      if (each.status == null) {
        continue; // At a node that was removed meanwhile.
      }
      if (each.status != Status.OK && each.status != Status.NOT_MASTER) {
        judge.fail("7 liveness", "%s was answered %s, with no fault left", each, each.status);
      }
    }
    return null;
  }

  /* The end. */

  private void close() {
    List<Life> lives = new ArrayList<>();
    List<Life> ended = new ArrayList<>();
    for (Host host : core) {
      Life life = host.life();
      lives.add(life);
      var unused = life.closing().close().thenRun(() -> ended.add(life));
    }
    await(
        PATIENCE * swarm.longestNanos(),
        () -> ended.size() == lives.size() ? null : "nodes that have closed: " + ended.size());
    for (Operation each : operations.all()) {
      if (each.status == null && lives.contains(each.life) && !judge.hasFailed()) {
        judge.fail("15 each callback once", "%s was never answered, and its node is closed", each);
      }
    }
    for (Life life : lives) {
      if (machines.openCaptures(life) != 0 && !judge.hasFailed()) {
        judge.fail("19 what is captured is let go of", "node %d has closed", life.host().id());
      }
    }
  }
}
