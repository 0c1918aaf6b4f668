package io.github.skywalker.network;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/**
 * The sockets of a network, on the one loop that serves them: those of epoll where the machine has
 * them, else those of the JDK. Since there is one loop, what belongs to it needs no locks.
 */
final class Transport {

  /** A connection that holds more than the upper one takes no frames until it is at the lower. */
  private static final WriteBufferWaterMark HELD_BYTES =
      new WriteBufferWaterMark(256 << 10, 1 << 20);

  private final boolean epoll = Epoll.isAvailable();
  private final EventLoop loop;
  private final Timeouts timeouts;
  private final boolean tcpNoDelay;

  Transport(SocketLoop loop, Timeouts timeouts, boolean tcpNoDelay) {
    this.loop = loop.events();
    this.timeouts = timeouts;
    this.tcpNoDelay = tcpNoDelay;
  }

  EventLoop loop() {
    return loop;
  }

  /** What makes connections to others. */
  Bootstrap client() {
    Bootstrap client =
        new Bootstrap()
            .group(loop)
            .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeouts.connectMillis())
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, HELD_BYTES)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.TCP_NODELAY, tcpNoDelay);
    if (epoll) {
      // A machine that is gone acknowledges nothing, and without this that goes unnoticed for
      // a quarter of an hour, as long as the little that is sent fits into the socket.
      client.option(EpollChannelOption.TCP_USER_TIMEOUT, timeouts.stallMillis());
    }
    return client;
  }

  /** What takes connections from others. */
  ServerBootstrap server() {
    return new ServerBootstrap()
        .group(loop)
        .channel(epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.SO_KEEPALIVE, true)
        .childOption(ChannelOption.TCP_NODELAY, tcpNoDelay);
  }
}
