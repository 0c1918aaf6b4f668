package io.github.skywalker.paxos.core;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many groups of one node contend at a time. When the master of thousands of groups dies, all
 * of them want another at once: what they said would then wait for so long that each gave up before
 * it was answered, and began again, and none would ever succeed. Groups on all loops share it.
 */
public final class Contenders {

  private final int most;
  private final AtomicInteger present = new AtomicInteger();

  /** Starts with nobody contending. */
  public Contenders(int most) {
    this.most = most;
  }

  /** Whether one more may; if so, it is counted until it says that it does not any more. */
  boolean enter() {
    if (present.incrementAndGet() <= most) {
      return true;
    }
    present.decrementAndGet();
    return false;
  }

  void leave() {
    present.decrementAndGet();
  }
}
