package io.github.skywalker.machine;

import io.github.skywalker.machine.GroupState.Verdict;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was decided beyond the bytes that are held for machines that lag: no values, only how far it
 * goes, who waits for what, and what is to be run in between. The values are read again from the
 * log when their turn comes; the built-in state from before the first of them, going along, says
 * then what becomes of their entries. Guarded by the lock of its queue, the state aside.
 */
final class Backlog {

  /** Who waits for the entries of one value, and what becomes of these. */
  record Waiting(Tickets tickets, List<Verdict> verdicts) {
    static final Waiting NOBODY = new Waiting(Tickets.NONE, List.of());
  }

  private record Task(long after, @Nullable Object kind, Runnable run) {}

  /** As it is after the instance that was applied last; belongs to the apply loop. */
  private final GroupState state;

  private final Map<Long, Waiting> waiting = new HashMap<>();
  private final ArrayDeque<Task> tasks = new ArrayDeque<>();
  private long next;
  private long upTo;
  private long bytes;
  private long readableUpTo;
  private boolean passedOver;
  private boolean waits;

  /** Begins behind everything that a state has executed; the state is its own from now on. */
  Backlog(GroupState state) {
    this.state = state;
    this.next = state.executedUpTo() + 1;
    this.upTo = state.executedUpTo();
  }

  GroupState state() {
    return state;
  }

  /** The next instance was decided. */
  void decided(long instance, int itsBytes, Waiting who) {
    if (instance != upTo + 1) {
      throw new IllegalStateException("Decided " + upTo + ", and then " + instance);
    }
    upTo = instance;
    bytes += itsBytes;
    if (who.tickets != Tickets.NONE) {
      waiting.put(instance, who);
    }
  }

  /** So many bytes of it were applied. */
  void applied(int itsBytes) {
    bytes -= itsBytes;
  }

  /** How many bytes of it were not. */
  long bytes() {
    return bytes;
  }

  /**
   * Something is to be run behind what was decided before.
   *
   * @param kind if another of the same kind still waits, this one takes its place; null for none
   */
  void add(@Nullable Object kind, Runnable task) {
    if (kind != null) {
      tasks.removeIf(other -> kind.equals(other.kind));
    }
    tasks.add(new Task(upTo, kind, task));
  }

  /** A checkpoint that covers its instances follows: they are not applied, and none is added. */
  void passOver() {
    passedOver = true;
  }

  boolean isPassedOver() {
    return passedOver;
  }

  boolean isEmpty() {
    return next > upTo && tasks.isEmpty();
  }

  /** The task whose turn it is; null if an instance comes first. */
  @Nullable Runnable pollTask() {
    Task first = tasks.peek();
    return first == null || first.after >= next ? null : tasks.remove().run;
  }

  /** The instance whose turn it is; 0 if it must be read from the log, and cannot be yet. */
  long pollInstance() {
    return passedOver || next <= readableUpTo ? next++ : 0;
  }

  /** Who waits for an instance; asked once. */
  Waiting takeWaiting(long instance) {
    Waiting who = waiting.remove(instance);
    return who == null ? Waiting.NOBODY : who;
  }

  /** Up to here the log can be read. */
  void readable(long instance) {
    readableUpTo = Math.max(readableUpTo, instance);
  }

  /** Notes whether its next step waits for the log; says whether it did. */
  boolean waits(boolean now) {
    boolean before = waits;
    waits = now;
    return before;
  }
}
