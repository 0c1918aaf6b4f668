package io.github.skywalker.network;

import io.github.skywalker.api.Member;
import io.github.skywalker.network.Network.Receiver;
import io.github.skywalker.proto.Envelope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the network's thread from what a receiver throws, and a receiver from a closed network. */
final class GuardedReceiver implements Receiver {

  private static final Logger log = LoggerFactory.getLogger(GuardedReceiver.class);

  private final Receiver receiver;
  private volatile boolean closed;

  GuardedReceiver(Receiver receiver) {
    this.receiver = receiver;
  }

  /** Nothing is passed on from here on. */
  void close() {
    closed = true;
  }

  @Override
  public void received(int node, int boot, Envelope message) {
    if (closed) {
      return;
    }
    try {
      receiver.received(node, boot, message);
    } catch (RuntimeException fault) {
      log.error("A message of node {} could not be taken; it is lost.", node, fault);
    }
  }

  @Override
  public void connected(Member peer, int boot) {
    if (!closed) {
      runSafely(() -> receiver.connected(peer, boot));
    }
  }

  @Override
  public void disconnected(int node) {
    if (!closed) {
      runSafely(() -> receiver.disconnected(node));
    }
  }

  private static void runSafely(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException fault) {
      log.error("What takes the network's news failed; the network goes on.", fault);
    }
  }
}
