package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;

/**
 * Sees to it that a prepared node either holds its lease or gives way: asks for the confirmations
 * that its lease lacks, and calls a ballot over that has been without one for as long as a lease.
 * It might else be protected for ever by a minority that still confirms it, while it proposes
 * nothing that would win it the others.
 */
final class Tenure {

  private final long leaseNanos;
  private final Lease lease;
  private final Outbox out;
  private final Retry asking;
  private long lookAt = Grants.NEVER;
  private long withoutSince = Grants.NEVER;

  Tenure(long leaseNanos, long retryNanos, Lease lease, Outbox out) {
    this.leaseNanos = leaseNanos;
    this.lease = lease;
    this.out = out;
    this.asking = new Retry(retryNanos);
  }

  /** The node is not prepared, or not any more. */
  void end() {
    lookAt = Grants.NEVER;
    withoutSince = Grants.NEVER;
    asking.stop();
  }

  /** Asks those members for a confirmation whose newest grant has another stamp than theirs. */
  void confirm(Ballot ballot, Voters voters, long now) {
    for (int node : voters.nodes()) {
      if (lease.wantsConfirmation(node)) {
        out.send(node, new Message.Confirm(ballot, 0));
      }
    }
    askAgainIfLacking(voters, now);
  }

  /** As long as a confirmation is missing it is asked for again, since it may be lost. */
  void askAgainIfLacking(Voters voters, long now) {
    for (int node : voters.nodes()) {
      if (lease.wantsConfirmation(node)) {
        asking.ensure(now);
        return;
      }
    }
    asking.stop();
  }

  /**
   * Looks, at the end of each step of a prepared node. While the lease is live no time is waited
   * for: it ends in a step, or with a grant, of which {@link Event.GrantsChanged} tells.
   */
  void watch(long now) {
    if (lease.leftNanos(now) > 0) {
      withoutSince = Grants.NEVER;
      lookAt = Grants.NEVER;
    } else if (withoutSince == Grants.NEVER) {
      withoutSince = now;
      lookAt = now + leaseNanos;
    }
  }

  /** Whether it is over. */
  boolean isOver(long now) {
    return withoutSince != Grants.NEVER && now - withoutSince >= leaseNanos;
  }

  /** Whether it is time to ask again for the confirmations that are missing. */
  boolean isToConfirm(long now) {
    return asking.due(now);
  }

  /** When to look again, if nothing happens before. */
  long deadline() {
    return Math.min(lookAt, asking.at());
  }
}
