package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.NodeOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** One run: a cluster, its clients and its faults, all drawn from one seed. */
public final class Simulation {

  static final int FIRST_MACHINE = 1001;

  /** What no run comes near: else it goes round in circles. */
  private static final long MAX_EVENTS = 20_000_000;

  /**
   * How a run ended.
   *
   * @param failure the invariant that was broken and how; null if none was
   * @param timelines what each node did last; empty unless it was asked for
   */
  record Result(
      Seed seed,
      String configuration,
      String failure,
      long hash,
      String timelines,
      SortedMap<String, Long> figures) {

    /** Of a run that the simulator itself could not end. */
    static Result broken(Seed seed, Throwable fault) {
      return new Result(
          seed,
          new Swarm(new Draws(seed.number()), seed, Cut.NOTHING).toString(),
          "the simulator failed: " + fault,
          0,
          "",
          new TreeMap<>());
    }
  }

  private final Swarm swarm;
  private final Scheduler scheduler = new Scheduler();
  private final Trace trace;
  private final Judge judge;
  private final Figures figures = new Figures();
  private final Operations operations = new Operations();
  private final Machines machines;
  private final List<Host> hosts = new ArrayList<>();
  private final Fabric fabric;
  private final Oracle oracle;
  private final Clients clients;
  private final Nemesis nemesis;
  private final Operator operator;
  private final Promptness promptness;
  private final Draws draws;
  private final Agenda agenda;

  private Simulation(Seed seed, boolean keepsLines, Cut cut) {
    draws = new Draws(seed.number());
    swarm = new Swarm(draws, seed, cut);
    agenda = new Agenda(scheduler, draws, cut);
    machines = new Machines(swarm, draws);
    trace = new Trace(scheduler, keepsLines);
    judge = new Judge(trace);
    Weather weather = new Weather(swarm, draws);
    Forger forger = new Forger(weather, draws.of("forged names"), figures);
    fabric = new Fabric(scheduler, weather, trace, figures, judge, forger);
    TreeSet<Integer> founders = new TreeSet<>();
    for (int id = 1; id <= swarm.founders; id++) {
      founders.add(id);
    }
    oracle = new Oracle(swarm, founders, judge, operations, figures, trace);
    for (int id = 1; id <= swarm.allNodes(); id++) {
      hosts.add(new Host(id, swarm, fabric, judge, draws, this::options, oracle::watch));
    }
    hosts.forEach(oracle::watchDisk);
    promptness = new Promptness(swarm, scheduler, agenda, fabric, hosts, oracle, judge, figures);
    Answers answers = new Answers(judge, oracle, figures, trace, machines);
    clients = new Clients(swarm, agenda, hosts, oracle, operations, answers, figures, promptness);
    operator = new Operator(swarm, scheduler, agenda, hosts, oracle, this::options, judge, figures);
    nemesis = new Nemesis(swarm, scheduler, agenda, fabric, hosts, oracle, figures, trace);
  }

  /** Plays the run of a seed. */
  static Result run(Seed seed, boolean keepsLines) {
    return run(seed, keepsLines, Cut.NOTHING).result();
  }

  /** Plays what a cut leaves of the run of a seed. */
  static Simulation run(Seed seed, boolean keepsLines, Cut cut) {
    Simulation simulation = new Simulation(seed, keepsLines, cut);
    simulation.play();
    return simulation;
  }

  /** The families of faults that the run has. */
  Set<Fault> faults() {
    return swarm.faults;
  }

  /** The names of what was drawn to say what the run is like. */
  Set<String> draws() {
    return swarm.drawn();
  }

  /** What was done in it. */
  Map<Agenda.Played, String> acts() {
    return agenda.played();
  }

  /** What is left of a failing seed, line by line. For who has loaded this class by name. */
  public static List<String> shrunk(String seed) {
    return new Shrinker(Seed.parse(seed)).shrink().lines();
  }

  /** What the run of a seed breaks; null if nothing. For who has loaded this class by name. */
  public static String failureOf(String seed) {
    return run(Seed.parse(seed), false).failure();
  }

