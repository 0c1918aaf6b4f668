package io.github.skywalker.examples.benchmark;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Sleeps for a millisecond at a time, and notes by how much it was woken late: pauses that the
 * machine and the JVM make, whatever runs on them.
 */
final class HiccupMeter implements AutoCloseable {

  private static final long SLEEP_NANOS = 1_000_000;

  private final AtomicLong longest = new AtomicLong();
  private final Thread thread = new Thread(this::run, "hiccups");
  private volatile boolean ending;

  HiccupMeter() {
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    while (!ending) {
      long begun = System.nanoTime();
      LockSupport.parkNanos(SLEEP_NANOS);
      longest.accumulateAndGet(System.nanoTime() - begun - SLEEP_NANOS, Math::max);
    }
  }

  /** The longest since the last call, in nanoseconds. */
  long takeLongestNanos() {
    return longest.getAndSet(0);
  }

  @Override
  public void close() {
    ending = true;
  }
}
