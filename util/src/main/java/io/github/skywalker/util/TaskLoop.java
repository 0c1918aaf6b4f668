package io.github.skywalker.util;

import java.util.concurrent.Executor;

/**
 * Runs tasks one after the other, in the order in which they came, so that what belongs to one loop
 * needs no lock.
 */
public interface TaskLoop extends Executor, AutoCloseable {

  /**
   * Runs a task after all that were handed over before. May be called by any thread, the loop's own
   * included; never blocks. What a task throws is logged and does not stop the loop. After {@link
   * #close} tasks are dropped.
   */
  @Override
  void execute(Runnable task);

  /**
   * As {@link #execute}, for the last thing that a task of another loop does: the task may be begun
   * only when that one has ended, and by the same thread.
   */
  default void follow(Runnable task) {
    execute(task);
  }

  /** Whether the calling thread runs a task of this loop. */
  boolean inLoop();

  /** Runs what was handed over before, and ends; waits, unless called in the loop. */
  @Override
  void close();
}
