package io.github.skywalker.util;

/**
 * The time of one node: nanoseconds from an arbitrary origin, never falling. All leases, deadlines
 * and timers of a node are measured by its one clock.
 */
@FunctionalInterface
public interface Clock {

  /**
   * The monotonic clock of the machine. On Linux it does not count the time in which the machine is
   * suspended, so suspending a machine for longer than a lease is outside the promise of leases.
   */
  Clock SYSTEM = System::nanoTime;

  /** Now. Differences are meaningful, values are not. */
  long nanos();
}
