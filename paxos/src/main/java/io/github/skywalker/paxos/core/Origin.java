package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.OriginTable;
import io.github.skywalker.util.Invariant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this node has proposed in the group and not yet seen executed, in order. It hands the
 * entries out, to this node's proposer or to the master's, as often as it takes: each is executed
 * once, and in this order, however often it is sent.
 */
final class Origin {

  /** How far one of them has come towards being given up. */
  private enum Stage {
    /** It is to be executed. */
    WANTED,
    /** Its deadline has passed: a tombstone is sent in its place, and whichever is first wins. */
    TOMBSTONE,
    /** The user has been told that the outcome is unknown; its place must still be filled. */
    REPORTED
  }

  private static final class Pending {
    final Object ticket;
    final long patienceNanos;
    final int bytes;
    long deadline;
    Stage stage = Stage.WANTED;
    Entry entry;

    Pending(Event.Proposal proposal, long deadline, Entry entry) {
      this.ticket = proposal.ticket();
      this.patienceNanos = proposal.patienceNanos();
      this.deadline = deadline;
      this.entry = entry;
      this.bytes = entry.bytesInValue(); // Of a tombstone there would be fewer.
    }
  }

  private final int self;
  private final int boot;
  private final Outbox out;
  private final List<Pending> pending = new ArrayList<>();
  private int head;
  private int cursor;
  private long pendingBytes;
  private long onTheWayBytes;
  private long nextSequence = 1;
  private long lastDeadline = Long.MIN_VALUE;
  private long nextDeadline = Grants.NEVER;

  Origin(int self, int boot, Outbox out) {
    this.self = self;
    this.boot = boot;
    this.out = out;
  }

  void propose(Event.Proposal proposal) {
    long deadline =
        lastDeadline == Long.MIN_VALUE
            ? proposal.deadlineNanos()
            : later(lastDeadline, proposal.deadlineNanos());
    lastDeadline = deadline;
    byte[] payload = proposal.payload();
    Pending added =
        new Pending(
            proposal,
            deadline,
            new Entry(
                self,
                boot,
                nextSequence++,
                proposal.machine(),
                proposal.fence(),
                payload,
                0,
                payload.length));
    pending.add(added);
    pendingBytes += added.bytes;
    nextDeadline = nextDeadline == Grants.NEVER ? deadline : sooner(nextDeadline, deadline);
  }

  private static long later(long a, long b) {
    return a - b > 0 ? a : b;
  }

  private static long sooner(long a, long b) {
    return a - b < 0 ? a : b;
  }

  /** Whether entries are left that were not handed out since the last {@link #rewind}. */
  boolean hasMore() {
    return cursor < pending.size();
  }

  /** Whether anything waits to be executed. */
  boolean isEmpty() {
    return head == pending.size();
  }

  int size() {
    return pending.size() - head;
  }

  /** Moves the next entries into a batch, until it has this many bytes, but one at least. */
  long handOut(List<Entry> batch, long maxBytes) {
    long bytes = 0;
    while (cursor < pending.size()) {
      Pending next = pending.get(cursor);
      if (bytes > 0 && bytes + next.bytes > maxBytes) {
        break;
      }
      bytes += next.bytes;
      batch.add(next.entry);
      cursor++;
    }
    onTheWayBytes += bytes;
    return bytes;
  }

  /** What was handed out may be lost: all that is not executed is handed out again. */
  void rewind() {
    cursor = head;
    onTheWayBytes = 0;
  }

  /** How many bytes were not handed out yet. */
  long waitingBytes() {
    return pendingBytes - onTheWayBytes;
  }

  /** How many bytes were handed out and not executed, roughly. */
  long onTheWayBytes() {
    return onTheWayBytes;
  }

  /**
   * An entry of this node was executed, in its turn.
   *
   * @return the ticket of the proposal, if it still waits for an answer
   */
  @Nullable Object executed(Entry entry) {
    if (entry.boot() != boot) {
      return null; // Of a former life of this node: nobody waits for it any more.
    }
    Invariant.check(head < pending.size(), "An own entry was executed that is not pending");
    Pending first = pending.get(head);
    Invariant.check(
        first.entry.sequence() == entry.sequence(),
        "Own entry %d was executed before %d",
        entry.sequence(),
        first.entry.sequence());
    head++;
    pendingBytes -= first.bytes;
    if (cursor >= head) {
      onTheWayBytes = Math.max(0, onTheWayBytes - first.bytes);
    }
    cursor = Math.max(cursor, head);
    shrink();
    return first.stage == Stage.REPORTED ? null : first.ticket;
  }

