package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.Execution;
import io.github.skywalker.api.StateMachine;
import java.util.List;

/**
 * The user's machine of the simulator: its state is a hash of all that it executed, and each
 * execution is held against what the group has chosen.
 */
final class RecordingMachine implements StateMachine {

  private final int id;
  private final int node;
  private final ChosenLog chosen;
  private final List<Long> states;
  private final Judge judge;
  private int executed;
  private long state;

  /**
   * Starts empty.
   *
   * @param states what the same machine's state was on whichever node came first, by place
   */
  RecordingMachine(int id, int node, ChosenLog chosen, List<Long> states, Judge judge) {
    this.id = id;
    this.node = node;
    this.chosen = chosen;
    this.states = states;
    this.judge = judge;
  }

  @Override
  public int machineId() {
    return id;
  }

  @Override
  public Object execute(Execution execution) {
    long operation = Payload.operation(execution.value());
    List<ChosenLog.Due> due = chosen.due(id);
    ChosenLog.Due expected = executed < due.size() ? due.get(executed) : null;
    if (expected == null
        || expected.instance() != execution.instance()
        || expected.operation().number != operation
        || expected.operation().life.host().id() != execution.origin()) {
      judge.fail(
          "10 execution without gap or repeat",
          "node %d executes operation %d at instance %d of group %d; due is %s",
          node,
          operation,
          execution.instance(),
          execution.group(),
          expected);
    }
    executed++;
    state = (state * 31 + operation) * 31 + execution.instance();
    if (states.size() < executed) {
      states.add(state);
    } else if (states.get(executed - 1) != state) {
      judge.fail(
          "11 equal states at equal instances",
          "node %d, group %d, instance %d",
          node,
          execution.group(),
          execution.instance());
    }
    return state;
  }

  /** Its state after one of its executions, which was that one's output. */
  Long stateAt(int place) {
    return states.get(place);
  }

  /** How much it has executed. */
  int executed() {
    return executed;
  }
}
