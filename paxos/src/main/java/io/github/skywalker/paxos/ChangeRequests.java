package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The membership changes that users of this node ask for. Each is numbered, and asked again for a
 * while when the new members are only just behind: what is known of them is always a bit old.
 */
final class ChangeRequests {

  /** So long a change waits for its new members to be known to be caught up. */
  private static final long CATCH_UP_NANOS = 2_000_000_000;

  /** So many may wait for their answer: no more than one takes effect in an epoch. */
  static final int MAX_PENDING_CHANGES = 1_000;

  private final int node;
  private final int boot;
  private final GroupOptions options;
  private final RunLoop loop;
  private final Clock clock;
  private final Consumer<Event> step;
  private final AtomicInteger pending = new AtomicInteger();
  private final List<CompletableFuture<Void>> pauses = new ArrayList<>();
  private long lastNumber;

  /** Made with the group's step, which is taken on its loop. */
  ChangeRequests(
      int node, int boot, GroupOptions options, RunLoop loop, Clock clock, Consumer<Event> step) {
    this.node = node;
    this.boot = boot;
    this.options = options;
    this.loop = loop;
    this.clock = clock;
    this.step = step;
  }

  /** Asks for a change, unless too many are asked for. May be called by any thread. */
  CompletableFuture<ProposeResult> ask(
      long expected, List<MembershipChange> changes, boolean force) {
    List<MembershipChange> steps = List.copyOf(changes);
    if (pending.incrementAndGet() > MAX_PENDING_CHANGES) {
      pending.decrementAndGet();
      return CompletableFuture.completedFuture(
          ProposeResult.of(
              Status.OVERLOADED,
              MAX_PENDING_CHANGES + " other changes of group " + options.id() + " wait"));
    }
    long patience = Math.min(CATCH_UP_NANOS, options.proposeTimeout().toNanos());
    return ask(expected, steps, force, clock.nanos() + patience)
        .whenComplete((result, fault) -> pending.decrementAndGet());
  }

  private CompletableFuture<ProposeResult> ask(
      long expected, List<MembershipChange> changes, boolean force, long patientUntil) {
    return askOnce(expected, changes, force)
        .thenCompose(
            result -> {
              long next = clock.nanos() + options.retryPeriod().toNanos();
              if (result.status() != Status.NOT_CAUGHT_UP || next - patientUntil > 0) {
                return CompletableFuture.completedFuture(result);
              }
              return pauseUntil(next)
                  .thenCompose(nothing -> ask(expected, changes, force, patientUntil));
            });
  }

  private CompletableFuture<ProposeResult> askOnce(
      long expected, List<MembershipChange> changes, boolean force) {
    CompletableFuture<ProposeResult> future = new CompletableFuture<>();
    long deadline = clock.nanos() + options.proposeTimeout().toNanos();
    loop.execute(
        () -> {
          Value.Change change = new Value.Change(expected, node, boot, ++lastNumber, changes);
          step.accept(new Event.ChangeMembership(future, Value.change(change), force, deadline));
        });
    return future;
  }

  /** Completed at a time, or when the group stops. */
  private CompletableFuture<Void> pauseUntil(long nanos) {
    CompletableFuture<Void> pause = new CompletableFuture<>();
    loop.execute(
        () -> {
          pauses.removeIf(CompletableFuture::isDone);
          pauses.add(pause);
          loop.at(nanos, () -> pause.complete(null));
        });
    return pause;
  }

  /** The group stops: whoever pauses asks once more, and is answered by that. On the loop. */
  void end() {
    List.copyOf(pauses).forEach(pause -> pause.complete(null));
  }
}
