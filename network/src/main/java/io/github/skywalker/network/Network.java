package io.github.skywalker.network;

import io.github.skywalker.api.Member;
import io.github.skywalker.proto.Envelope;

/**
 * Carries messages between nodes. It may lose, repeat across connections and delay them; it keeps
 * the order on one connection, never blocks and never throws. May be called by any thread.
 */
public interface Network extends AutoCloseable {

  /** Two connections to each peer, so that bulk never holds up a vote or a heartbeat. */
  enum Lane {
    /** Votes, heartbeats, forwarded proposals. */
    PROMPT,
    /** Streamed logs and checkpoints. */
    BULK
  }

  /**
   * Sends a message, or drops it: if the node is not known or not connected, or its queue is full.
   *
   * @param node the id of the receiver, another node than this one
   */
  void send(int node, Lane lane, Envelope message);

  /** Makes a peer known, or gives it another address; connects to it, and keeps trying. */
  void know(Member peer);

  /** Forgets a peer and closes its connections. */
  void forget(int node);

  /** Closes all connections and frees the port; waits for it. Nothing is received afterwards. */
  @Override
  void close();

  /** Takes what arrives. Its methods are called on the network's loop, and must not block. */
  interface Receiver {

    /**
     * A message has arrived; the order on one connection is kept.
     *
     * @param node the id of the sender, by its handshake
     * @param boot the boot count of the sender, by its handshake
     */
    void received(int node, int boot, Envelope message);

    /**
     * The prompt connections to a peer and from it are open: it can be asked what was missed, and
     * its answer can be heard.
     *
     * @param peer as it says itself where it can be reached
     */
    void connected(Member peer, int boot);

    /** One of the two is gone. The next {@link #connected} may follow at once. */
    void disconnected(int node);
  }
}
