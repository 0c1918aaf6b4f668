package io.github.skywalker.paxos.sim;

import io.github.skywalker.util.Clock;

/** The monotonic clock of one machine: an origin and a rate of its own, and it can stand still. */
final class HostClock implements Clock {

  private final Scheduler scheduler;
  private final double rate;
  private long local;
  private long since;
  private boolean stopped;

  HostClock(Scheduler scheduler, double rate, long origin) {
    this.scheduler = scheduler;
    this.rate = rate;
    this.local = origin;
  }

  @Override
  public long nanos() {
    return stopped ? local : local + (long) ((scheduler.now() - since) * rate);
  }

  /** The true time at which the clock will show a local one, if it does not stop before. */
  long trueTime(long localNanos) {
    long left = localNanos - nanos();
    return left <= 0 ? scheduler.now() : scheduler.now() + (long) Math.ceil(left / rate) + 1;
  }

  /** The machine is suspended. */
  void stop() {
    local = nanos();
    stopped = true;
  }

  /** It goes on from here, or the machine was started anew, and counts from somewhere else. */
  void restart(long origin) {
    local = origin;
    since = scheduler.now();
    stopped = false;
  }
}
