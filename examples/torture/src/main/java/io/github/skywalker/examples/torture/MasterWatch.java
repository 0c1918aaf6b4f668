package io.github.skywalker.examples.torture;

import io.github.skywalker.api.Master;
import io.github.skywalker.api.Node;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Asks a node again and again whether it is master, and says between which moments it was. */
final class MasterWatch {

  private static final int PERIOD_MILLIS = 1;
  private static final int SPEAK_EACH = 50;

  private final Node node;
  private final int groups;
  private final PrintStream out;
  private final Map<Integer, Claim> unsaid = new HashMap<>();

  MasterWatch(Node node, int groups, PrintStream out) {
    this.node = node;
    this.groups = groups;
    this.out = out;
  }

  /** Goes on for ever. */
  void run() {
    try {
      for (int round = 1; ; round++) {
        for (int group = 0; group < groups; group++) {
          ask(group);
        }
        if (round % SPEAK_EACH == 0) {
          unsaid.values().forEach(claim -> out.println(NodeLine.claim(claim)));
          unsaid.clear();
        }
        Thread.sleep(PERIOD_MILLIS);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** The version is asked before and after, so that it is surely that of the answer. */
  private void ask(int group) {
    Optional<Master> master = node.master(group);
    long before = System.nanoTime();
    boolean isMaster = node.isMaster(group);
    long after = System.nanoTime();
    if (!isMaster || master.isEmpty() || !master.equals(node.master(group))) {
      return;
    }
    Claim claim = new Claim(node.self().nodeId(), group, master.get().version(), after, before);
    Claim known = unsaid.get(group);
    if (known != null && known.version() != claim.version()) {
      out.println(NodeLine.claim(known));
      known = null;
    }
    unsaid.put(group, known == null ? claim : known.with(claim));
  }
}
