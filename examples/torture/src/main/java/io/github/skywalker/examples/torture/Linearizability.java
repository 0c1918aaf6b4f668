package io.github.skywalker.examples.torture;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says whether there is an order of the operations on one key that explains every answer, and in
 * which what was answered before something else was called stands before it.
 *
 * <p>The search is Wing and Gong's, as Lowe improved it ("Testing for linearizability", 2017): of
 * the operations that may come next, one after another is tried; and a set of operations that were
 * put in order, with the state to which they led, is never tried twice.
 */
final class Linearizability {

  /** So many sets are remembered for one key, unless somebody says otherwise. */
  static final int MAX_REMEMBERED = 1_000_000;

  /** What the search comes to. */
  enum Verdict {
    /** There is such an order. */
    LINEARIZABLE,
    /** There is none. */
    NOT_LINEARIZABLE,
    /** The search was given up: it would have taken too much memory. */
    UNDECIDED
  }

  /**
   * The verdict.
   *
   * @param verdict what it comes to
   * @param explanation how far the longest order came, and what does not fit; empty if all fits
   */
  record Answer(Verdict verdict, String explanation) {}

  /** A call, or the latest moment of what it called; in a list from which they can be lifted. */
  private static final class Mark {
    final int number;
    final @Nullable Mark end;
    @Nullable Mark before;
    @Nullable Mark after;

    Mark(int number, @Nullable Mark end) {
      this.number = number;
      this.end = end;
    }

    boolean isCall() {
      return end != null;
    }
  }

  /** What was put in order, and where that led. */
  private record Memory(BitSet done, int state) {}

  private record Choice(Mark call, String state) {}

  private record Moment(long nanos, boolean call, int number) {}

  private final List<Operation> operations;
  private final int maxRemembered;
  private final Mark head = new Mark(-1, null);
  private final BitSet done = new BitSet();
  private final Set<Memory> remembered = new HashSet<>();
  private final Map<String, Integer> states = new HashMap<>();
  private final Deque<Choice> choices = new ArrayDeque<>();
  private int left;
  private BitSet most = new BitSet();
  private String mostState = "";

  private Linearizability(List<Operation> operations, int maxRemembered) {
    this.operations = operations;
    this.maxRemembered = maxRemembered;
    build();
  }

  /** Judges the operations on one key, which holds nothing at first. */
  static Answer check(List<Operation> ofOneKey, int maxRemembered) {
    return new Linearizability(Unanswered.reduce(ofOneKey), maxRemembered).search();
  }

  /** What need not have happened has no end, and may be left out. */
  private void build() {
    List<Moment> moments = new ArrayList<>();
    List<Mark> calls = new ArrayList<>();
    for (int i = 0; i < operations.size(); i++) {
      Operation each = operations.get(i);
      calls.add(new Mark(i, new Mark(i, null)));
      moments.add(new Moment(each.called(), true, i));
      if (each.certain()) {
        moments.add(new Moment(each.returned(), false, i));
        left++;
      }
    }
    moments.sort(
        Comparator.comparingLong(Moment::nanos)
            .thenComparing(Moment::call, Comparator.reverseOrder()));
    Mark last = head;
    for (Moment moment : moments) {
      Mark call = calls.get(moment.number());
      Mark mark = moment.call() || call.end == null ? call : call.end;
      mark.before = last;
      last.after = mark;
      last = mark;
    }
  }

  private Answer search() {
    String state = "";
    Mark at = head.after;
    while (left > 0) {
      if (at == null) {
        throw new IllegalStateException("What must happen has an end, and the search stops there");
      }
      if (at.isCall()) {
        Operation operation = operations.get(at.number);
        if (operation.fits(state) && isNew(at.number, operation.after(state))) {
          choices.push(new Choice(at, state));
          state = operation.after(state);
          done.set(at.number);
          lift(at);
          left -= operation.certain() ? 1 : 0;
          noteFarthest(state);
          at = head.after;
        } else {
          at = at.after;
        }
        if (remembered.size() > maxRemembered) {
          return new Answer(
              Verdict.UNDECIDED,
              "given up after " + maxRemembered + " sets of operations; " + explanation());
        }
      } else if (choices.isEmpty()) {
        return new Answer(Verdict.NOT_LINEARIZABLE, explanation());
      } else {
        Choice last = choices.pop();
        state = last.state();
        done.clear(last.call().number);
        putBack(last.call());
        left += operations.get(last.call().number).certain() ? 1 : 0;
        at = last.call().after;
      }
    }
    return new Answer(Verdict.LINEARIZABLE, "");
  }

  private boolean isNew(int number, String next) {
    BitSet set = (BitSet) done.clone();
    set.set(number);
    int id = states.computeIfAbsent(next, unknown -> states.size());
    return remembered.add(new Memory(set, id));
  }

  private static void lift(Mark call) {
    unlink(call);
    if (call.end != null && call.end.before != null) {
      unlink(call.end);
    }
  }

  private static void unlink(Mark mark) {
    if (mark.before != null) {
      mark.before.after = mark.after;
    }
    if (mark.after != null) {
      mark.after.before = mark.before;
    }
  }

  /** In the opposite order of {@link #lift}. */
  private static void putBack(Mark call) {
    if (call.end != null && call.end.before != null) {
      relink(call.end);
    }
    relink(call);
  }

  private static void relink(Mark mark) {
    if (mark.before != null) {
      mark.before.after = mark;
    }
    if (mark.after != null) {
      mark.after.before = mark;
    }
  }

  private void noteFarthest(String state) {
    if (done.cardinality() > most.cardinality()) {
      most = (BitSet) done.clone();
      mostState = state;
    }
  }

  /** Of what the longest order lacks, the one that had to come first. */
  private String explanation() {
    Operation next = null;
    for (int i = 0; i < operations.size(); i++) {
      Operation each = operations.get(i);
      if (!most.get(i) && each.certain() && (next == null || each.returned() < next.returned())) {
        next = each;
      }
    }
    return "the longest order explains "
        + most.cardinality()
        + " of "
        + operations.size()
        + " operations and leads to \""
        + mostState
        + "\"; what cannot follow: "
        + next;
  }
}
