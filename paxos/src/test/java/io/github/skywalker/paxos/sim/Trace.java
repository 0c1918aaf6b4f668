package io.github.skywalker.paxos.sim;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;

/**
 * The events of a run: their hash, which is the same for every replay of a seed, and, when a
 * failure is replayed, a timeline for each node.
 */
final class Trace {

  private static final int MAX_LINES = Integer.getInteger("timeline", 120);

  private final Scheduler scheduler;
  private final boolean keepsLines;
  private final Map<Integer, ArrayDeque<String>> lines = new TreeMap<>();
  private long hash = 0xcbf29ce484222325L;

  Trace(Scheduler scheduler, boolean keepsLines) {
    this.scheduler = scheduler;
    this.keepsLines = keepsLines;
  }

  /** Takes something that happened into the hash. */
  void mix(long what) {
    hash = (hash ^ what) * 0x100000001b3L;
    hash ^= hash >>> 29;
  }

  /** Whether lines are worth making. */
  boolean keepsLines() {
    return keepsLines;
  }

  /** Notes what happened at a node; 0 for what concerns all. */
  void line(int node, String format, Object... arguments) {
    if (!keepsLines) {
      return;
    }
    ArrayDeque<String> own = lines.computeIfAbsent(node, id -> new ArrayDeque<>());
    own.add(
        String.format(java.util.Locale.ROOT, "%14.6f  ", scheduler.now() / 1e9)
            + String.format(java.util.Locale.ROOT, format, arguments));
    if (own.size() > MAX_LINES) {
      own.remove();
    }
  }

  long hash() {
    return hash;
  }

  /** The last lines of each node. */
  String timelines() {
    StringBuilder text = new StringBuilder();
    lines.forEach(
        (node, own) -> {
          text.append(node == 0 ? "\n  the world\n" : "\n  node " + node + "\n");
          own.forEach(line -> text.append("    ").append(line).append('\n'));
        });
    return text.toString();
  }
}
