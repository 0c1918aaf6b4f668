package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Membership changes that wait to be proposed: those of this node's users, and, at a prepared node,
 * those that others have sent it. A change takes effect at most once, by the epoch that it names;
 * whoever asked for it sees at the next epoch whether it was his.
 *
 * <p>A refusal promises that the change will never take effect, so it must be true of every copy of
 * the request, late ones too. A request therefore names the ballot that it is made to, and is
 * looked at in no other; one that was refused in a ballot stays refused in it; and a ballot refuses
 * only when it has chosen a value of its own, because that took the one instance at which an
 * earlier ballot may have left the change half accepted.
 */
final class Changes {

  /** How many changes of other nodes may wait here; beyond it they are dropped, and sent again. */
  private static final int MAX_REMOTE = 64;

  /** How many refusals one ballot remembers; then it ends, see {@link #isFull}. */
  static final int MAX_REFUSED = 10_000;

  private static final class Own {
    final Object ticket;
    final Value value;
    final boolean force;
    final long deadline;
    boolean sent;
    Ballot sentIn = Ballot.ZERO;

    Own(Event.ChangeMembership asked) {
      this.ticket = asked.ticket();
      this.value = asked.value();
      this.force = asked.force();
      this.deadline = asked.deadlineNanos();
    }
  }

  private record Remote(int node, long id, Value value, boolean force) {}

  private record Id(int node, long number) {}

  private final int self;
  private final int boot;
  private final GroupState state;
  private final Outbox out;
  private final Retry retry;
  private final Map<Long, Own> own = new TreeMap<>();
  private final List<Remote> remote = new ArrayList<>();
  private final Set<Id> refused = new HashSet<>();
  private Ballot ballot = Ballot.ZERO;

  Changes(int self, int boot, long retryNanos, GroupState state, Outbox out) {
    this.self = self;
    this.boot = boot;
    this.state = state;
    this.out = out;
    this.retry = new Retry(retryNanos);
  }

  void change(Event.ChangeMembership asked) {
    Value.Change change = asked.value().change();
    own.put(change.number(), new Own(asked));
    if (change.expected() < state.membership().version()) {
      conflict(change.number());
    }
  }

  /** This node is prepared in a ballot. */
  void begin(Ballot itsBallot) {
    ballot = itsBallot;
    remote.clear();
    refused.clear();
  }

  /** It is not any more: there may be another leader to send to. */
  void end() {
    begin(Ballot.ZERO);
    reroute();
  }

  /** Another node asks this one to propose its change. */
  void asked(int from, Message.Change asked) {
    if (ballot.isZero()
        || !asked.ballot().equals(ballot)
        || asked.value().kind() != Value.Kind.CHANGE
        || remote.size() >= MAX_REMOTE
        || refused.size() >= MAX_REFUSED
        || refused.contains(new Id(from, asked.id()))) {
      return;
    }
    for (Remote each : remote) {
      if (each.node == from && each.id == asked.id()) {
        return;
      }
    }
    remote.add(new Remote(from, asked.id(), asked.value(), asked.force()));
  }

  /** This node's request will not be proposed; only the ballot that was asked last can say so. */
  void refused(Message.ChangeRefused refusal) {
    Own change = own.get(refusal.id());
    if (change != null && change.sentIn.equals(refusal.ballot())) {
      answer(refusal.id(), refusal.status(), 0, refusal.detail());
    }
  }

  /** Sends what waits to the leader, when that is another node. */
  void pump(Ballot leading, long now) {
    if (leading.isZero() || leading.node() == self) {
      return;
    }
    for (Map.Entry<Long, Own> each : own.entrySet()) {
      Own change = each.getValue();
      if (!change.sent) {
        change.sent = true;
        change.sentIn = leading;
        out.send(
            leading.node(), new Message.Change(leading, each.getKey(), change.value, change.force));
        retry.ensure(now);
      }
    }
  }

  /** There may be another leader to send to, or what was sent is lost. */
  void reroute() {
    own.values().forEach(each -> each.sent = false);
  }

  /** Whether this ballot can refuse no more: it is to end, and the next one may forget. */
  boolean isFull() {
    return refused.size() >= MAX_REFUSED;
  }

  boolean isWaiting() {
    return !own.isEmpty() || !remote.isEmpty();
  }

