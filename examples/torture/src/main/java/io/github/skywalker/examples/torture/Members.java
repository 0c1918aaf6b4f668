package io.github.skywalker.examples.torture;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Asks nodes what they say, and changes who is a member. */
final class Members {

  private static final int STATUS_MILLIS = 2000;
  private static final int CHANGE_MILLIS = 15_000;
  private static final int AGAIN_MILLIS = 100;

  private final Cluster cluster;
  private final Plan plan;

  Members(Cluster cluster, Plan plan) {
    this.cluster = cluster;
    this.plan = plan;
  }

  /** What the nodes say that answer. */
  SortedMap<Integer, NodeStatus> statuses() {
    SortedMap<Integer, NodeStatus> all = new TreeMap<>();
    for (int node : cluster.nodes()) {
      try {
        all.put(
            node,
            NodeClient.status(cluster.addresses.clients(node), Ask.Verb.STATUS, STATUS_MILLIS));
      } catch (IOException doesNotAnswer) {
        // Then it is not among them.
      }
    }
    return all;
  }

  /** The master of a group, as the newest of those that answer says; 0 if nobody knows. */
  int master(int group) {
    int master = 0;
    for (NodeStatus status : statuses().values()) {
      NodeStatus.Group its = status.groups().get(group);
      if (its.isMaster()) {
        return status.node();
      }
      master = Math.max(master, its.master());
    }
    return cluster.nodes().contains(master) ? master : 0;
  }

  /**
   * Changes the membership of all groups; goes on until it is done.
   *
   * @param out who goes; 0 for nobody
   * @param in who comes; 0 for nobody
   * @return what kept it from being done within the time; empty if it is done
   */
  String change(int out, int in, long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    String why = "";
    for (int group = 0; group < plan.groups(); group++) {
      do {
        why = changeOnce(group, out, in);
        if (!why.isEmpty()) {
          Thread.sleep(AGAIN_MILLIS);
        }
      } while (!why.isEmpty() && System.nanoTime() < end);
      if (!why.isEmpty()) {
        return "group " + group + ": " + why;
      }
    }
    return "";
  }

  private String changeOnce(int group, int out, int in) {
    NodeStatus.Group newest = null;
    int who = 0;
    for (NodeStatus status : statuses().values()) {
      NodeStatus.Group its = status.groups().get(group);
      boolean canAsk = its.halted().isEmpty() && its.members().contains(status.node());
      if (canAsk && (newest == null || its.version() > newest.version())) {
        newest = its;
        who = status.node();
      }
    }
    if (newest == null) {
      return "no member answers";
    }
    boolean hasLeft = out == 0 || !newest.members().contains(out);
    boolean hasCome = in == 0 || newest.members().contains(in);
    if (hasLeft && hasCome) {
      return "";
    }
    List<Ask.Change> changes = new ArrayList<>();
    changes.add(
        new Ask.Change(hasLeft ? 0 : out, hasCome ? "" : cluster.addresses.member(in).toString()));
    try (NodeClient client = new NodeClient(cluster.addresses.clients(who), CHANGE_MILLIS)) {
      Answer answer = client.ask(Ask.change(group, newest.version(), changes));
      return answer.type() == Step.Type.OK ? "" : answer.text();
    } catch (IOException gone) {
      return "node " + who + ": " + gone.getMessage();
    }
  }

  /** Has a master hand over. */
  void retire(int group) {
    int master = master(group);
    if (master != 0) {
      try (NodeClient client = new NodeClient(cluster.addresses.clients(master), CHANGE_MILLIS)) {
        client.ask(Ask.of(Ask.Verb.RETIRE, group));
      } catch (IOException gone) {
        // It may retire another time.
      }
    }
  }
}
