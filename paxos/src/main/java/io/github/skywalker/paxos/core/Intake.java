package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.OriginTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a prepared proposer has been given to propose: this node's own entries, and those that
 * others have forwarded. It makes batches of them, and takes from an origin only what is its next,
 * since anything else would be passed over when it is executed.
 */
final class Intake {

  /** How many bytes of other nodes' entries may wait here; beyond it they are dropped. */
  static final long MAX_FORWARDED_BYTES = 64L << 20;

  private static final class Queue {
    int boot;
    long last;
    final ArrayDeque<Entry> entries = new ArrayDeque<>();
  }

  private final Origin own;
  private final OriginTable executed;
  private final int maxValueBytes;
  private final Map<Integer, Queue> queues = new TreeMap<>();
  private long forwardedBytes;

  Intake(Origin own, OriginTable executed, int maxValueBytes) {
    this.own = own;
    this.executed = executed;
    this.maxValueBytes = maxValueBytes;
  }

  /** A new ballot: nothing of what was taken before is known to be on its way. */
  void clear() {
    queues.clear();
    forwardedBytes = 0;
    own.rewind();
  }

  /**
   * Takes what another node has forwarded, as far as it is in turn and there is room.
   *
   * @return whether any of it was executed already: the node lacks what was said of that
   */
  boolean forward(int from, List<Entry> entries) {
    boolean late = false;
    for (Entry entry : entries) {
      if (entry.node() != from) {
        continue; // Nobody speaks for another.
      }
      Queue queue = queues.computeIfAbsent(entry.node(), node -> new Queue());
      OriginTable.Row row = executed.row(entry.node());
      if (row.boot() > queue.boot || (row.boot() == queue.boot && row.sequence() > queue.last)) {
        queue.boot = row.boot();
        queue.last = row.sequence();
      }
      late |= entry.boot() == row.boot() && entry.sequence() <= row.sequence();
      boolean next =
          new OriginTable.Row(queue.boot, queue.last).isFollowedBy(entry.boot(), entry.sequence());
      if (next && forwardedBytes + entry.bytesInValue() <= MAX_FORWARDED_BYTES) {
        queue.boot = entry.boot();
        queue.last = entry.sequence();
        queue.entries.add(entry);
        forwardedBytes += entry.bytesInValue();
      }
    }
    return late;
  }

  /** Whether there is anything to propose. */
  boolean hasMore() {
    if (own.hasMore()) {
      return true;
    }
    for (Queue queue : queues.values()) {
      if (!queue.entries.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** Whether there is enough to fill a value. */
  boolean hasFullBatch() {
    return forwardedBytes + own.waitingBytes() >= maxValueBytes;
  }

  /** The next batch: something of every origin that waits, up to the bound on a value. */
  List<Entry> next() {
    List<Entry> batch = new ArrayList<>();
    long room = maxValueBytes;
    int waiting = own.hasMore() ? 1 : 0;
    for (Queue queue : queues.values()) {
      waiting += queue.entries.isEmpty() ? 0 : 1;
    }
    if (own.hasMore()) {
      room -= own.handOut(batch, room / waiting);
      waiting--;
    }
    for (Queue queue : queues.values()) {
      if (!queue.entries.isEmpty() && (batch.isEmpty() || room > 0)) {
        room -= take(queue, batch, room / waiting);
        waiting--;
      }
    }
    return batch;
  }

  private long take(Queue queue, List<Entry> batch, long maxBytes) {
    long bytes = 0;
    while (!queue.entries.isEmpty()) {
      Entry entry = queue.entries.element();
      int more = entry.bytesInValue();
      if (bytes > 0 && bytes + more > maxBytes) {
        break;
      }
      queue.entries.remove();
      bytes += more;
      forwardedBytes -= more;
      batch.add(entry);
    }
    return bytes;
  }
}
