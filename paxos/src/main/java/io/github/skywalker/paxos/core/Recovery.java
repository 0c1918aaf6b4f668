package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message.Promise;
import io.github.skywalker.paxos.core.Message.Report;
import io.github.skywalker.util.Invariant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The promises of one ballot, and what they oblige its proposer to propose (PMS 2.2 and 3): the
 * value reported chosen, else the one of the highest ballot, else a no-op.
 */
final class Recovery {

  private static final class Coverage {
    long next;
    boolean complete;
  }

  private final Ballot ballot;
  private final long first;
  private final Voters voters;
  private final Map<Integer, Coverage> coverages = new HashMap<>();
  private final Map<Long, Report> best = new HashMap<>();
  private long complete;
  private long top;

  Recovery(Ballot ballot, long first, Voters voters) {
    this.ballot = ballot;
    this.first = first;
    this.voters = voters;
    this.top = first - 1;
  }

  /** Takes a part, if it is of this ballot, from a voter, and the next that was missing. */
  void add(int from, Promise part) {
    if (!part.ballot().equals(ballot) || part.first() != first || !voters.contains(from)) {
      return;
    }
    Coverage coverage = coverages.computeIfAbsent(from, node -> new Coverage());
    long next = coverage.next == 0 ? first : coverage.next;
    // Parts that are sent again may be cut elsewhere, so it is the range that counts.
    if (coverage.complete || part.from() > next || (part.next() != 0 && part.next() <= next)) {
      return;
    }
    part.reports().forEach(this::add);
    coverage.next = part.next();
    if (part.next() == 0) {
      coverage.complete = true;
      complete |= voters.bit(from);
    }
  }

  private void add(Report report) {
    if (report.instance() < first) {
      return;
    }
    best.merge(report.instance(), report, Recovery::better);
    top = Math.max(top, report.instance());
  }

  private static Report better(Report one, Report other) {
    Ballot first = one.accepted();
    Ballot second = other.accepted();
    Invariant.check(
        !Objects.equals(first, second) || one.value().equals(other.value()),
        first == null
            ? "Two values are reported chosen at one instance"
            : "Two values were accepted at one instance in one ballot");
    if (first == null) {
      return one;
    }
    return second == null || second.above(first) ? other : one;
  }

  /** From this instance on it is missing what a node holds; 0 if nothing is. */
  long missingFrom(int node) {
    Coverage coverage = coverages.get(node);
    return coverage == null ? first : coverage.next;
  }

  /** Whether complete promises of a majority are in. */
  boolean isComplete() {
    return voters.isMajority(complete);
  }

  /** Whether the promise of this node is in. */
  boolean has(int node) {
    return (complete & voters.bit(node)) != 0;
  }

  /** The highest instance that was reported; {@code first} - 1 if none. */
  long top() {
    return top;
  }

  /** What to propose at an instance from {@code first} to {@link #top}. */
  Value pick(long instance) {
    @Nullable Report report = best.get(instance);
    return report == null ? Value.NOOP : report.value();
  }
}
