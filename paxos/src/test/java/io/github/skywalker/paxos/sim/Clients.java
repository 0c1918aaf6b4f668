package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.Master;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/** Clients on all nodes: they propose, read, change memberships, retire masters, and keep score. */
final class Clients {

  private final Swarm swarm;
  private final Agenda agenda;
  private final List<Host> hosts;
  private final Oracle oracle;
  private final Operations operations;
  private final Answers answers;
  private final Figures figures;
  private final Promptness promptness;

  Clients(
      Swarm swarm,
      Agenda agenda,
      List<Host> hosts,
      Oracle oracle,
      Operations operations,
      Answers answers,
      Figures figures,
      Promptness promptness) {
    this.promptness = promptness;
    this.swarm = swarm;
    this.agenda = agenda;
    this.hosts = hosts;
    this.oracle = oracle;
    this.operations = operations;
    this.answers = answers;
    this.figures = figures;
  }

  void begin() {
    long every = swarm.proposeEveryNanos;
    recur("propose", every, this::proposeSome);
    recur("read", swarm.readEveryNanos, this::read);
    if (swarm.has(Fault.CHANGES)) {
      recur("change the membership", swarm.changeEveryNanos, this::change);
    }
    if (swarm.has(Fault.RETIREMENTS)) {
      recur("retire", every * 100, this::retire);
    }
  }

  /** Something that a client does at a node. */
  private interface Call {
    void at(SplittableRandom random, Host host, int group);
  }

  private void recur(String name, long meanNanos, Call call) {
    agenda.recur(
        name,
        meanNanos,
        random -> {
          int group = random.nextInt(swarm.allGroups());
          Host host = pick(random, group);
          agenda.note("node %d, group %d", host.id(), group);
          if (!host.isImpostor()) {
            host.call(
                () -> {
                  // A process that goes on only when all is healed brings nothing new: a change
                  // of its callers could take the majority from those who were picked to go on.
                  if (!agenda.hasStopped() && host.life().api().groups().contains(group)) {
                    call.at(random, host, group);
                  }
                });
          }
        });
  }

  /** Anybody, or, as often, one who believes that he leads: most clients know one, or knew him. */
  private Host pick(SplittableRandom random, int group) {
    Host any = hosts.get(random.nextInt(hosts.size()));
    List<Host> leaders = oracle.group(group).leaders();
    boolean known = random.nextBoolean() && !leaders.isEmpty();
    return known ? leaders.get(random.nextInt(leaders.size())) : any;
  }

  private void proposeSome(SplittableRandom random, Host host, int group) {
    int burst = random.nextInt(40) == 0 ? 1 + random.nextInt(60) : 1;
    for (int i = 0; i < burst; i++) {
      propose(random.split(), host, group);
    }
  }

  private void propose(SplittableRandom random, Host host, int group) {
    propose(random, host, group, options(random, host, group));
  }

  private ProposeOptions options(SplittableRandom random, Host host, int group) {
    ProposeOptions options =
        ProposeOptions.DEFAULT.withMachine(
            Simulation.FIRST_MACHINE + random.nextInt(swarm.machines));
    if (random.nextInt(10) == 0) {
      options =
          options.withTimeout(Duration.ofNanos(1_000_000 + random.nextLong(4 * swarm.retryNanos)));
    }
    if (random.nextInt(20) == 0) {
      Optional<Master> master = host.life().api().master(group);
      if (master.isPresent()) {
        options = options.withMasterVersion(master.get().version());
      }
    }
    return options;
  }

  /** Proposes; the callback is held against what it must be. */
  Operation propose(SplittableRandom random, Host host, int group, ProposeOptions options) {
    Operation operation =
        operations.add(Operation.Kind.PROPOSAL, host.life(), group, options.machineId().getAsInt());
    int length = 8 + random.nextInt(swarm.maxPayloadBytes);
    promptness.asked(operation);
    answers.calling(operation);
    Bounds bounds = host.life().bounds();
    bounds.proposing(group, length);
    host.life()
        .api()
        .propose(
            group,
            Payload.of(operation.number, length),
            options,
            result -> {
              bounds.proposalAnswered(group, length);
              answers.proposal(operation, result);
              promptness.answered(operation);
              boolean may = !agenda.hasStopped() && host.life().api().groups().contains(group);
              if (result.status() == Status.OK && may && random.nextInt(30) == 0) {
                propose(random.split(), host, group); // From within the callback.
              }
            });
    answers.called();
    operation.life.called(group);
    return operation;
  }

