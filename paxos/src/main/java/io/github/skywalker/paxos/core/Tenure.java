package io.github.skywalker.paxos.core;

/**
 * Sees to it that a prepared node either holds its lease or gives way. A ballot that has been
 * without one for as long as a lease is over: it might else be protected for ever by a minority
 * that still confirms it, while it proposes nothing that would win it the others.
 */
final class Tenure {

  private final long leaseNanos;
  private final Lease lease;
  private long lookAt = Grants.NEVER;
  private long withoutSince = Grants.NEVER;

  Tenure(long leaseNanos, Lease lease) {
    this.leaseNanos = leaseNanos;
    this.lease = lease;
  }

  /** The node is not prepared, or not any more. */
  void end() {
    lookAt = Grants.NEVER;
    withoutSince = Grants.NEVER;
  }

  /** Looks, at the end of each step of a prepared node. */
  void watch(long now) {
    long left = lease.leftNanos(now);
    if (left > 0) {
      withoutSince = Grants.NEVER;
      lookAt = left == Long.MAX_VALUE ? Grants.NEVER : now + left;
    } else if (withoutSince == Grants.NEVER) {
      withoutSince = now;
      lookAt = now + leaseNanos;
    }
  }

  /** Whether it is over. */
  boolean isOver(long now) {
    return withoutSince != Grants.NEVER && now - withoutSince >= leaseNanos;
  }

  /** When to look again, if nothing happens before. */
  long deadline() {
    return lookAt;
  }
}
