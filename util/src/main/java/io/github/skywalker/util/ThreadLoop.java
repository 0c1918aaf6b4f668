package io.github.skywalker.util;

import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A run loop on a thread of its own. */
public final class ThreadLoop implements RunLoop {

  private static final Logger log = LoggerFactory.getLogger(ThreadLoop.class);

  /** Tasks run between two looks at the timers, so that a busy queue cannot starve them. */
  private static final int MAX_TASKS_BETWEEN_TIMERS = 256;

  private final Clock clock;
  private final Thread thread;
  private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean parked = new AtomicBoolean();
  private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
  private long nextAlarm;
  private volatile boolean closing;

  /**
   * Starts the thread, a daemon.
   *
   * @param name of the thread
   * @param clock by which {@link #at} counts
   */
  public ThreadLoop(String name, Clock clock) {
    this.clock = clock;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void execute(Runnable task) {
    if (closing && !inLoop()) {
      return;
    }
    tasks.add(task);
    wake();
  }

  @Override
  public Timer at(long nanos, Runnable task) {
    Alarm alarm = new Alarm(nanos, task);
    if (inLoop()) {
      add(alarm);
    } else {
      execute(() -> add(alarm));
    }
    return alarm;
  }

  @Override
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void close() {
    closing = true;
    wake();
    if (inLoop()) {
      return;
    }
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void wake() {
    if (parked.get() && parked.compareAndSet(true, false)) {
      LockSupport.unpark(thread);
    }
  }

  private void add(Alarm alarm) {
    alarm.order = nextAlarm++;
    alarms.add(alarm);
  }

  private void run() {
    while (true) {
      runDueAlarms();
      if (!runTasks()) {
        if (closing) {
          return;
        }
        park();
      }
    }
  }

  private boolean runTasks() {
    for (int i = 0; i < MAX_TASKS_BETWEEN_TIMERS; i++) {
      Runnable task = tasks.poll();
      if (task == null) {
        return i > 0;
      }
      runSafely(task);
    }
    return true;
  }

  private void runDueAlarms() {
    while (true) {
      Alarm first = alarms.peek();
      if (first == null || (!first.cancelled && first.nanos - clock.nanos() > 0)) {
        return;
      }
      alarms.remove();
      if (!first.cancelled && !closing) {
        runSafely(first.task);
      }
    }
  }

  private void park() {
    parked.set(true);
    if (tasks.isEmpty() && !closing) {
      Alarm first = alarms.peek();
      if (first == null) {
        LockSupport.park(this);
      } else {
        long left = first.nanos - clock.nanos();
        if (left > 0) {
          LockSupport.parkNanos(this, left);
        }
      }
    }
    parked.set(false);
  }

  private void runSafely(Runnable task) {
    try {
      task.run();
    } catch (Throwable fault) {
      report(fault);
    }
  }

  /** A loop that ends would hang whatever waits for it, so not even a broken logger ends it. */
  private void report(Throwable fault) {
    try {
      log.error("A task of loop {} failed; the loop goes on.", thread.getName(), fault);
    } catch (Throwable again) {
      System.err.println("A task of loop " + thread.getName() + " failed: " + fault);
    }
  }

  private static final class Alarm implements Timer, Comparable<Alarm> {
    private final long nanos;
    private final Runnable task;
    private long order;
    private volatile boolean cancelled;

    Alarm(long nanos, Runnable task) {
      this.nanos = nanos;
      this.task = task;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public int compareTo(Alarm other) {
      int byTime = Long.signum(nanos - other.nanos);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }
}
