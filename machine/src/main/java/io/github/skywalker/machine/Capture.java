package io.github.skywalker.machine;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.StateMachine;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * All machines of a group at one instance: captured together on the apply loop, written one by one
 * in the background, and let go of in the end, whatever happens.
 */
public final class Capture implements AutoCloseable {

  private final long instance;
  private final Map<Integer, Checkpoint.Snapshot> snapshots = new TreeMap<>();

  private Capture(long instance) {
    this.instance = instance;
  }

  /** Captures all; if one fails, those before it are let go of. */
  static Capture of(long instance, Collection<StateMachine> machines) throws IOException {
    Capture capture = new Capture(instance);
    try {
      for (StateMachine machine : machines) {
        Checkpoint checkpoint = machine.checkpoint().orElse(null);
        if (checkpoint == null) {
          throw new IOException("Machine " + machine.machineId() + " has no checkpoints");
        }
        capture.snapshots.put(machine.machineId(), checkpoint.capture());
      }
      return capture;
    } catch (IOException | RuntimeException | Error failed) {
      capture.close();
      throw failed;
    }
  }

  /** Everything up to this instance is in it, and nothing above it. */
  public long instance() {
    return instance;
  }

  /** What each machine has captured, by its id. */
  public Map<Integer, Checkpoint.Snapshot> snapshots() {
    return snapshots;
  }

  /** Lets go of all, even if one of them fails at that. */
  @Override
  public void close() {
    RuntimeException failed = null;
    for (Checkpoint.Snapshot snapshot : snapshots.values()) {
      try {
        snapshot.close();
      } catch (RuntimeException fault) {
        failed = fault;
      }
    }
    snapshots.clear();
    if (failed != null) {
      throw failed;
    }
  }
}
