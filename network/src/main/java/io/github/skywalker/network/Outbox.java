package io.github.skywalker.network;

import io.github.skywalker.proto.Envelope;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait for one connection, bounded in bytes: put in by any thread, taken out by the
 * network's, which is woken once for all that gathers until it comes.
 */
final class Outbox {

  static final String NOT_CONNECTED = "not connected";
  static final String FULL = "queue full";
  static final String TOO_LARGE = "larger than a frame may be";

  /** Messages are gathered into a frame up to this size; a larger message has its own. */
  static final int TARGET_PAYLOAD_BYTES = 128 << 10;

  /** Counted for each message beside its bytes: what its objects take, roughly. */
  static final int MESSAGE_OVERHEAD_BYTES = 128;

  private final long maxBytes;
  private final int maxPayloadBytes;
  private final Runnable wake;
  private final Queue<Envelope> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicBoolean awake = new AtomicBoolean();
  private final List<Envelope> batch = new ArrayList<>();
  private volatile boolean accepting;

  /**
   * Makes an empty one that does not accept anything yet.
   *
   * @param wake makes the network's thread look, soon
   */
  Outbox(long maxBytes, int maxPayloadBytes, Runnable wake) {
    this.maxBytes = maxBytes;
    this.maxPayloadBytes = maxPayloadBytes;
    this.wake = wake;
  }

  void accepting(boolean newAccepting) {
    this.accepting = newAccepting;
  }

  /**
   * Takes a message, by any thread. However small the bound, one message always fits: else it would
   * never be sent.
   *
   * @return null, or why it was not taken
   */
  @Nullable String offer(Envelope message) {
    if (!accepting) {
      return NOT_CONNECTED;
    }
    int bytes = message.getSerializedSize();
    if (Frames.sizeInFrame(bytes) > maxPayloadBytes) {
      return TOO_LARGE;
    }
    long cost = cost(bytes);
    long after = queuedBytes.addAndGet(cost);
    if (after > maxBytes && after > cost) {
      queuedBytes.addAndGet(-cost);
      return FULL;
    }
    queue.add(message);
    wakeUp();
    return null;
  }

  /**
   * Before the network's thread sleeps: from here on a new message wakes it.
   *
   * @return whether it may sleep; otherwise there is more to take out already
   */
  boolean sleep() {
    awake.set(false);
    return queue.isEmpty() || !awake.compareAndSet(false, true);
  }

  /** Takes out as many messages as fit into a frame; null if there is none. */
  @Nullable ByteBuf nextFrame(ByteBufAllocator buffers) {
    int payloadBytes = 0;
    long taken = 0;
    for (Envelope next = queue.peek(); next != null; next = queue.peek()) {
      int bytes = next.getSerializedSize();
      int framed = Frames.sizeInFrame(bytes);
      if (payloadBytes > 0
          && payloadBytes + framed > Math.min(TARGET_PAYLOAD_BYTES, maxPayloadBytes)) {
        break;
      }
      queue.remove();
      batch.add(next);
      payloadBytes += framed;
      taken += cost(bytes);
    }
    if (batch.isEmpty()) {
      return null;
    }
    try {
      return Frames.of(buffers, batch, payloadBytes);
    } finally {
      batch.clear();
      queuedBytes.addAndGet(-taken);
    }
  }

  /** Throws away what waits; returns how many messages that were. */
  int clear() {
    int dropped = 0;
    for (Envelope next = queue.poll(); next != null; next = queue.poll()) {
      queuedBytes.addAndGet(-cost(next.getSerializedSize()));
      dropped++;
    }
    return dropped;
  }

  private void wakeUp() {
    if (!awake.get() && awake.compareAndSet(false, true)) {
      wake.run();
    }
  }

  private static long cost(int bytes) {
    return (long) bytes + MESSAGE_OVERHEAD_BYTES;
  }
}