  /**
   * The next change that a prepared node may propose; those that cannot be are refused on the way.
   *
   * @param chosenAt what each node is known to know chosen
   * @param caughtUpFrom who knows this instance is caught up
   */
  @Nullable Value next(Map<Integer, Long> chosenAt, long caughtUpFrom) {
    for (Map.Entry<Long, Own> each : List.copyOf(own.entrySet())) {
      Own change = each.getValue();
      Optional<Refusal> refusal = refusal(change.value, change.force, chosenAt, caughtUpFrom);
      if (refusal.isEmpty()) {
        return change.value;
      }
      answer(each.getKey(), refusal.get().status, 0, refusal.get().detail);
    }
    while (!remote.isEmpty()) {
      Remote first = remote.remove(0);
      Optional<Refusal> refusal = refusal(first.value, first.force, chosenAt, caughtUpFrom);
      if (refusal.isEmpty()) {
        return first.value;
      }
      refused.add(new Id(first.node, first.id));
      // Who is behind finds out by executing the change that came first: it may have been his.
      if (first.value.change().expected() >= state.membership().version()) {
        out.send(
            first.node,
            new Message.ChangeRefused(
                ballot, first.id, refusal.get().status, refusal.get().detail));
      }
    }
    return null;
  }

  private record Refusal(Status status, String detail) {}

  private Optional<Refusal> refusal(
      Value value, boolean force, Map<Integer, Long> chosenAt, long caughtUpFrom) {
    Value.Change change = value.change();
    Membership now = state.membership();
    if (change.expected() != now.version()) {
      return Optional.of(
          new Refusal(
              Status.CONFLICT,
              "made for version " + change.expected() + ", but it is " + now.version()));
    }
    Optional<Membership> next = GroupState.apply(now, now.version() + 1, change.steps());
    if (next.isEmpty()) {
      return Optional.of(
          new Refusal(
              Status.CONFLICT,
              "it adds a member that is there, or removes one that is not, or leaves nobody; the"
                  + " members are "
                  + now.members()));
    }
    List<Member> behind = new ArrayList<>();
    for (Member member : next.get().members()) {
      boolean caughtUp =
          member.nodeId() == self
              || chosenAt.getOrDefault(member.nodeId(), Long.MIN_VALUE) >= caughtUpFrom;
      if (!caughtUp) {
        behind.add(member);
      }
    }
    int ready = next.get().members().size() - behind.size();
    if (!force && ready < next.get().majority()) {
      return Optional.of(
          new Refusal(
              Status.NOT_CAUGHT_UP,
              "no majority of the new members would be caught up: behind, not heard of, or only"
                  + " learning, are "
                  + behind));
    }
    return Optional.empty();
  }

  /** A change was executed: whoever waits for one made for an earlier version is answered. */
  void executed(long instance, Value.Change executed, boolean tookEffect) {
    for (Map.Entry<Long, Own> each : List.copyOf(own.entrySet())) {
      Value.Change change = each.getValue().value.change();
      boolean mine =
          executed.node() == self && executed.boot() == boot && executed.number() == each.getKey();
      if (mine && tookEffect) {
        answer(each.getKey(), Status.OK, instance, "");
      } else if (mine || change.expected() < state.membership().version()) {
        conflict(each.getKey());
      }
    }
  }

  /** A checkpoint was loaded: whether what it holds was this node's change, it does not say. */
  void covered() {
    for (Map.Entry<Long, Own> each : List.copyOf(own.entrySet())) {
      if (each.getValue().value.change().expected() < state.membership().version()) {
        answer(
            each.getKey(),
            Status.TIMEOUT,
            0,
            "the version is "
                + state.membership().version()
                + " by a checkpoint, which does not say whose change made it");
      }
    }
  }

  private void conflict(long id) {
    answer(
        id,
        Status.CONFLICT,
        0,
        "another change came first; the version is " + state.membership().version());
  }

  private void answer(long id, Status status, long instance, String detail) {
    Own change = own.remove(id);
    if (change != null) {
      out.tell(new Outcome.Answered(change.ticket, status, instance, detail));
    }
  }

  long deadline() {
    long next = retry.at();
    for (Own each : own.values()) {
      next = next == Grants.NEVER || each.deadline - next < 0 ? each.deadline : next;
    }
    return next;
  }

  void due(long now) {
    for (Map.Entry<Long, Own> each : List.copyOf(own.entrySet())) {
      if (each.getValue().deadline - now <= 0) {
        answer(each.getKey(), Status.TIMEOUT, 0, "not executed within its time; it may be later");
      }
    }
    if (retry.due(now)) {
      own.values().forEach(each -> each.sent = false);
      if (own.isEmpty()) {
        retry.stop();
      }
    }
  }

  /** The group answers nothing any more here. */
  void stop(Status status, String detail) {
    own.keySet().stream().toList().forEach(id -> answer(id, status, 0, detail));
  }
}
