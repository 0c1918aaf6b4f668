package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.Execution;
import io.github.skywalker.api.StateMachine;
import io.github.skywalker.storage.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

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
  private final Figures figures;
  private final Disk disk;
  private final int fillBytes;
  private final Saved saved = new Saved();
  private int open;
  private final MachineDisk held;
  private final BooleanSupplier ends;
  private final long heldUpTo;
  private int executed;
  private long state;

  /**
   * Starts empty, or with what its disk holds.
   *
   * @param states what the same machine's state was on whichever node came first, by place
   * @param held what it holds already; null if it starts empty
   * @param ends whether its process ends in the middle of a restore; asked once in each
   */
  RecordingMachine(
      int id,
      int node,
      Disk disk,
      int fillBytes,
      ChosenLog chosen,
      List<Long> states,
      MachineDisk held,
      BooleanSupplier ends,
      Judge judge,
      Figures figures) {
    this.figures = figures;
    this.disk = disk;
    this.fillBytes = fillBytes;
    this.id = id;
    this.node = node;
    this.chosen = chosen;
    this.states = states;
    this.judge = judge;
    this.held = held;
    this.ends = ends;
    if (held == null) {
      heldUpTo = 0;
    } else {
      held.reopen();
      heldUpTo = held.instance();
      executed = held.executed();
      state = executed == 0 ? 0 : states.get(executed - 1);
    }
  }

  @Override
  public long executedUpTo() {
    return heldUpTo;
  }

  @Override
  public Object[] executeAll(List<Execution> executions) {
    Object[] outputs = new Object[executions.size()];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = execute(executions.get(i));
    }
    if (held != null) {
      held.called(executions.get(0).instance(), executed);
    }
    return outputs;
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

  /* Its checkpoints: one file that matters, and some that make the way longer. */

  private final class Saved implements Checkpoint {

    @Override
    public Snapshot capture() {
      int executedNow = executed;
      long stateNow = state;
      open++;
      return new Snapshot() {
        @Override
        public void writeTo(Path directory) throws IOException {
          ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + Long.BYTES);
          write(directory.resolve("state"), bytes.putInt(executedNow).putLong(stateNow).flip());
          Path below = directory.resolve("below");
          disk.createDirectories(below);
          write(below.resolve("fill"), ByteBuffer.wrap(fill(executedNow)));
          write(below.resolve("nothing"), ByteBuffer.allocate(0));
          figures.count("checkpoints written");
        }

        @Override
        public void close() {
          open--;
        }
      };
    }

    @Override
    public void restore(long instance, Path directory) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + Long.BYTES);
      read(directory.resolve("state"), bytes);
      executed = bytes.flip().getInt();
      state = bytes.getLong();
      if (held != null) {
        held.restoring(instance);
      }
      if (ends.getAsBoolean()) {
        throw new IOException("the process has ended");
      }
      if (held != null) {
        held.restored(instance, executed);
      }
      ByteBuffer found = ByteBuffer.allocate(fillBytes);
      read(directory.resolve("below").resolve("fill"), found);
      long due = chosen.due(id).stream().filter(each -> each.instance() <= instance).count();
      boolean same = executed == 0 ? state == 0 : states.get(executed - 1) == state;
      if (executed != due || !same || !Arrays.equals(found.array(), fill(executed))) {
        judge.fail(
            "11 equal states at equal instances",
            "node %d loads a checkpoint at %d with %d executions; due are %d",
            node,
            instance,
            executed,
            due);
      }
    }

    private byte[] fill(int of) {
      byte[] bytes = new byte[fillBytes];
      new SplittableRandom(of).nextBytes(bytes);
      return bytes;
    }

    private void write(Path path, ByteBuffer bytes) throws IOException {
      try (Disk.DiskFile file = disk.open(path)) {
        file.write(bytes, 0);
      }
    }

    private void read(Path path, ByteBuffer into) throws IOException {
      try (Disk.DiskFile file = disk.open(path)) {
        file.read(into, 0);
        if (into.hasRemaining() || file.size() > into.capacity()) {
          throw new IOException(path + " has " + file.size() + " bytes");
        }
      }
    }
  }

  @Override
  public Optional<Checkpoint> checkpoint() {
    return Optional.of(saved);
  }

  /** How many captures were not let go of. */
  int openCaptures() {
    return open;
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
