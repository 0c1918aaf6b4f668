package io.github.skywalker.paxos.sim;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What really happened, counted; figures of many runs add up. */
final class Figures {

  private final TreeMap<String, Long> counts = new TreeMap<>();

  void count(String what) {
    add(what, 1);
  }

  void add(String what, long many) {
    counts.merge(what, many, Long::sum);
  }

  void addAll(Map<String, Long> others) {
    others.forEach(this::add);
  }

  long of(String what) {
    return counts.getOrDefault(what, 0L);
  }

  /** By name, in its order. */
  SortedMap<String, Long> counts() {
    return counts;
  }

  /** A table of two columns. */
  String table() {
    StringBuilder table = new StringBuilder();
    counts.forEach(
        (what, many) ->
            table.append(String.format(java.util.Locale.ROOT, "  %-44s %,16d%n", what, many)));
    return table.toString();
  }
}
