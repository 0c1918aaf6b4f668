package io.github.skywalker.paxos;

import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The read barriers that users wait for, so that each completes once, in time, and none is
 * forgotten when the group stops. They are bounded in number, from the call to the answer, and what
 * is too many is refused at once. Belongs to the group's loop, where nothing else is said.
 */
final class Barriers {

  /** One of them; goes with it through the core. */
  static final class Barrier {
    private final CompletableFuture<Long> future = new CompletableFuture<>();
    private final AtomicBoolean counts = new AtomicBoolean(true);
    private volatile boolean awaitsMachines;
    private volatile boolean over;
    private long deadlineNanos;

    /** What its user waits for. */
    CompletableFuture<Long> future() {
      return future;
    }
  }

  private final int group;
  private final int maxPending;
  private final Executor callbacks;
  private final AtomicInteger pending = new AtomicInteger();
  private final ArrayDeque<Barrier> waiting = new ArrayDeque<>();

  /**
   * Made for a group.
   *
   * @param maxPending how many may wait for their answer
   */
  Barriers(int group, int maxPending, Executor callbacks) {
    this.group = group;
    this.maxPending = maxPending;
    this.callbacks = callbacks;
  }

  /** Counts one more in; null if too many wait. May be called by any thread. */
  @Nullable Barrier begin() {
    if (pending.incrementAndGet() > maxPending) {
      pending.decrementAndGet();
      return null;
    }
    return new Barrier();
  }

  /** What is said to one too many. May be called by any thread. */
  CompletableFuture<Long> refusal() {
    String why = maxPending + " others wait, and no more may";
    return CompletableFuture.failedFuture(failure(Status.OVERLOADED, why));
  }

  /** Sees to it that it does not wait for ever. */
  void add(Barrier barrier, long deadlineNanos) {
    barrier.deadlineNanos = deadlineNanos;
    if (waiting.size() >= 2L * maxPending) {
      waiting.removeIf(each -> each.over); // Those behind one that waits for long.
    }
    waiting.add(barrier);
  }

  /**
   * It is handed to the machines, unless it is over. From now on it counts until they have come so
   * far, even if its user was told that it is too late: else such would pile up there.
   */
  boolean awaitMachines(Barrier barrier) {
    barrier.awaitsMachines = !barrier.over;
    return barrier.awaitsMachines;
  }

  /** Completes a barrier. May be called by any thread. */
  void complete(Barrier barrier, long instance) {
    barrier.over = true;
    callbacks.execute(
        () -> {
          forget(barrier);
          barrier.future.complete(instance);
        });
  }

  /** Fails a barrier. May be called by any thread. */
  void fail(Barrier barrier, Status status, String detail) {
    barrier.over = true;
    boolean held = barrier.awaitsMachines;
    NodeException why = failure(status, detail);
    callbacks.execute(
        () -> {
          if (!held) {
            forget(barrier);
          }
          barrier.future.completeExceptionally(why);
        });
  }

  private NodeException failure(Status status, String detail) {
    return new NodeException(status, "A read barrier in group " + group + ": " + detail);
  }

  /** Before its user is told, so that he can begin another where there was no room. */
  private void forget(Barrier barrier) {
    if (barrier.counts.compareAndSet(true, false)) {
      pending.decrementAndGet();
    }
  }

  /** Forgets what is over, and fails what is late; says whether any are left. */
  boolean sweep(long now) {
    while (!waiting.isEmpty()) {
      Barrier first = waiting.element();
      if (!first.over && first.deadlineNanos - now > 0) {
        return true;
      }
      waiting.remove();
      if (!first.over) {
        fail(first, Status.TIMEOUT, "the machines have not come so far within its time");
      }
    }
    return false;
  }

  /** Fails all that are left. */
  void end(Status status, String detail) {
    List<Barrier> left = new ArrayList<>(waiting);
    waiting.clear();
    left.stream().filter(each -> !each.over).forEach(each -> fail(each, status, detail));
  }

  /** How many it remembers. */
  int waiting() {
    return waiting.size();
  }

  /** How many wait for their answer, or for machines. May be asked by any thread. */
  int pending() {
    return pending.get();
  }
}
