package io.github.skywalker.paxos.sim;

import java.util.Map;
import java.util.TreeMap;

/** The checkpoints that are on their way, to count those that a fault has cut in the middle. */
final class Fetches {

  private record Fetch(int node, int group) {}

  private final Figures figures;
  private final Map<String, Fetch> names = new TreeMap<>();
  private final Map<String, Integer> senders = new TreeMap<>();

  Fetches(Figures figures) {
    this.figures = figures;
  }

  /** A piece has come to a node. */
  void piece(int node, int group, int from) {
    figures.count("pieces of checkpoints");
    String name = node + "/" + group;
    names.put(name, new Fetch(node, group));
    Integer before = senders.put(name, from);
    if (before != null && before != from) {
      figures.count("checkpoint transfers that changed the sender");
    }
  }

  /** A checkpoint has taken the place of what a node had executed. */
  void installed(int node, int group) {
    figures.count("checkpoint installations");
    names.remove(node + "/" + group);
    senders.remove(node + "/" + group);
  }

  /** A process has ended: what it was receiving, or sending, was cut. */
  void ended(int node) {
    names
        .entrySet()
        .removeIf(
            each -> {
              boolean sends = senders.get(each.getKey()) == node;
              boolean receives = each.getValue().node == node;
              if (receives) {
                figures.count("checkpoint transfers cut at the receiver");
              } else if (sends) {
                figures.count("checkpoint transfers cut at the sender");
              }
              return receives;
            });
  }
}
