package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The open instances of one ballot, and its count: instance k is chosen by it when a majority has
 * accepted k, and everything of the ballot below k is chosen by it. A majority above a hole means
 * nothing yet.
 */
final class Window {

  /** One open instance. */
  static final class Open {
    final long instance;
    final Value value;
    private long accepted;
    private final long ownSerial;

    private Open(long instance, Value value, long ownSerial) {
      this.instance = instance;
      this.value = value;
      this.ownSerial = ownSerial;
    }

    boolean isAcceptedBy(long bit) {
      return (accepted & bit) != 0;
    }
  }

  private final Voters voters;
  private final long ownBit;
  private final ArrayDeque<Open> open = new ArrayDeque<>();
  private long next;

  Window(long first, Voters voters, int self) {
    this.next = first;
    this.voters = voters;
    this.ownBit = voters.bit(self);
  }

  /** The instance that the next value takes. */
  long next() {
    return next;
  }

  /** The highest instance that is chosen by this ballot's count; {@code first} - 1 if none. */
  long counted() {
    return next - 1 - open.size();
  }

  int size() {
    return open.size();
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  /** Opens the next instance; an instance is opened once, so it has one value in this ballot. */
  void open(Value value, long ownSerial) {
    open.add(new Open(next, value, ownSerial));
    next++;
  }

  /** Counts a vote of another node. */
  void accepted(long instance, int node) {
    Open found = find(instance);
    if (found != null) {
      found.accepted |= voters.bit(node);
    }
  }

  private @Nullable Open find(long instance) {
    if (instance <= counted() || instance >= next) {
      return null;
    }
    for (Open each : open) {
      if (each.instance == instance) {
        return each;
      }
    }
    return null;
  }

  /** Takes out the lowest open instance, if it is chosen by the count now. */
  @Nullable Open pollChosen(Outbox disk) {
    Open first = open.peek();
    if (first == null) {
      return null;
    }
    long votes = first.accepted | (disk.isDurable(first.ownSerial) ? ownBit : 0);
    if (!voters.isMajority(votes)) {
      return null;
    }
    return open.poll();
  }

  /** The lowest open instances that a node has not accepted. */
  List<Open> missing(int node, int most) {
    List<Open> missing = new ArrayList<>();
    long bit = voters.bit(node);
    for (Open each : open) {
      if (!each.isAcceptedBy(bit) && missing.size() < most) {
        missing.add(each);
      }
    }
    return missing;
  }
}