  private void play() {
    for (Host host : hosts) {
      long first = draws.of("first start", host.id()).nextLong(swarm.retryNanos);
      scheduler.at(first, host::start);
    }
    clients.begin();
    nemesis.begin();
    operator.begin();
    playUntil(swarm.runNanos);
    agenda.stop();
    if (!judge.hasFailed()) {
      new Settling(
              swarm,
              scheduler,
              fabric,
              draws.of("settling"),
              hosts,
              oracle,
              operations,
              machines,
              clients,
              judge,
              figures,
              trace,
              this::step)
          .settle();
    }
    figures.count("seeds");
    figures.count("seeds with " + swarm.founders + " founders");
    if (swarm.faults.isEmpty()) {
      figures.count("seeds without faults");
    }
    swarm.faults.forEach(fault -> figures.count("seeds with " + fault));
    figures.add("simulated milliseconds", scheduler.now() / 1_000_000);
    figures.add("events", scheduler.events());
  }

  private void playUntil(long time) {
    while (!judge.hasFailed() && scheduler.next() <= time) {
      step();
    }
  }

  private void step() {
    scheduler.step();
    oracle.afterEvent();
    if (scheduler.events() > MAX_EVENTS) {
      judge.fail("7 liveness", "%d events, and no end", scheduler.events());
    }
  }

  Result result() {
    return new Result(
        swarm.seed,
        swarm.toString(),
        judge.failure(),
        trace.hash(),
        trace.timelines(),
        figures.counts());
  }

  /* What a node is started with, each time. */

  private final NodeObserver watch =
      new NodeObserver() {
        @Override
        public void refused(String peer, String reason) {
          if (reason.contains(" bytes wait for ")) {
            figures.count("messages dropped by full mailboxes");
          }
        }
      };

  private NodeOptions options(Life life) {
    NodeOptions.Builder node =
        NodeOptions.builder()
            .self(life.host().member())
            .dataDirectory(Path.of("/data"))
            .seeds(seeds(life.host().id()))
            .lease(Duration.ofNanos(swarm.leaseNanos))
            .groupLoops(swarm.groupLoops)
            .maxIncomingBytes(swarm.maxIncoming)
            .maxContendingGroups(swarm.maxContending)
            .observer(watch)
            .catchUpPieceBytes(swarm.pieceBytes)
            .catchUpBytesPerSecond(swarm.catchUpBytesPerSecond)
            .diskReserveBytes(1 << 20);
    for (int group : life.host().groups()) {
      node.group(options(life, group));
    }
    return node.build();
  }

  private List<Member> founders() {
    return hostsUpTo(swarm.founders);
  }

  private static List<Member> hostsUpTo(int last) {
    List<Member> members = new ArrayList<>();
    for (int id = 1; id <= last; id++) {
      members.add(Host.member(id));
    }
    return members;
  }

  /** A follower is told of those who may be members; the next one only of that follower. */
  private List<Member> seeds(int node) {
    return swarm.isFollower(node) ? List.of() : founders();
  }

  private List<Member> followedBy(int node) {
    return swarm.isFollower(node - 1)
        ? List.of(Host.member(node - 1))
        : hostsUpTo(swarm.allMembers());
  }

  private GroupOptions options(Life life, int group) {
    GroupOptions.Builder options =
        GroupOptions.builder(group)
            .useMaster(group >= swarm.groupsWithoutMaster)
            .forwardToMaster(swarm.forwards)
            .windowInstances(swarm.window)
            .maxValueBytes(swarm.maxValueBytes)
            .maxProposalBytes((int) Math.min(16 << 10, swarm.maxPendingBytes))
            .maxPendingProposals(swarm.maxPending)
            .maxPendingBytes(swarm.maxPendingBytes)
            .maxPendingReads(swarm.maxReads)
            .maxUnappliedBytes(swarm.maxUnapplied)
            .proposeTimeout(Duration.ofNanos(swarm.timeoutNanos))
            .checkpointInstances(swarm.checkpointInstances)
            .keptCheckpoints(swarm.keptCheckpoints)
            .keptInstances(swarm.keptInstances)
            .retryPeriod(Duration.ofNanos(swarm.retryNanos))
            .maxElectionDelay(Duration.ofNanos(swarm.electionNanos));
    if (life.host().id() <= swarm.founders) {
      options.membership(Membership.founding(founders()));
    } else if (swarm.isFollower(life.host().id())) {
      options.follow(followedBy(life.host().id()));
    }
    for (int i = 0; i < swarm.machines; i++) {
      int id = FIRST_MACHINE + i;
      MachineDisk held = machines.disk(life.host(), group, id);
      RecordingMachine machine = oracle.group(group).machine(id, life.host(), held);
      machines.add(life, group, machine);
      options.machine(machine);
    }
    return options.build();
  }
}
