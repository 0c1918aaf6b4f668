package io.github.skywalker.network;

import com.google.protobuf.InvalidProtocolBufferException;
import io.github.skywalker.proto.Hello;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of a connection, from its handshake to its end. Whatever goes wrong on it, or is wrong
 * with it, closes it; all its methods run on the network's thread.
 */
abstract class Connection extends SimpleChannelInboundHandler<ByteBuf> {

  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  static final String OUT_OF_TURN = "it speaks out of turn";
  static final String STALE_BOOT = "its boot count is lower than one that was seen";

  /** How far it has come. */
  private enum Phase {
    /** The other end has not said who it is. */
    GREETING,
    /** Whether the other end may speak is being looked up. */
    ADMITTING,
    /** Both ends know each other. */
    OPEN,
    /** It is closed, or will be as soon as the last word is written. */
    CLOSED
  }

  private final Handshake handshake;
  private final @Nullable Tls tls;
  private final Reporter reporter;
  private final int handshakeMillis;
  private Phase phase = Phase.GREETING;
  private @Nullable Channel channel;
  private @Nullable Future<?> timeout;

  Connection(Handshake handshake, @Nullable Tls tls, Reporter reporter, int handshakeMillis) {
    this.handshake = handshake;
    this.tls = tls;
    this.reporter = reporter;
    this.handshakeMillis = handshakeMillis;
  }

  /** Who is at the other end, for the log. */
  abstract String peerName();

  /** It can be spoken on, and whoever listens there has a certificate, if that is asked for. */
  abstract void secured();

  /** The other end says who it is: answers, or calls {@link #admit}. */
  abstract void greeted(Hello hello);

  /** The other end may speak: calls {@link #open}, or closes. */
  abstract void admitted(Identity peer);

  /** The other end is known, and refused. */
  abstract void refused(String reason);

  /** A frame has come on the open connection. */
  abstract void frame(ByteBuf payload) throws InvalidProtocolBufferException;

  /** It has ended; called once. */
  abstract void ended();

  final Handshake handshake() {
    return handshake;
  }

  final Reporter reporter() {
    return reporter;
  }

  /** The channel, once there is one. */
  final Channel channel() {
    Channel is = channel;
    if (is == null) {
      throw new IllegalStateException("There is no channel yet");
    }
    return is;
  }

  final boolean isClosed() {
    return phase == Phase.CLOSED;
  }

  /** Looks up whether the other end may speak. */
  final void admit(Identity peer) {
    phase = Phase.ADMITTING;
    handshake.admit(
        peer,
        channel().eventLoop(),
        reason -> {
          if (phase != Phase.ADMITTING) {
            return;
          }
          if (reason != null) {
            refused(reason);
          } else {
            admitted(peer);
          }
        });
  }

  /** Why the other end cannot be this node; null if nothing speaks against it. */
  final @Nullable String flawOfCertificate(int node) {
    return tls == null ? null : tls.flaw(channel(), node);
  }

  /** From here on frames are taken. */
  final void open() {
    phase = Phase.OPEN;
    cancelTimeout();
  }

  /** Refuses what came, and closes. */
  final void fail(String reason) {
    if (phase != Phase.CLOSED) {
      reporter.refused(peerName(), reason);
      close();
    }
  }

  /** Refuses what came, says so to the other end, and closes when that is written. */
  final void fail(String reason, Hello lastWord) {
    if (phase != Phase.CLOSED) {
      phase = Phase.CLOSED;
      reporter.refused(peerName(), reason);
      channel()
          .writeAndFlush(Frames.of(channel().alloc(), lastWord))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Closes; the rest follows when the channel is closed. */
  final void close() {
    phase = Phase.CLOSED;
    if (channel != null) {
      var unused = channel.close();
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
    channel.closeFuture().addListener(done -> channelClosed());
    timeout = channel.eventLoop().schedule(this::timedOut, handshakeMillis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (tls == null) {
      secured();
    }
    context.fireChannelActive();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshaken && phase != Phase.CLOSED) {
      if (handshaken.isSuccess()) {
        secured();
      } else {
        // It is closed by who says so, when the other end was told why.
        encryptionFailed(handshaken.cause());
        phase = Phase.CLOSED;
      }
    }
    context.fireUserEventTriggered(event);
  }

  private void encryptionFailed(Throwable cause) {
    String reason = Tls.reason(cause);
    if (reason == null) {
      return; // The other end is gone.
    }
    if (reason.contains(Tls.ALERT)) {
      reporter.refusedBy(peerName(), reason);
    } else {
      reporter.refused(peerName(), reason);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf payload) {
    try {
      switch (phase) {
        case GREETING -> greeted(Hello.parseFrom(payload.nioBuffer()));
        case ADMITTING -> fail(OUT_OF_TURN);
        case OPEN -> frame(payload);
        case CLOSED -> {}
      }
    } catch (InvalidProtocolBufferException notOurs) {
      fail("a frame cannot be parsed");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof BadFrameException) {
      fail(String.valueOf(cause.getMessage()));
      return;
    }
    if (phase == Phase.CLOSED) {
      return; // What follows on what was said already.
    }
    if (Tls.reason(cause) != null) {
      encryptionFailed(cause);
    } else if (!(cause instanceof java.io.IOException)) {
      log.error("A connection with {} failed, and is closed.", peerName(), cause);
    }
    close();
  }

  private void timedOut() {
    fail("the handshake took longer than " + handshakeMillis + " ms");
    // Also if the last word is what takes so long.
    close();
  }

  private void channelClosed() {
    phase = Phase.CLOSED;
    cancelTimeout();
    ended();
  }

  private void cancelTimeout() {
    if (timeout != null) {
      timeout.cancel(false);
      timeout = null;
    }
  }
}
