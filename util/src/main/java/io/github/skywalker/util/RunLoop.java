package io.github.skywalker.util;

import java.util.concurrent.Executor;

/**
 * Runs tasks one after the other, in the order in which they came, so that what belongs to one loop
 * needs no lock. In production a loop is a thread; in simulation it is a place in virtual time.
 */
public interface RunLoop extends Executor, AutoCloseable {

  /**
   * Runs a task after all that were handed over before. May be called by any thread, the loop's own
   * included; never blocks. What a task throws is logged and does not stop the loop. After {@link
   * #close} tasks are dropped.
   */
  @Override
  void execute(Runnable task);

  /**
   * Runs a task when the clock has reached a time, or soon after. May be called by any thread.
   *
   * @param nanos the time, by the clock of this loop
   * @return to cancel it by
   */
  Timer at(long nanos, Runnable task);

  /** Whether the calling thread is this loop's. */
  boolean inLoop();

  /** Runs what was handed over before, drops timers, and ends; waits, unless called in the loop. */
  @Override
  void close();

  /** A task that waits for its time. */
  interface Timer {

    /** Drops the task, unless it has begun. May be called by any thread, and again. */
    void cancel();
  }
}
