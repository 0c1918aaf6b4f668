package io.github.skywalker.network;

import io.github.skywalker.api.Member;
import io.github.skywalker.network.Network.Lane;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Makes connections to other nodes. */
final class Dialler {

  private final EventLoop loop;
  private final Bootstrap client;
  private final Resolver resolver;
  private final Handshake handshake;
  private final @Nullable Tls tls;
  private final Reporter reporter;
  private final Timeouts timeouts;

  Dialler(
      Transport transport,
      Resolver resolver,
      Handshake handshake,
      @Nullable Tls tls,
      Reporter reporter,
      Timeouts timeouts) {
    this.loop = transport.loop();
    this.client = transport.client();
    this.resolver = resolver;
    this.handshake = handshake;
    this.tls = tls;
    this.reporter = reporter;
    this.timeouts = timeouts;
  }

  EventLoop loop() {
    return loop;
  }

  /** A connection that is not made yet. */
  Outgoing connection(Link link, int node, Lane lane) {
    return new Outgoing(handshake, tls, reporter, timeouts, link, node, lane);
  }

  /** Begins to make a connection. It tells its link how that ends. */
  void connect(Outgoing connection, Member peer) {
    resolver.resolve(peer.host(), peer.port(), loop, address -> connect(connection, peer, address));
  }

  private void connect(Outgoing connection, Member peer, InetSocketAddress address) {
    if (connection.isClosed()) {
      return;
    }
    if (address.isUnresolved()) {
      failed(connection, peer, "no host has this name");
      return;
    }
    client
        .clone()
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                if (tls != null) {
                  channel.pipeline().addLast(tls.handler(true));
                }
                channel.pipeline().addLast(new FrameDecoder(Handshake.MAX_HELLO_BYTES), connection);
              }
            })
        .connect(address)
        .addListener(
            connected -> {
              if (connected.cause() != null) {
                failed(connection, peer, String.valueOf(connected.cause().getMessage()));
              }
            });
  }

  private void failed(Outgoing connection, Member peer, String reason) {
    if (!connection.isClosed()) {
      reporter.once("Cannot reach node " + peer + ", and try on: " + reason);
    }
    connection.close();
    connection.ended();
  }
}