  private void read(SplittableRandom random, Host host, int group) {
    ReadConsistency consistency =
        random.nextInt(8) == 0
            ? ReadConsistency.LOCAL
            : random.nextBoolean() ? ReadConsistency.LINEARIZABLE : ReadConsistency.MAJORITY;
    read(host, group, consistency);
  }

  Operation read(Host host, int group, ReadConsistency consistency) {
    Operation operation = operations.add(Operation.Kind.READ, host.life(), group, 0);
    boolean asserted = consistency == ReadConsistency.MAJORITY || swarm.keepsClocks();
    if (consistency != ReadConsistency.LOCAL && asserted) {
      if (oracle.group(group).isDeposed(host)) {
        figures.count("reads at a leader who is deposed");
      }
      operation.required = oracle.group(group).appliedAnywhere();
    }
    Bounds bounds = host.life().bounds();
    bounds.reading(group);
    var unused =
        host.life()
            .api()
            .readBarrier(group, consistency)
            .whenComplete(
                (instance, fault) -> {
                  bounds.readAnswered(group);
                  answers.read(operation, instance, fault);
                });
    host.life().called(group);
    return operation;
  }

  private void change(SplittableRandom random, Host host, int group) {
    Node node = host.life().api();
    Membership seen = node.membership(group);
    List<MembershipChange> steps = steps(random, seen);
    boolean asked =
        operations.all().stream()
            .anyMatch(
                each ->
                    each.life == host.life()
                        && each.group == group
                        && each.status == null
                        && each.steps.equals(steps));
    if (!steps.isEmpty() && !asked) { // Of two that are the same nobody could tell which it was.
      Operation operation = operations.add(Operation.Kind.CHANGE, host.life(), group, 0);
      operation.expectedVersion = seen.version();
      operation.steps = steps;
      boolean force = random.nextInt(8) == 0;
      var unused =
          node.changeMembership(group, seen.version(), steps, force)
              .thenAccept(result -> answers.change(operation, result));
    }
  }

  /** One to three steps, each about another node; somebody who can vote is always left. */
  private List<MembershipChange> steps(SplittableRandom random, Membership seen) {
    TreeSet<Integer> members = new TreeSet<>();
    seen.members().forEach(member -> members.add(member.nodeId()));
    TreeMap<Integer, Host> outside = new TreeMap<>();
    for (Host host : hosts) {
      boolean may = !host.isImpostor() && !swarm.isFollower(host.id());
      if (!members.contains(host.id()) && may) {
        outside.put(host.id(), host);
      }
    }
    List<MembershipChange> steps = new ArrayList<>();
    int many = random.nextInt(2) == 0 ? 1 + random.nextInt(3) : 1;
    for (int i = 0; i < many; i++) {
      int dice = random.nextInt(3);
      if (dice == 0 && !outside.isEmpty()) {
        steps.add(new MembershipChange.Add(take(random, outside).member()));
      } else if (dice == 1 && members.size() > 1) {
        steps.add(new MembershipChange.Remove(take(random, members)));
      } else if (!outside.isEmpty() && !members.isEmpty()) {
        steps.add(
            new MembershipChange.Replace(take(random, members), take(random, outside).member()));
      }
    }
    return steps;
  }

  private int take(SplittableRandom random, SortedSet<Integer> from) {
    int taken = List.copyOf(from).get(random.nextInt(from.size()));
    from.remove(taken);
    return taken;
  }

  private Host take(SplittableRandom random, Map<Integer, Host> from) {
    int taken = List.copyOf(from.keySet()).get(random.nextInt(from.size()));
    return from.remove(taken);
  }

  /** Of the master, mostly: some ask twice, and some ask whomever they know. */
  private void retire(SplittableRandom random, Host any, int group) {
    int dice = random.nextInt(8);
    if (dice == 0) {
      retire(any.life(), group);
      return;
    }
    for (Host host : hosts) {
      boolean may = host.isOpen() && !host.isImpostor();
      Node node = may ? host.life().api() : null;
      if (may && node.groups().contains(group) && node.isMaster(group)) {
        retire(host.life(), group);
        if (dice == 1) {
          retire(host.life(), group);
        }
        return;
      }
    }
  }

  private void retire(Life life, int group) {
    Operation operation = operations.add(Operation.Kind.RETIREMENT, life, group, 0);
    figures.count("retirements asked");
    var unused =
        life.api()
            .retireMaster(group)
            .thenAccept((ProposeResult result) -> answers.retirement(operation, result));
  }
}
