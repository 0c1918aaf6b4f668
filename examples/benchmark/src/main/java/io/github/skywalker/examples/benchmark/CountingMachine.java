package io.github.skywalker.examples.benchmark;

import io.github.skywalker.api.Execution;
import io.github.skywalker.api.StateMachine;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Counts what it executes, and keeps a hash of it, so that replicas can be compared. */
final class CountingMachine implements StateMachine {

  /** Written by the apply loop only. */
  private volatile Digest digest = Digest.NOTHING;

  @Override
  public int machineId() {
    return FIRST_USER_MACHINE_ID;
  }

  @Override
  public @Nullable Object execute(Execution execution) {
    executeAll(List.of(execution));
    return null;
  }

  @Override
  @SuppressWarnings("NullAway") // does not see the annotation of the elements in another module
  public @Nullable Object[] executeAll(List<Execution> executions) {
    long hash = digest.hash();
    for (Execution execution : executions) {
      hash = Digest.mix(hash, execution.value());
    }
    digest = new Digest(digest.executed() + executions.size(), hash);
    return new @Nullable Object[executions.size()];
  }

  Digest digest() {
    return digest;
  }
}
