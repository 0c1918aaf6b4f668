package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.redis.FixedRedisMessagePool;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.handler.codec.redis.RedisEncoder;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Listens for clients, which speak the protocol of Redis (RESP2). */
final class ClientPort implements AutoCloseable {

  private static final int CLOSE_MILLIS = 2000;

  private final EventLoopGroup loops;
  private final Channel listener;
  private final ChannelGroup clients;

  private ClientPort(EventLoopGroup loops, Channel listener, ChannelGroup clients) {
    this.loops = loops;
    this.listener = listener;
    this.clients = clients;
  }

  /**
   * Opens the port.
   *
   * @param tls what secures it; null for nothing
   * @throws IOException if the address cannot be listened on
   */
  static ClientPort open(InetSocketAddress address, Commands commands, @Nullable ClientTls tls)
      throws IOException {
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            threads(), new DefaultThreadFactory("clients", true), NioIoHandler.newFactory());
    ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    var bound =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(initializer(commands, tls, clients))
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      stop(loops);
      throw new IOException(
          "Cannot listen for clients on "
              + Addresses.show(address)
              + ": "
              + bound.cause().getMessage()
              + ". Is another server running there? Choose another port with --client-port.",
          bound.cause());
    }
    return new ClientPort(loops, bound.channel(), clients);
  }

  private static int threads() {
    return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }

  private static ChannelHandler initializer(
      Commands commands, @Nullable ClientTls tls, ChannelGroup clients) {
    return new ChannelInitializer<Channel>() {
      @Override
      protected void initChannel(Channel client) {
        if (clients.size() >= Limits.CONNECTIONS) {
          refuse(client, tls);
          return;
        }
        clients.add(client);
        addHandlers(client, commands, tls);
      }
    };
  }

  private static void addHandlers(Channel client, Commands commands, @Nullable ClientTls tls) {
    if (tls != null) {
      client.pipeline().addLast(tls.handler());
    }
    client
        .pipeline()
        .addLast(
            new RedisDecoder(Limits.INLINE_BYTES, FixedRedisMessagePool.INSTANCE, true),
            new RequestDecoder(),
            // What one read has brought is handed on one by one, and not while reading is paused.
            new FlowControlHandler(),
            new RedisEncoder(),
            new Connection(commands, tls));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // closed in either case
  private static void refuse(Channel client, @Nullable ClientTls tls) {
    if (tls != null) {
      client.close();
      return;
    }
    String error = "-ERR max number of clients reached, " + Limits.CONNECTIONS + "\r\n";
    client
        .writeAndFlush(Unpooled.copiedBuffer(error, US_ASCII))
        .addListener(ChannelFutureListener.CLOSE);
  }

  /** Where it listens. */
  InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Takes no more clients; those that are here can still be answered. */
  void stopListening() {
    listener.close().awaitUninterruptibly(CLOSE_MILLIS);
  }

  /** Cuts the connections and frees the threads. */
  @Override
  public void close() {
    stopListening();
    clients.close().awaitUninterruptibly(CLOSE_MILLIS);
    stop(loops);
  }

  private static void stop(EventLoopGroup loops) {
    loops
        .shutdownGracefully(0, CLOSE_MILLIS, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(2L * CLOSE_MILLIS);
  }
}
