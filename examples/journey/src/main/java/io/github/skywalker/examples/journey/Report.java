package io.github.skywalker.examples.journey;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the nodes say of their groups, side by side. */
final class Report {

  private static final Comparator<Fields> BY_GROUP_AND_NODE =
      Comparator.comparing((Fields line) -> number(line, "group"))
          .thenComparing(line -> number(line, "node"));

  private final List<Fields> lines = new ArrayList<>();

  void add(List<Fields> ofOneNode) {
    lines.addAll(ofOneNode);
  }

  @Override
  public String toString() {
    Map<Long, Long> chosen = new HashMap<>();
    for (Fields line : lines) {
      chosen.merge(number(line, "group"), number(line, "chosenUpTo"), Math::max);
    }
    Table table =
        new Table(
            "group",
            "node",
            "role",
            "chosenUpTo",
            "appliedUpTo",
            "lag",
            "checkpoint",
            "log",
            "pending",
            "");
    lines.sort(BY_GROUP_AND_NODE);
    for (Fields line : lines) {
      long applied = number(line, "appliedUpTo");
      table.add(
          number(line, "group"),
          number(line, "node"),
          role(line),
          number(line, "chosenUpTo"),
          applied,
          chosen.getOrDefault(number(line, "group"), 0L) - applied,
          number(line, "checkpoint"),
          number(line, "log"),
          number(line, "pending"),
          line.get("halted").map(reason -> "halted: " + reason).orElseGet(() -> transfer(line)));
    }
    return table.toString();
  }

  /** How far a checkpoint has come that is on its way to the node. */
  static String transfer(Fields line) {
    if (line.get("fetchingFrom").isEmpty()) {
      return "";
    }
    long total = number(line, "totalBytes");
    long done = number(line, "fetchedBytes");
    return String.format(
        Locale.ROOT,
        "fetches a checkpoint from node %d: %d of %d KiB",
        number(line, "fetchingFrom"),
        done >> 10,
        total >> 10);
  }

  private static String role(Fields line) {
    if (line.get("isMember").equals(Optional.of("false"))) {
      return "follower";
    }
    boolean isMaster = line.get("isMaster").equals(Optional.of("true"));
    String phase = line.get("phase").orElse("?").toLowerCase(Locale.ROOT);
    return isMaster ? "master" : phase.equals("following") ? "member" : phase;
  }

  private static long number(Fields line, String name) {
    return line.number(name).orElse(0L);
  }
}
