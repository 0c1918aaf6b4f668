package io.github.skywalker.api;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The user's part of a group: what is chosen is executed here, in the same order on every node.
 *
 * <p>All methods of one machine are called on the group's apply loop: one at a time, each seeing
 * what those before it did, by whichever of the node's threads runs that loop then. {@code execute}
 * must be deterministic: the same values in the same order give the same state on every node, with
 * no clock, no randomness and nothing of the machine's surroundings in between. It may take its
 * time, and holds up only the groups on its own apply loop.
 */
public interface StateMachine {

  /** The smallest id that a user's machine may have; smaller ones are built in. */
  int FIRST_USER_MACHINE_ID = 1001;

  /** The id that proposals name; at least {@link #FIRST_USER_MACHINE_ID}, unique in its group. */
  int machineId();

  /**
   * Executes one value.
   *
   * @param execution the value and its place
   * @return what the callback of the proposer gets, on the node that proposed it; null is fine
   * @throws Exception a fault, not an answer: the group halts on this node, since nobody can tell
   *     how far the machine came, and its {@link GroupListener} is told why. An operation that
   *     fails for a reason of the application's returns that as its output instead.
   */
  @Nullable Object execute(Execution execution) throws Exception;

  /**
   * Executes all that one instance decided for this machine, at once. The default loops over {@link
   * #execute}; a machine that can write a batch cheaper than its parts overrides this.
   *
   * @param executions in order
   * @return the outputs, as many and in the same order
   * @throws Exception as {@link #execute}
   */
  default @Nullable Object[] executeAll(List<Execution> executions) throws Exception {
    @Nullable Object[] outputs = new @Nullable Object[executions.size()];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = execute(executions.get(i));
    }
    return outputs;
  }

  /**
   * The instance up to which this machine holds everything already, asked once before the first
   * execution: 0 (the default) for a machine that starts empty, or what a machine with durable
   * state of its own has on its disk. Instances up to it are not executed again.
   */
  default long executedUpTo() {
    return 0;
  }

  /** How to save and load the state; empty (the default) for a machine that replays the log. */
  default Optional<Checkpoint> checkpoint() {
    return Optional.empty();
  }
}
