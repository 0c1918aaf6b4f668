package io.github.skywalker.paxos;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.Execution;
import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.StateMachine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/** Nodes in this process, with real threads, sockets and files. */
final class TestCluster implements AutoCloseable {

  /** A machine that remembers what it has executed, in order, and answers how much that is. */
  static final class Recorder implements StateMachine {
    final List<String> executed = new CopyOnWriteArrayList<>();

    /** Stands still at each call while this is shut. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    /** The call that it fails at, on this node alone. */
    volatile String failsAt = "fail";

    /** What it says, when a node starts, that it holds. */
    long heldUpTo;

    @Override
    public int machineId() {
      return FIRST_USER_MACHINE_ID;
    }

    @Override
    public long executedUpTo() {
      return heldUpTo;
    }

    @Override
    public Object execute(Execution execution) {
      String value = new String(execution.copyValue(), StandardCharsets.UTF_8);
      try {
        gate.await();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
      if (value.equals(failsAt)) {
        throw new IllegalStateException("told to fail");
      }
      executed.add(value);
      return executed.size();
    }

    @Override
    public Optional<Checkpoint> checkpoint() {
      return Optional.of(
          new Checkpoint() {
            @Override
            public Snapshot capture() {
              List<String> now = List.copyOf(executed);
              return new Snapshot() {
                @Override
                public void writeTo(Path to) throws IOException {
                  Files.write(to.resolve("executed"), now);
                }

                @Override
                public void close() {}
              };
            }

            @Override
            public void restore(long instance, Path from) throws IOException {
              executed.clear();
              executed.addAll(Files.readAllLines(from.resolve("executed")));
            }
          });
    }
  }

  /** How many loops the groups of a node share; each build runs all this with one and with four. */
  static final int GROUP_LOOPS = Integer.getInteger("groupLoops", 1);

  private final Path directory;
  private final Map<Integer, Member> members = new TreeMap<>();
  private final Map<Integer, Node> nodes = new TreeMap<>();
  private final Map<Integer, Recorder> machines = new TreeMap<>();
  private final Map<List<Integer>, Recorder> othersMachines = new HashMap<>();
  private final Map<Integer, HookedWorld> worlds = new TreeMap<>();
  private final int founders;

  /** How many groups each founder has; they are numbered from 0 up. */
  int groups = 1;

  UnaryOperator<GroupOptions.Builder> groupOptions = group -> group;
  UnaryOperator<NodeOptions.Builder> nodeOptions = node -> node;

  /** Sees the steps of all nodes. */
  Probe probe = Probe.NONE;

  /** Whom a node follows, and so is no member. */
  IntFunction<List<Member>> followed = node -> List.of();

  /** Gives so many nodes an address each; the first ones are the founders. */
  TestCluster(Path directory, int founders, int all) throws IOException {
    this.directory = directory;
    this.founders = founders;
    List<ServerSocket> reserved = new ArrayList<>();
    for (int id = 1; id <= all; id++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      reserved.add(socket);
      members.put(id, new Member(id, "127.0.0.1", socket.getLocalPort()));
    }
    for (ServerSocket socket : reserved) {
      socket.close();
    }
  }

  TestCluster startFounders() throws IOException {
    for (int id = 1; id <= founders; id++) {
      start(id);
    }
    return this;
  }

  Member member(int id) {
    return members.get(id);
  }

  Membership founding() {
    return Membership.founding(members.values().stream().limit(founders).toList());
  }

  /** Starts a node with an empty machine: a founder with the founding membership, others join. */
  Node start(int id) throws IOException {
    return start(id, new Recorder());
  }

  /** The same with a machine that is not empty, or says so. */
  Node start(int id, Recorder machine) throws IOException {
    machines.put(id, machine);
    NodeOptions.Builder options =
        NodeOptions.builder()
            .self(member(id))
            .dataDirectory(dataDirectory(id))
            .lease(Duration.ofMillis(600))
            .segmentBytes(4 << 20)
            .diskReserveBytes(0)
            .groupLoops(GROUP_LOOPS)
            .seeds(List.copyOf(founding().members()))
            .group(group(0, id, machines.get(id)));
    for (int group = 1; group < groups; group++) {
      Recorder another = new Recorder();
      othersMachines.put(List.of(id, group), another);
      options.group(group(group, id, another));
    }
    nodes.put(id, new PaxosNode(nodeOptions.apply(options).build(), world(id), probe));
    return node(id);
  }

  /** What a node stands on, in all its lives. */
  HookedWorld world(int id) {
    return worlds.computeIfAbsent(id, unused -> new HookedWorld());
  }

  /** Gives a node that is stopped another world, in which it has not done anything yet. */
  HookedWorld freshWorld(int id) {
    worlds.remove(id);
    return world(id);
  }

  Path dataDirectory(int id) {
    return directory.resolve("node-" + id);
  }

  GroupOptions group(int group, int node, StateMachine machine) {
    GroupOptions.Builder options = GroupOptions.builder(group).machine(machine);
    if (node <= founders) {
      options.membership(founding());
    }
    if (!followed.apply(node).isEmpty()) {
      options.follow(followed.apply(node));
    }
    return groupOptions.apply(options).build();
  }

  Node node(int id) {
    return nodes.get(id);
  }

  Recorder machine(int id) {
    return machines.get(id);
  }

  /** The machine of a node in another group than the first. */
  Recorder machine(int id, int group) {
    return othersMachines.get(List.of(id, group));
  }

  void stop(int id) {
    nodes.remove(id).close();
  }

  ProposeResult propose(int id, String value) throws Exception {
    return node(id).propose(0, bytes(value)).get(30, TimeUnit.SECONDS);
  }

  static byte[] bytes(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  /** Waits until a node has applied all that was acknowledged. */
  void catchUp(int id) throws Exception {
    node(id).readBarrier(0, ReadConsistency.LINEARIZABLE).get(30, TimeUnit.SECONDS);
  }

  /** Waits until the election of group 0 is over, and says who is master. */
  int master() {
    return master(0);
  }

  /** The same of any group. */
  int master(int group) {
    await(() -> isSettled(nodes.values(), group));
    for (Map.Entry<Integer, Node> node : nodes.entrySet()) {
      if (node.getValue().isMaster(group)) {
        return node.getKey();
      }
    }
    return master(group);
  }

  /**
   * Whether one node is master, all members know it by their logs, and none is on the way to a
   * ballot of its own: before that, one that had begun to contend may still take its place.
   */
  static boolean isSettled(Collection<Node> nodes) {
    return isSettled(nodes, 0);
  }

  private static boolean isSettled(Collection<Node> nodes, int group) {
    List<GroupReport> reports =
        nodes.stream()
            .map(node -> node.report(group))
            .filter(report -> report.membership().contains(report.nodeId()))
            .toList();
    boolean oneMaster = reports.stream().map(GroupReport::master).distinct().count() == 1;
    boolean nobodyPrepares =
        reports.stream().noneMatch(report -> report.phase() == GroupReport.Phase.PREPARING);
    return oneMaster
        && nobodyPrepares
        && reports.stream().filter(GroupReport::isMaster).count() == 1;
  }

  /** A running node other than this one. */
  int other(int id) {
    return nodes.keySet().stream().filter(each -> each != id).findFirst().orElseThrow();
  }

  /** Waits for a condition, looking at it every millisecond, for at most half a minute. */
  static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("The condition has not come about within 30 s");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() {
    nodes.values().forEach(Node::close);
    nodes.clear();
  }
}
