package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;

/** Holds every answer that a client gets against what is true. */
final class Answers {

  private static final EnumSet<Status> REFUSALS =
      EnumSet.of(
          Status.NOT_MASTER,
          Status.INVALID_NODE,
          Status.CONFLICT,
          Status.OVERLOADED,
          Status.TOO_LARGE,
          Status.HALTED,
          Status.STOPPED);

  /** The proposals of one life in one group, whose answers come in their order. */
  private record Lane(Life life, int group) {}

  private final Judge judge;
  private final Oracle oracle;
  private final Figures figures;
  private final Trace trace;
  private final Machines machines;
  private final Map<Lane, Long> lastAnswered = new HashMap<>();
  private Operation calling;

  Answers(Judge judge, Oracle oracle, Figures figures, Trace trace, Machines machines) {
    this.judge = judge;
    this.oracle = oracle;
    this.figures = figures;
    this.trace = trace;
    this.machines = machines;
  }

  /** The node is being called: an answer that comes before the call returns is a refusal. */
  void calling(Operation operation) {
    calling = operation;
  }

  void called() {
    calling = null;
  }

  private void take(Operation operation, Status status) {
    trace.mix(operation.number * 31 + status.name().hashCode());
    trace.line(operation.life.host().id(), "answer to %s: %s", operation, status);
    figures.count(operation.kind.name().toLowerCase(java.util.Locale.ROOT) + ": " + status);
    if (operation.status != null) {
      judge.fail(
          "15 each callback once",
          "%s was answered %s, and again %s",
          operation,
          operation.status,
          status);
    }
    if (!operation.life.isAlive()) {
      judge.fail("15 each callback once", "%s was answered by a dead process", operation);
    }
    operation.status = status;
  }

  /** The answer to a proposal. */
  void proposal(Operation operation, ProposeResult result) {
    Status status = result.status();
    take(operation, status);
    if (calling == operation) {
      if (!REFUSALS.contains(status)) {
        judge.fail("15 the fate is true", "%s was refused with %s", operation, status);
      }
    } else {
      Lane lane = new Lane(operation.life, operation.group);
      Long before = lastAnswered.put(lane, operation.number);
      if (before != null && before > operation.number) {
        judge.fail(
            "15 callbacks in the order of submission",
            "%s was answered after %d",
            operation,
            before);
      }
    }
    switch (status.fate()) {
      case APPLIED -> applied(operation, result);
      case NEVER -> {
        if (operation.executedAt != 0) {
          judge.fail(
              "15 the fate is true",
              "%s was answered %s, and was executed at %d",
              operation,
              status,
              operation.executedAt);
        }
      }
      case UNKNOWN -> {}
    }
  }

  private void applied(Operation operation, ProposeResult result) {
    RecordingMachine machine = machines.of(operation.life, operation.group, operation.machine);
    boolean applied = operation.executedAt != 0 && operation.place < machine.executed();
    boolean covered = result.instance() == 0 && result.output() == null;
    if (!applied || (!covered && result.instance() != operation.executedAt)) {
      judge.fail(
          "15 the fate is true",
          "%s was answered OK at %d; it is executed at %d, and the machine has executed %d",
          operation,
          result.instance(),
          operation.executedAt,
          machine.executed());
    } else if (covered) {
      figures.count("entries answered by a checkpoint");
    } else if (!machine.stateAt(operation.place).equals(result.output())) {
      judge.fail("15 the fate is true", "%s was answered with another's output", operation);
    }
  }

  /** The answer to a membership change. */
  void change(Operation operation, ProposeResult result) {
    take(operation, result.status());
    boolean is = operation.executedAt != 0;
    boolean wrong =
        switch (result.status().fate()) {
          case APPLIED -> !is || operation.executedAt != result.instance();
          case NEVER -> is;
          case UNKNOWN -> false;
        };
    if (wrong) {
      judge.fail(
          "15 the fate is true",
          "%s, for %s, was answered %s at %d; it took effect at %d",
          operation,
          operation.steps,
          result.status(),
          result.instance(),
          operation.executedAt);
    }
  }

  /** The answer to a request to retire. */
  void retirement(Operation operation, ProposeResult result) {
    take(operation, result.status());
  }

  /** A read barrier is complete, or has failed. */
  void read(Operation operation, Long instance, Throwable fault) {
    if (fault != null) {
      take(operation, fault instanceof NodeException known ? known.status() : Status.HALTED);
      return;
    }
    take(operation, Status.OK);
    Seat seat = oracle.group(operation.group).seat(operation.life.host());
    if (instance < operation.required || seat.appliedUpTo() < operation.required) {
      judge.fail(
          "20 reads linearizable",
          "%s may read at %d, with %d applied; %d had been applied before the call",
          operation,
          instance,
          seat.appliedUpTo(),
          operation.required);
    }
  }
}
