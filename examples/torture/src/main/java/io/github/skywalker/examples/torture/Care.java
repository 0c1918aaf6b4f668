package io.github.skywalker.examples.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;

/** Brings nodes back. */
final class Care {

  private static final int LAST_LINES = 3;

  private final Cluster cluster;
  private final Members members;
  private final Findings findings;
  private final Random random;

  Care(Cluster cluster, Members members, Findings findings, long seed) {
    this.cluster = cluster;
    this.members = members;
    this.findings = findings;
    this.random = new Random(seed);
  }

  /** Starts a node, and does not wait for it. Sometimes it lost less than it might have. */
  void start(int node) throws IOException {
    cluster.start(node, random.nextInt(3) == 0 ? 50 : 0);
  }

  /** Starts the nodes of these that are dead, and waits until they take part. */
  void revive(Iterable<Integer> nodes) throws IOException, InterruptedException {
    for (int node : nodes) {
      if (!cluster.process(node).isAlive()) {
        start(node);
      }
    }
    for (int node : nodes) {
      NodeProcess process = cluster.process(node);
      if (!process.awaitReady(Cluster.START_MILLIS)) {
        process.expectEnd();
        findings.wrong(
            process
                + " does not start"
                + (process.isAlive() ? " in time" : ", and ended with " + process.exitCode())
                + ": "
                + lastWords(node));
        process.kill();
        process.awaitEnd();
      }
    }
  }

  /** The last lines that a node wrote. */
  String lastWords(int node) {
    try {
      List<String> lines = Files.readAllLines(cluster.log(node));
      return String.join(
          " | ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    } catch (IOException unreadable) {
      return "(its log cannot be read: " + unreadable.getMessage() + ")";
    }
  }

  /** Starts those anew on which a group has halted: half of them in order. */
  void restartHalted() throws IOException, InterruptedException {
    for (NodeStatus status : members.statuses().values()) {
      if (status.groups().stream().anyMatch(group -> !group.halted().isEmpty())) {
        if (random.nextBoolean()) {
          cluster.stop(status.node());
        } else {
          kill(List.of(status.node()));
        }
      }
    }
    revive(cluster.nodes());
  }

  /** SIGKILL, as close together as can be. */
  void kill(List<Integer> nodes) throws InterruptedException {
    cluster.lookForDead();
    nodes.forEach(node -> cluster.process(node).kill());
    for (int node : nodes) {
      cluster.process(node).awaitEnd();
    }
  }

  /** Nothing is wrong with anything any more, as far as anybody outside can see to that. */
  void heal() throws IOException, InterruptedException {
    cluster.proxy.clear();
    for (int node : cluster.nodes()) {
      cluster.control(node).ifPresent(Shim.Control::heal);
      if (cluster.mount(node).isPresent()) {
        cluster.mount(node).get().free();
      }
      cluster.process(node).signal("CONT");
    }
    revive(cluster.nodes());
    restartHalted();
  }
}
