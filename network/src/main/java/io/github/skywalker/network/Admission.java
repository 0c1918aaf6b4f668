package io.github.skywalker.network;

import java.util.concurrent.CompletionStage;

/**
 * Decides which nodes may speak with this one. It is asked in every handshake, in both directions,
 * before the connection is used: so that a node id whose votes were lost with its disk is noticed.
 */
@FunctionalInterface
public interface Admission {

  /**
   * Whether a node may speak, by the data directory that it says it has. Called by the network's
   * thread, so it must not block: what has to be written down first is written by another thread,
   * which then completes the answer. An answer that fails, or takes longer than the handshake may,
   * is a refusal.
   *
   * @param nodeId the id of the other node, never this one's
   * @param dataId the random id of its data directory; the callee's own from here on
   */
  CompletionStage<Boolean> admit(int nodeId, byte[] dataId);
}
