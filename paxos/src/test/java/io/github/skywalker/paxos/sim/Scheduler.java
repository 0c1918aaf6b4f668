package io.github.skywalker.paxos.sim;

import java.util.PriorityQueue;

/** True time: what is to happen, and when. One thread, one heap, and no other order. */
final class Scheduler {

  static final long MICROS = 1_000;
  static final long MILLIS = 1_000_000;
  static final long SECONDS = 1_000_000_000;

  private static final class Entry implements Comparable<Entry> {
    final long time;
    final long order;
    final Runnable task;

    Entry(long time, long order, Runnable task) {
      this.time = time;
      this.order = order;
      this.task = task;
    }

    @Override
    public int compareTo(Entry other) {
      int byTime = Long.compare(time, other.time);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  private final PriorityQueue<Entry> heap = new PriorityQueue<>();
  private long now;
  private long order;
  private long events;

  /** Nanoseconds since the beginning of the run. */
  long now() {
    return now;
  }

  /** How many things have happened. */
  long events() {
    return events;
  }

  void at(long time, Runnable task) {
    heap.add(new Entry(Math.max(time, now), order++, task));
  }

  void after(long delay, Runnable task) {
    at(now + delay, task);
  }

  /** When the next thing happens; {@code Long.MAX_VALUE} if nothing does. */
  long next() {
    Entry first = heap.peek();
    return first == null ? Long.MAX_VALUE : first.time;
  }

  /** Lets the next thing happen. */
  void step() {
    Entry first = heap.remove();
    now = first.time;
    events++;
    first.task.run();
  }
}
