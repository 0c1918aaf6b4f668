package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.Status;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** One call of a client, and what is known of its fate. */
final class Operation {

  enum Kind {
    PROPOSAL,
    READ,
    CHANGE,
    RETIREMENT
  }

  final long number;
  final Kind kind;
  final Life life;
  final int group;
  final int machine;

  /** Of a change: what it asks for. */
  long expectedVersion;

  List<MembershipChange> steps = List.of();

  /** Of a change: the numbers that the node has given it, a new one each time it tries. */
  final Set<Long> requests = new TreeSet<>();

  /** Of a read: what must be applied when it completes. */
  long required;

  /** When it was asked, and under which mastership, where that matters; else 0. */
  long askedAt;

  long askedUnder;

  /** What the client was told; null while it waits. */
  Status status;

  /** The instance that executed it, by the chosen log; 0 if none has. */
  long executedAt;

  /** Its place among the executions of its machine, from 0 up. */
  int place;

  Operation(long number, Kind kind, Life life, int group, int machine) {
    this.number = number;
    this.kind = kind;
    this.life = life;
    this.group = group;
    this.machine = machine;
  }

  @Override
  public String toString() {
    return kind
        + " "
        + number
        + " of node "
        + life.host().id()
        + "."
        + life.boot()
        + " in group "
        + group;
  }
}
