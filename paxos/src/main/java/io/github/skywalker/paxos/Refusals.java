package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import org.jspecify.annotations.Nullable;

/** Which proposals are refused at once, by what can be seen of the group. */
final class Refusals {

  private final int node;
  private final GroupOptions options;

  Refusals(int node, GroupOptions options) {
    this.node = node;
    this.options = options;
  }

  /** The refusal; null if the group takes proposals now. */
  @Nullable ProposeResult refusal(GroupView now) {
    if (now.haltReason() != null) {
      return ProposeResult.of(Status.HALTED, now.haltReason());
    }
    if (!now.membership().contains(node) && !mayJoin(now)) {
      return noMember(now);
    }
    // Those whose callers were told that the outcome is unknown count as well, until their place
    // in the order is filled: else they would pile up for as long as no majority answers.
    return now.pendingProposals() < options.maxPendingProposals() ? null : overloaded(now);
  }

  /** Who joins may propose before it knows whether it is a member: it waits until it is one. */
  private boolean mayJoin(GroupView now) {
    return now.membership().members().isEmpty() && options.followed().isEmpty();
  }

  private ProposeResult noMember(GroupView now) {
    Membership membership = now.membership();
    return new ProposeResult(
        Status.INVALID_NODE,
        0,
        null,
        now.master().map(Master::member),
        "node "
            + node
            + " follows group "
            + options.id()
            + ", and is none of its members "
            + membership.members()
            + " of version "
            + membership.version()
            + "; propose at one of those");
  }

  private ProposeResult overloaded(GroupView now) {
    return ProposeResult.of(
        Status.OVERLOADED,
        now.pendingProposals()
            + " proposals of node "
            + node
            + " wait for their place in group "
            + options.id()
            + "; at most "
            + options.maxPendingProposals());
  }
}
