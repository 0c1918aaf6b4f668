package io.github.skywalker.network;

import io.github.skywalker.network.Network.Lane;
import io.github.skywalker.proto.Envelope;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What goes to one peer on one lane: the messages that wait, the connection that takes them, and
 * the attempts to have one. Its methods run on the network's thread, except {@link #offer}.
 */
final class Link {

  private enum State {
    /** There was no attempt so far. On the bulk lane the first message begins it. */
    RESTING,
    /** A connection is being made. */
    DIALLING,
    /** Messages leave. */
    OPEN,
    /** The next attempt has to wait. */
    WAITING,
    /** There will be no further attempt. */
    CLOSED
  }

  private final Peer peer;
  private final Lane lane;
  private final Dialler dialler;
  private final EventLoop loop;
  private final Outbox outbox;
  private final Backoff backoff;
  private State state = State.RESTING;
  private @Nullable Outgoing connection;
  private @Nullable Identity other;
  private @Nullable Future<?> retry;
  private long openedNanos;

  Link(Peer peer, Lane lane, Dialler dialler, LinkLimits limits) {
    this.peer = peer;
    this.lane = lane;
    this.dialler = dialler;
    this.loop = dialler.loop();
    this.backoff = new Backoff(limits.reconnectNanos());
    Runnable flush = this::flush;
    this.outbox =
        new Outbox(
            limits.maxOutgoingBytes(),
            limits.maxFrameBytes(),
            () -> {
              try {
                loop.execute(flush);
              } catch (RejectedExecutionException closed) {
                // Then nothing is sent any more.
              }
            });
    // On a lane that rests the first message makes the connection, and waits for it.
    outbox.accepting(lane == Lane.BULK);
  }

  /**
   * Takes a message to send, by any thread.
   *
   * @return null, or why it was not taken
   */
  @Nullable String offer(Envelope message) {
    return outbox.offer(message);
  }

  Lane lane() {
    return lane;
  }

  /** Who is connected, if anyone is. */
  @Nullable Identity other() {
    return state == State.OPEN ? other : null;
  }

  boolean isStale(int boot) {
    return peer.isStale(boot);
  }

  /** Begins the first attempt, for a lane that does not rest; or the next one at once. */
  void dialNow() {
    if (state == State.RESTING || state == State.WAITING) {
      dial();
    }
  }

  /** Begins the next attempt at once, if one waits: there is reason to think that it succeeds. */
  void hurry() {
    if (state == State.WAITING) {
      backoff.reset();
      dial();
    }
  }

  /** Goes to the peer's new address. */
  void move() {
    if (state != State.RESTING && state != State.CLOSED) {
      drop("connected anew");
      backoff.reset();
      dial();
    }
  }

  /** Ends the connection to an earlier life of the peer. */
  void forgetBootsBefore(int boot) {
    if (state == State.OPEN && other != null && other.boot() < boot) {
      drop("the node was started anew");
      dial();
    }
  }

  /** Writes what waits, as far as it goes, and closes. */
  void close() {
    if (state == State.OPEN) {
      write();
    }
    drop("closed");
    state = State.CLOSED;
  }

  /** A handshake has succeeded. */
  void opened(Outgoing by, Identity node) {
    if (by != connection || state != State.DIALLING) {
      by.close();
      return;
    }
    state = State.OPEN;
    other = node;
    openedNanos = System.nanoTime();
    outbox.accepting(true);
    peer.opened(node);
    flush();
  }

  /** A connection has ended, or could not be made. */
  void ended(Outgoing by) {
    if (by != connection) {
      return;
    }
    if (state == State.OPEN && System.nanoTime() - openedNanos > backoff.maxPauseNanos()) {
      backoff.reset();
    }
    drop(Outbox.NOT_CONNECTED);
    retry = loop.schedule(this::dialNow, backoff.nextNanos(), TimeUnit.NANOSECONDS);
  }

  /** Writes what waits, as many frames as the connection takes, and lets them go at once. */
  void flush() {
    switch (state) {
      case OPEN -> write();
      case RESTING -> dial();
      case DIALLING -> {}
      case WAITING, CLOSED -> {
        do {
          dropWaiting(Outbox.NOT_CONNECTED);
        } while (!outbox.sleep());
      }
    }
  }

  private void write() {
    Channel channel = channel();
    do {
      boolean wrote = false;
      while (channel.isWritable()) {
        ByteBuf frame = outbox.nextFrame(channel.alloc());
        if (frame == null) {
          break;
        }
        var unused = channel.write(frame, channel.voidPromise());
        wrote = true;
      }
      if (wrote) {
        channel.flush();
      }
      if (!channel.isWritable()) {
        // No need to be woken for each message: the channel tells when it takes more.
        return;
      }
    } while (state == State.OPEN && !outbox.sleep());
  }

  private void dial() {
    cancelRetry();
    state = State.DIALLING;
    connection = dialler.connection(this, peer.nodeId(), lane);
    dialler.connect(connection, peer.member());
  }

  /** Lets go of the connection, the next attempt and what waits. */
  private void drop(String reason) {
    boolean wasOpen = state == State.OPEN;
    Outgoing was = connection;
    state = State.WAITING;
    connection = null;
    other = null;
    outbox.accepting(false);
    cancelRetry();
    if (was != null) {
      was.close();
    }
    dropWaiting(reason);
    // Whoever was to be woken is here; from now on a late message wakes again.
    flush();
    if (wasOpen) {
      peer.lost();
    }
  }

  private void dropWaiting(String reason) {
    for (int left = outbox.clear(); left > 0; left--) {
      peer.dropped(reason);
    }
  }

  private void cancelRetry() {
    if (retry != null) {
      retry.cancel(false);
      retry = null;
    }
  }

  private Channel channel() {
    Outgoing is = connection;
    if (is == null) {
      throw new IllegalStateException("An open link has a connection");
    }
    return is.channel();
  }
}
