package io.github.skywalker.examples.torture;

import io.github.skywalker.api.Member;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;

/** The nodes of a run, each with its process, its directory and its disk. */
final class Cluster implements AutoCloseable {

  /** How long a node may take to start, on a busy machine. */
  static final int START_MILLIS = 60_000;

  private static final int MOUNT_MEBIBYTES = 384;
  private static final long RESERVE_BYTES = 16L << 20;
  private static final int STOP_MILLIS = 20_000;

  private final Plan plan;
  private final Findings findings;
  private final Optional<Shim> shim;
  private final Masterships masterships = new Masterships();
  private final SortedMap<Integer, NodeProcess> processes = new ConcurrentSkipListMap<>();
  private final SortedMap<Integer, Mount> mounts = new ConcurrentSkipListMap<>();
  private final SortedMap<Integer, Shim.Control> controls = new ConcurrentSkipListMap<>();
  private final List<Member> founding = new ArrayList<>();
  private boolean mountsArePermitted = true;
  private int newest;

  final Addresses addresses;
  final Proxy proxy;

  Cluster(Plan plan, Findings findings) throws IOException {
    this.plan = plan;
    this.findings = findings;
    this.addresses = Addresses.find();
    this.proxy = new Proxy(addresses, plan.seed());
    this.shim = plan.loseUnsynced() ? shim() : Optional.empty();
    for (int node = 1; node <= plan.nodes(); node++) {
      founding.add(addresses.member(node));
    }
    for (int node = 1; node <= plan.nodes(); node++) {
      make();
    }
  }

  private Optional<Shim> shim() {
    try {
      return Optional.of(Shim.compile(plan.directory()));
    } catch (IOException cannot) {
      findings.note("no library can be put before the disks: " + cannot.getMessage());
      return Optional.empty();
    }
  }

  /** Whether a fault can be had here. */
  boolean canHave(Fault fault) {
    return switch (fault.needs()) {
      case NOTHING -> true;
      case SHIM -> shim.isPresent();
      case MOUNT_OR_SHIM -> mountsArePermitted || shim.isPresent();
    };
  }

  /** Makes the place for one more node, under an id that nobody had; returns the id. */
  int make() throws IOException {
    int node = ++newest;
    proxy.add(node);
    Files.createDirectories(disk(node));
    Files.writeString(hosts(node), Addresses.hosts(node));
    if (mountsArePermitted) {
      try {
        mounts.put(node, Mount.at(disk(node), MOUNT_MEBIBYTES));
      } catch (IOException refused) {
        mountsArePermitted = false;
        findings.note("no disks of their own for the nodes: " + refused.getMessage());
      }
    }
    Files.createDirectories(data(node));
    if (shim.isPresent()) {
      controls.put(node, shim.get().control(node));
    }
    return node;
  }

  private Path disk(int node) {
    return plan.directory().resolve("node-" + node);
  }

  /** The data directory of a node. */
  Path data(int node) {
    return disk(node).resolve("data");
  }

  private Path hosts(int node) {
    return plan.directory().resolve("node-" + node + ".hosts");
  }

  /** Where a node's process writes what it has to say. */
  Path log(int node) {
    return plan.directory().resolve("node-" + node + ".log");
  }

  /** Starts a node, and does not wait for it. */
  void start(int node, int keepPercent) throws IOException {
    NodeProcess former = processes.get(node);
    if (former != null && former.isAlive()) {
      throw new IllegalStateException(former + " runs");
    }
    Map<String, String> environment =
        shim.isPresent() ? shim.get().environment(node, data(node), keepPercent) : Map.of();
    processes.put(
        node,
        new NodeProcess(node, command(node), environment, log(node), line -> heard(node, line)));
  }

  private void heard(int node, String line) {
    NodeLine.parseClaim(node, line).ifPresent(masterships::add);
    if (NodeLine.isHalted(line)) {
      findings.halted(node, line);
    }
  }

  private List<String> command(int node) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx192m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:ErrorFile=" + plan.directory().resolve("crash-%p.log"),
            "-Dlogback.configurationFile=logback.xml",
            "-Djdk.net.hosts.file=" + hosts(node)));
    String classPath = System.getProperty("java.class.path");
    command.add("-cp");
    command.add(
        plan.classPathFront().isEmpty()
            ? classPath
            : plan.classPathFront() + File.pathSeparator + classPath);
    command.add(Main.class.getName());
    command.add("node");
    boolean founds = node <= plan.nodes();
    command.addAll(
        List.of(
            "--self=" + addresses.member(node),
            (founds ? "--founding=" : "--seeds=") + words(founding),
            "--groups=" + plan.groups(),
            "--data=" + data(node),
            "--clients="
                + addresses.clients(node).getHostString()
                + ":"
                + addresses.clients(node).getPort(),
            "--lease-ms=" + plan.leaseMillis(),
            "--timeout-ms=" + 2 * plan.leaseMillis(),
            "--checkpoint-instances=" + plan.checkpointInstances(),
            "--kept-instances=" + plan.keptInstances(),
            "--reserve-bytes=" + (mountsArePermitted ? RESERVE_BYTES : 0)));
    return command;
  }

  private static String words(List<Member> members) {
    return String.join(",", members.stream().map(Member::toString).toList());
  }

  /** The nodes that have a process, running or not. */
  SortedSet<Integer> nodes() {
    return new TreeSet<>(processes.keySet());
  }

  /** The process of a node. */
  NodeProcess process(int node) {
    NodeProcess process = processes.get(node);
    if (process == null) {
      throw new IllegalArgumentException("There is no node " + node);
    }
    return process;
  }

  /** A node goes for good. */
  void abandon(int node) throws InterruptedException {
    lookForDead();
    NodeProcess process = process(node);
    process.kill();
    process.awaitEnd();
    processes.remove(node);
  }

  /** Stops a node in order. */
  void stop(int node) throws InterruptedException {
    lookForDead();
    if (!process(node).stop(STOP_MILLIS)) {
      findings.wrong("node " + node + " did not stop in order within " + STOP_MILLIS + " ms");
    }
  }

  /** The disk of a node, if it has one of its own. */
  Optional<Mount> mount(int node) {
    return Optional.ofNullable(mounts.get(node));
  }

  /** What governs the disk of a node, if anything does. */
  Optional<Shim.Control> control(int node) {
    return Optional.ofNullable(controls.get(node));
  }

  Masterships masterships() {
    return masterships;
  }

  /** Notes processes that have ended although nobody wanted it. */
  void lookForDead() {
    processes.forEach(
        (node, process) -> {
          if (process.hasFailed()) {
            process.expectEnd();
            findings.wrong(
                process
                    + " has ended by itself, with "
                    + process.exitCode()
                    + "; see "
                    + log(node));
          }
        });
  }

  @Override
  public synchronized void close() throws IOException {
    processes.values().forEach(NodeProcess::kill);
    try {
      for (NodeProcess process : processes.values()) {
        process.awaitEnd();
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
    proxy.close();
    for (Mount mount : mounts.values()) {
      mount.close();
    }
    mounts.clear();
  }
}
