package io.github.skywalker.examples.torture;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;

/** What must hold when nothing goes wrong any more. */
final class Settling {

  private static final long BACK_SECONDS = 60;
  private static final long EQUAL_SECONDS = 60;
  private static final int ASK_MILLIS = 5000;
  private static final int AGAIN_MILLIS = 50;
  private static final int MORE_THREADS = 16;
  private static final int MORE_FILES = 24;
  private static final long MOST_HEAP_BYTES = 96L << 20;

  private final Plan plan;
  private final Cluster cluster;
  private final Members members;
  private final Care care;
  private final Findings findings;

  Settling(Plan plan, Cluster cluster, Members members, Care care, Findings findings) {
    this.plan = plan;
    this.cluster = cluster;
    this.members = members;
    this.care = care;
    this.findings = findings;
  }

  /** What one node takes: threads and files. */
  record Measure(int threads, int files) {}

  /** What the nodes take, before anything happens. */
  Measure measure() throws IOException {
    int threads = 0;
    int files = 0;
    for (int node : cluster.nodes()) {
      NodeStatus status = status(node, Ask.Verb.MEASURE);
      threads = Math.max(threads, status.threads());
      files = Math.max(files, status.files());
    }
    return new Measure(threads, files);
  }

  private NodeStatus status(int node, Ask.Verb verb) throws IOException {
    return NodeClient.status(cluster.addresses.clients(node), verb, ASK_MILLIS);
  }

  /** All that are there are members, and nobody else is. */
  void settleMembers() throws InterruptedException {
    Set<Integer> strangers = new HashSet<>();
    for (NodeStatus status : members.statuses().values()) {
      for (NodeStatus.Group group : status.groups()) {
        strangers.addAll(group.members());
      }
    }
    strangers.removeAll(cluster.nodes());
    long millis = TimeUnit.SECONDS.toMillis(BACK_SECONDS);
    for (int stranger : strangers) {
      note(stranger, members.change(stranger, 0, millis));
    }
    for (int node : cluster.nodes()) {
      note(node, members.change(0, node, millis));
    }
  }

  private void note(int node, String why) {
    if (!why.isEmpty()) {
      findings.wrong("the membership cannot be settled: node " + node + ", " + why);
    }
  }

  /**
   * Each node executes something in each group within a minute, and is started anew if it finds
   * only now that it must halt; how long it took, in seconds.
   */
  double awaitAllBack(long healedNanos) throws IOException, InterruptedException {
    long deadline = healedNanos + TimeUnit.SECONDS.toNanos(BACK_SECONDS);
    for (int node : cluster.nodes()) {
      for (int group = 0; group < plan.groups(); group++) {
        String why;
        do {
          why = execute(node, group);
          if (!why.isEmpty()) {
            Thread.sleep(AGAIN_MILLIS);
            care.restartHalted();
          }
        } while (!why.isEmpty() && System.nanoTime() < deadline);
        if (!why.isEmpty()) {
          findings.wrong(
              "node "
                  + node
                  + " is not back in group "
                  + group
                  + " after "
                  + BACK_SECONDS
                  + " s: "
                  + why);
        }
      }
    }
    return (System.nanoTime() - healedNanos) / 1e9;
  }

  private String execute(int node, int group) {
    try (NodeClient client = new NodeClient(cluster.addresses.clients(node), ASK_MILLIS)) {
      Command command = new Command(Kind.WRITE, "back-" + node, "yes", "", 0);
      Answer answer = client.ask(Ask.execute(group, command));
      return answer.type() == Step.Type.OK ? "" : answer.text();
    } catch (IOException gone) {
      return String.valueOf(gone.getMessage());
    }
  }

  /** All nodes come to the same, in every group; and every proposal is answered once. */
  void awaitEqual() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(EQUAL_SECONDS);
    String difference = difference();
    while (!difference.isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(AGAIN_MILLIS);
      difference = difference();
    }
    if (!difference.isEmpty()) {
      findings.wrong("after " + EQUAL_SECONDS + " s the nodes are not equal: " + difference);
    }
  }

  private String difference() {
    SortedMap<Integer, NodeStatus> statuses = members.statuses();
    if (!statuses.keySet().equals(cluster.nodes())) {
      return "only " + statuses.keySet() + " of " + cluster.nodes() + " answer";
    }
    NodeStatus first = statuses.values().iterator().next();
    for (NodeStatus status : statuses.values()) {
      if (status.proposals() != status.callbacks() || status.doubled() != 0) {
        return "node "
            + status.node()
            + " was asked "
            + status.proposals()
            + " times, answered "
            + status.callbacks()
            + ", and again "
            + status.doubled();
      }
      for (NodeStatus.Group group : status.groups()) {
        NodeStatus.Group other = first.groups().get(group.group());
        if (group.appliedUpTo() != other.appliedUpTo()
            || group.chosenUpTo() != other.chosenUpTo()
            || group.pending() != 0
            || !group.digest().equals(other.digest())
            || group.stateHash() != other.stateHash()) {
          return "node " + first.node() + " " + other + ", node " + status.node() + " " + group;
        }
      }
    }
    return "";
  }

  /** Nobody has grown. */
  void compare(Measure before) throws IOException {
    for (int node : cluster.nodes()) {
      NodeStatus status = status(node, Ask.Verb.MEASURE);
      if (status.threads() > before.threads() + MORE_THREADS) {
        grown(node, "threads", before.threads(), status.threads());
      }
      if (status.files() > before.files() + MORE_FILES) {
        grown(node, "open files beside its data", before.files(), status.files());
      }
      if (status.heapBytes() > MOST_HEAP_BYTES) {
        grown(node, "bytes of heap", MOST_HEAP_BYTES, status.heapBytes());
      }
      findings.note(
          String.format(
              Locale.ROOT,
              "node %d in the end: %d threads, %d files beside its data, %d MiB of heap",
              node,
              status.threads(),
              status.files(),
              status.heapBytes() >> 20));
    }
  }

  private void grown(int node, String what, long before, long now) {
    findings.wrong("node " + node + " has " + now + " " + what + ", and " + before + " before");
  }

  /** Reads every key once more; what those hold that were only ever appended to. */
  Map<String, String> readAll(Workload workload, List<Keys.Key> keys) throws InterruptedException {
    Map<String, String> last = new HashMap<>();
    List<Integer> nodes = List.copyOf(cluster.nodes());
    for (int i = 0; i < nodes.size(); i++) {
      try (NodeClient client =
          new NodeClient(cluster.addresses.clients(nodes.get(i)), ASK_MILLIS)) {
        for (int key = i; key < keys.size(); key += nodes.size()) {
          String state = workload.readLast(client, keys.get(key));
          if (keys.get(key).onlyAppends()) {
            last.put(keys.get(key).name(), state);
          }
        }
      } catch (IOException failed) {
        findings.wrong("node " + nodes.get(i) + " does not answer in the end: " + failed);
      }
    }
    return last;
  }
}
