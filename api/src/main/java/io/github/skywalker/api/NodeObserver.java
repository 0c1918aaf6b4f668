package io.github.skywalker.api;

import java.time.Duration;

/**
 * Hooks for metrics: one method for each thing worth counting, all empty by default. They are
 * called where the thing happens, on threads of the library's: they must return at once and must
 * not call the node.
 */
public interface NodeObserver {

  /** An observer of nothing. */
  NodeObserver NONE = new NodeObserver() {};

  /** A proposal was answered; the time is from the call of {@code propose} to its callback. */
  default void answered(int group, Status status, Duration time) {}

  /** The log synced one batch, with this many records and bytes, in this time. */
  default void synced(int records, long bytes, Duration time) {}

  /** A value was chosen and handed to the machines, with this many entries. */
  default void decided(int group, long instance, int entries) {}

  /** This node began to ask for promises, in this round. */
  default void preparing(int group, long round) {}

  /** This node became (or is no longer) prepared to propose. */
  default void prepared(int group, boolean prepared) {}

  /** A message that was to go to a node was dropped, for example because its queue was full. */
  default void dropped(int toNode, String reason) {}

  /** A frame or message from outside was refused. */
  default void refused(String peer, String reason) {}

  /**
   * Another node does not let this one speak, for this reason: for example since this one has
   * another data directory than the node that it knows by the same id.
   */
  default void refusedBy(String peer, String reason) {}

  /** A checkpoint was written, with this many bytes, and is durable. */
  default void checkpointed(int group, long instance, long bytes, Duration time) {}

  /** A checkpoint has come from another node, is verified and durable. */
  default void checkpointReceived(int group, int fromNode, long instance, long bytes) {}

  /** A checkpoint was to be taken, and was not. */
  default void checkpointFailed(int group, String reason) {}

  /** The machines have loaded a checkpoint. */
  default void restored(int group, long instance) {}

  /** The log holds nothing any more up to this instance. */
  default void cleaned(int group, long upToInstance) {}

  /** A machine has not come back from one call for this time. */
  default void machineBlocked(int group, int machineId, Duration time) {}
}
