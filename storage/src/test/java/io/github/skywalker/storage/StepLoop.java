package io.github.skywalker.storage;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A run loop that a test moves by hand, and its clock. */
public final class StepLoop implements RunLoop, Clock {

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Alarm> alarms =
      new PriorityQueue<>(Comparator.comparingLong(Alarm::nanos));
  private long now;
  private boolean running;

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public Timer at(long nanos, Runnable task) {
    Alarm alarm = new Alarm(nanos, task);
    alarms.add(alarm);
    return () -> alarms.remove(alarm);
  }

  @Override
  public boolean inLoop() {
    return running;
  }

  @Override
  public void close() {
    runAll();
  }

  @Override
  public long nanos() {
    return now;
  }

  /** Runs the next task; false if there is none. */
  public boolean runOne() {
    Runnable task = tasks.poll();
    if (task == null) {
      return false;
    }
    running = true;
    try {
      task.run();
    } finally {
      running = false;
    }
    return true;
  }

  /** Runs tasks until none is left. */
  public void runAll() {
    while (runOne()) {}
  }

  /** Lets time pass, and runs what became due. */
  public void advance(long nanos) {
    long until = now + nanos;
    runAll();
    while (!alarms.isEmpty() && alarms.peek().nanos() <= until) {
      Alarm alarm = alarms.poll();
      now = Math.max(now, alarm.nanos());
      tasks.add(alarm.task());
      runAll();
    }
    now = until;
  }

  /** Whether something waits for its time. */
  boolean hasTimers() {
    return !alarms.isEmpty();
  }

  /** Forgets everything, as a killed process does. */
  void drop() {
    tasks.clear();
    alarms.clear();
  }

  private record Alarm(long nanos, Runnable task) {}
}
