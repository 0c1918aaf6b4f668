package io.github.skywalker.network;

import io.github.skywalker.network.Network.Receiver;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes connections from outside, up to a bound. When it is reached, the oldest that has not said
 * who it is makes room, so that strangers who say nothing do not lock the members out.
 */
final class Doorkeeper extends ChannelInitializer<Channel> {

  private final Handshake handshake;
  private final @Nullable Tls tls;
  private final Reporter reporter;
  private final Timeouts timeouts;
  private final Peers peers;
  private final Receiver receiver;
  private final int maxFrameBytes;
  private final int maxConnections;
  private final Set<Incoming> greeting = new LinkedHashSet<>();
  private final Set<Incoming> open = new LinkedHashSet<>();

  Doorkeeper(
      Handshake handshake,
      @Nullable Tls tls,
      Reporter reporter,
      Timeouts timeouts,
      Peers peers,
      Receiver receiver,
      int maxFrameBytes,
      int maxConnections) {
    this.handshake = handshake;
    this.tls = tls;
    this.reporter = reporter;
    this.timeouts = timeouts;
    this.peers = peers;
    this.receiver = receiver;
    this.maxFrameBytes = maxFrameBytes;
    this.maxConnections = maxConnections;
  }

  @Override
  protected void initChannel(Channel channel) {
    if (greeting.size() + open.size() >= maxConnections) {
      if (greeting.isEmpty()) {
        reporter.refused("a connection", "there are " + maxConnections + " already");
        var unused = channel.close();
        return;
      }
      greeting.iterator().next().fail("it makes room: there are too many connections");
    }
    Incoming incoming =
        new Incoming(handshake, tls, reporter, timeouts.handshakeMillis(), this, receiver);
    greeting.add(incoming);
    if (tls != null) {
      channel.pipeline().addLast(tls.handler(false));
    }
    channel.pipeline().addLast(new FrameDecoder(Handshake.MAX_HELLO_BYTES), incoming);
  }

  /** The peer that an admitted node is; from now on it is known, if it was not. */
  Peer peerOf(Identity admitted) {
    return peers.arrived(admitted.member());
  }

  /** A connection is open: its frames may be as large as a node's, no longer as a stranger's. */
  void greeted(Incoming incoming) {
    FrameDecoder frames = incoming.channel().pipeline().get(FrameDecoder.class);
    frames.limit(maxFrameBytes);
    StallWatch.overReceiving(
        incoming.channel(),
        frames,
        timeouts.stallMillis(),
        () -> incoming.fail("half a frame came, and then nothing"));
    greeting.remove(incoming);
    open.add(incoming);
  }

  /** A connection has ended, with who was at its other end, if that was said. */
  void left(Incoming incoming, @Nullable Identity peer) {
    greeting.remove(incoming);
    open.remove(incoming);
    if (peer != null) {
      peers.left(peer.nodeId(), incoming);
    }
  }

  /** Closes all connections from outside. */
  void close() {
    List.copyOf(greeting).forEach(Incoming::close);
    List.copyOf(open).forEach(Incoming::close);
  }
}
