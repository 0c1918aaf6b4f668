package io.github.skywalker.examples.benchmark;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.Execution;
import io.github.skywalker.api.StateMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Counts what it executes, and keeps a hash of it, so that replicas can be compared. It has
 * checkpoints, so that the log is cleaned in a long run as it is with a machine of use.
 */
final class CountingMachine implements StateMachine, Checkpoint {

  private static final String FILE = "digest";

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

  @Override
  public Optional<Checkpoint> checkpoint() {
    return Optional.of(this);
  }

  @Override
  public Snapshot capture() {
    Digest captured = digest;
    return new Snapshot() {
      @Override
      public void writeTo(Path directory) throws IOException {
        Files.writeString(directory.resolve(FILE), captured.toString());
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void restore(long instance, Path directory) throws IOException {
    digest = Digest.parse(Files.readString(directory.resolve(FILE)));
  }

  Digest digest() {
    return digest;
  }
}
