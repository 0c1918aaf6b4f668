package io.github.skywalker.paxos;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;

/**
 * Holds what is sent to nodes that have fallen behind to a rate, so that live traffic has its share
 * of the disk and of the line. What is handed over runs in order, on the loop.
 */
final class Pace {

  private final RunLoop loop;
  private final Clock clock;
  private final long bytesPerSecond;
  private long freeAt;

  Pace(RunLoop loop, Clock clock, long bytesPerSecond) {
    this.loop = loop;
    this.clock = clock;
    this.bytesPerSecond = bytesPerSecond;
    this.freeAt = clock.nanos();
  }

  /** Runs something when what was sent before has had its time. May be called by any thread. */
  void execute(Runnable task) {
    long at;
    synchronized (this) {
      at = freeAt;
    }
    if (at - clock.nanos() <= 0) {
      loop.execute(task);
    } else {
      loop.at(at, task);
    }
  }

  /** So many bytes were sent. */
  synchronized void sent(long bytes) {
    long now = clock.nanos();
    long from = freeAt - now > 0 ? freeAt : now;
    freeAt = from + (long) (bytes * 1e9 / bytesPerSecond);
  }
}