  /**
   * A checkpoint was loaded, which says how far the entries of this node have filled their places.
   * One that relied on no mastership, and was never replaced by a tombstone, was executed; of the
   * others nobody can tell.
   */
  void covered(OriginTable.Row last) {
    Invariant.check(
        last.boot() <= boot, "A checkpoint knows boot %d of this node, in %d", last.boot(), boot);
    if (last.boot() < boot) {
      return;
    }
    Invariant.check(
        last.sequence() < nextSequence,
        "A checkpoint knows own entry %d, of %d",
        last.sequence(),
        nextSequence - 1);
    while (head < pending.size() && pending.get(head).entry.sequence() <= last.sequence()) {
      Pending first = pending.get(head);
      head++;
      pendingBytes -= first.bytes;
      if (first.stage == Stage.WANTED && first.entry.fence() == 0) {
        out.tell(new Outcome.Covered(first.ticket));
      } else if (first.stage != Stage.REPORTED) {
        out.tell(
            new Outcome.Ended(
                first.ticket,
                Status.TIMEOUT,
                "a checkpoint was loaded that does not say whether it was executed"));
      }
    }
    shrink();
    rewind();
  }

  private void shrink() {
    if (head == pending.size()) {
      pending.clear();
      cursor = 0;
      head = 0;
      onTheWayBytes = 0;
      nextDeadline = Grants.NEVER;
      lastDeadline = Long.MIN_VALUE;
    } else if (head > 1024 && head > pending.size() / 2) {
      pending.subList(0, head).clear();
      cursor -= head;
      head = 0;
    }
  }

  /** When the next of them is to be given up, or reported. */
  long deadline() {
    return nextDeadline;
  }

  /** Gives up what is late: see "Entries: exactly once, first in, first out". */
  void due(long now) {
    if (nextDeadline == Grants.NEVER || nextDeadline - now > 0) {
      return;
    }
    boolean changed = false;
    boolean earlierWaits = false;
    long next = Grants.NEVER;
    long reportAt = now;
    for (int i = head; i < pending.size(); i++) {
      Pending each = pending.get(i);
      if (each.stage == Stage.WANTED && each.deadline - now <= 0) {
        each.entry = Entry.tombstone(self, boot, each.entry.sequence());
        each.stage = Stage.TOMBSTONE;
        each.deadline = later(reportAt, now + each.patienceNanos); // Reported in order.
        changed = true;
      } else if (each.stage == Stage.TOMBSTONE && !earlierWaits && each.deadline - now <= 0) {
        each.stage = Stage.REPORTED;
        out.tell(
            new Outcome.Ended(
                each.ticket,
                Status.TIMEOUT,
                "neither executed nor cancelled within its time: no majority answered"));
      }
      if (each.stage == Stage.TOMBSTONE) {
        reportAt = later(reportAt, each.deadline);
      }
      if (each.stage != Stage.REPORTED) {
        earlierWaits = true;
        next = next == Grants.NEVER ? each.deadline : sooner(next, each.deadline);
      }
      if (each.stage == Stage.WANTED) {
        break; // Deadlines never fall, so the ones behind it are not late either.
      }
    }
    nextDeadline = next;
    if (changed) {
      rewind();
    }
  }

  /** The group answers nothing any more here: what waits is answered, in order. */
  void end(Status status, String detail) {
    for (int i = head; i < pending.size(); i++) {
      Pending each = pending.get(i);
      if (each.stage != Stage.REPORTED) {
        out.tell(new Outcome.Ended(each.ticket, status, detail));
      }
    }
    pending.clear();
    head = 0;
    cursor = 0;
    pendingBytes = 0;
    onTheWayBytes = 0;
    nextDeadline = Grants.NEVER;
  }
}
