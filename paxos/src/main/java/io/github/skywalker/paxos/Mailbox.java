package io.github.skywalker.paxos;

import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.util.RunLoop;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What other nodes have said and a loop has not taken up yet, bounded in bytes. Beyond the bound it
 * is dropped, as by a network: whoever needs it says it again. Only what comes from outside goes
 * this way; what a node tells itself is never dropped.
 */
final class Mailbox {

  /** Counted for each message beside its bytes: what its objects take, roughly. */
  static final int MESSAGE_OVERHEAD_BYTES = 256;

  private static final Logger log = LoggerFactory.getLogger(Mailbox.class);

  private final RunLoop loop;
  private final String name;
  private final long maxBytes;
  private final NodeObserver observer;

  /** All that ever came in; waiting is what the loop has not taken of it. */
  private final AtomicLong cameBytes = new AtomicLong();

  private final AtomicLong droppedMessages = new AtomicLong();

  /** Written by the loop alone. */
  private volatile long takenBytes;

  private volatile boolean overflows;

  /**
   * Made with its loop.
   *
   * @param name of the loop, for the log
   * @param maxBytes beyond which messages are dropped; however small, one always fits
   * @param observer told of each message that is dropped
   */
  Mailbox(RunLoop loop, String name, long maxBytes, NodeObserver observer) {
    this.loop = loop;
    this.name = name;
    this.maxBytes = maxBytes;
    this.observer = observer;
  }

  /** What a message counts for. */
  static long cost(Envelope message) {
    return MESSAGE_OVERHEAD_BYTES + (long) message.getSerializedSize();
  }

  /**
   * Lets the loop take a message up, unless too much waits already: at once, where the loop itself
   * has received it. May be called by any thread.
   *
   * @param from the node that said it
   * @param cost what it counts for
   * @param task takes it up, on the loop
   */
  void offer(int from, long cost, Runnable task) {
    long waiting = cameBytes.addAndGet(cost) - takenBytes;
    if (waiting > maxBytes && waiting > cost) {
      cameBytes.addAndGet(-cost);
      dropped(from);
      return;
    }
    if (overflows && waiting <= maxBytes / 2) {
      overflows = false;
      log.info("Loop {} takes messages again; it has dropped {} by now.", name, dropped());
    }
    if (loop.inLoop()) {
      take(cost, task);
    } else {
      loop.execute(() -> take(cost, task));
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // Nobody else writes it.
  private void take(long cost, Runnable task) {
    takenBytes += cost;
    task.run();
  }

  private void dropped(int from) {
    droppedMessages.incrementAndGet();
    if (!overflows) {
      overflows = true;
      log.warn(
          "Loop {} lags by {} bytes of messages. What comes beyond is dropped.", name, maxBytes);
    }
    observer.refused("node " + from, "more than " + maxBytes + " bytes wait for loop " + name);
  }

  /** How many bytes wait. */
  long waitingBytes() {
    return cameBytes.get() - takenBytes;
  }

  /** How many messages it has dropped. */
  long dropped() {
    return droppedMessages.get();
  }
}
