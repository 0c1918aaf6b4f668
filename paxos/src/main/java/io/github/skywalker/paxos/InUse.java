package io.github.skywalker.paxos;

import io.github.skywalker.util.Clock;
import java.util.HashMap;
import java.util.Map;

/**
 * The checkpoints of one group that must not be deleted, however old they are: because machines are
 * about to load them, or because a peer is being sent them. Any thread may call it.
 */
final class InUse {

  /** So long after its last request a peer is waited for, to come back for the rest. */
  static final long SENDING_NANOS = 30_000_000_000L;

  private final Clock clock;
  private final Map<Long, Integer> held = new HashMap<>();
  private final Map<Long, Long> sentUntil = new HashMap<>();

  InUse(Clock clock) {
    this.clock = clock;
  }

  /** Until {@link #release}. */
  synchronized void hold(long instance) {
    held.merge(instance, 1, Integer::sum);
  }

  synchronized void release(long instance) {
    held.computeIfPresent(instance, (same, count) -> count == 1 ? null : count - 1);
  }

  /** A peer has asked for a part. */
  synchronized void sending(long instance) {
    sentUntil.put(instance, clock.nanos() + SENDING_NANOS);
  }

  /** Whether a checkpoint is in use now. */
  synchronized boolean test(long instance) {
    long now = clock.nanos();
    sentUntil.values().removeIf(until -> until - now <= 0);
    return held.containsKey(instance) || sentUntil.containsKey(instance);
  }
}
