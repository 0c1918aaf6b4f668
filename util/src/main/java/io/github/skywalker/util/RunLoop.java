package io.github.skywalker.util;

/**
 * A loop that runs tasks at their time, too. In production a loop is a thread; in simulation it is
 * a place in virtual time.
 */
public interface RunLoop extends TaskLoop {

  /**
   * Runs a task when the clock has reached a time, or soon after. May be called by any thread.
   *
   * @param nanos the time, by the clock of this loop
   * @return to cancel it by
   */
  Timer at(long nanos, Runnable task);

  /** Runs what was handed over before, drops timers, and ends; waits, unless called in the loop. */
  @Override
  void close();

  /** A task that waits for its time. */
  interface Timer {

    /** Drops the task, unless it has begun. May be called by any thread, and again. */
    void cancel();
  }
}
