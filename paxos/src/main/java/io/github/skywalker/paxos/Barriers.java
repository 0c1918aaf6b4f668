package io.github.skywalker.paxos;

import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * The read barriers that users wait for, so that each completes once, in time, and none is
 * forgotten when the group stops. Belongs to the group's loop.
 */
final class Barriers {

  private record Waiting(CompletableFuture<Long> future, long deadlineNanos) {}

  private final int group;
  private final Executor callbacks;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  Barriers(int group, Executor callbacks) {
    this.group = group;
    this.callbacks = callbacks;
  }

  void add(CompletableFuture<Long> future, long deadlineNanos) {
    waiting.add(new Waiting(future, deadlineNanos));
  }

  /** Completes a barrier. May be called by any thread. */
  void complete(CompletableFuture<Long> future, long instance) {
    callbacks.execute(() -> future.complete(instance));
  }

  /** Fails a barrier. May be called by any thread. */
  void fail(CompletableFuture<Long> future, Status status, String detail) {
    NodeException why =
        new NodeException(status, "A read barrier in group " + group + ": " + detail);
    callbacks.execute(() -> future.completeExceptionally(why));
  }

  /** Forgets what is complete, and fails what is late; says whether any are left. */
  boolean sweep(long now) {
    while (!waiting.isEmpty()) {
      Waiting first = waiting.element();
      if (!first.future.isDone() && first.deadlineNanos - now > 0) {
        return true;
      }
      waiting.remove();
      if (!first.future.isDone()) {
        fail(first.future, Status.TIMEOUT, "the machines have not come so far within its time");
      }
    }
    return false;
  }

  /** Fails all that are left. */
  void end(Status status, String detail) {
    List<Waiting> left = new ArrayList<>(waiting);
    waiting.clear();
    left.forEach(each -> fail(each.future, status, detail));
  }
}
