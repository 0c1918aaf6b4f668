package io.github.skywalker.examples.torture;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Stands between all nodes: every connection of one to another leads through here, and its bytes
 * fare as the {@link Way} between the two says. All of it happens on one thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what cannot be closed is closed
final class Proxy implements AutoCloseable {

  /** From one node to another. */
  record Pair(int from, int to) {}

  private final Addresses addresses;
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Map<Pair, Way> ways = new ConcurrentHashMap<>();
  private final Set<Integer> nodes = new HashSet<>();

  /** Touched by the loop only. */
  private final Set<Pipe> pipes = new HashSet<>();

  private final Random random;

  /** What befell pieces of bytes. */
  final LongAdder corrupted = new LongAdder();

  final LongAdder repeated = new LongAdder();
  final LongAdder cut = new LongAdder();

  Proxy(Addresses addresses, long seed) {
    this.addresses = addresses;
    this.random = new Random(seed);
  }

  /** Opens the ways between a node and those that were added before. */
  void add(int node) throws IOException {
    for (int other : nodes) {
      listen(new Pair(node, other));
      listen(new Pair(other, node));
    }
    nodes.add(node);
  }

  private void listen(Pair pair) throws IOException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel accepted) {
                    join(accepted, pair);
                  }
                })
            .bind(addresses.way(pair.from(), pair.to()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(
          "Nobody can listen on " + addresses.way(pair.from(), pair.to()), bound.cause());
    }
  }

  private void join(Channel accepted, Pair pair) {
    new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(new ChannelInboundHandlerAdapter())
        .connect(addresses.node(pair.to()))
        .addListener(
            (ChannelFutureListener)
                connected -> {
                  if (connected.isSuccess()) {
                    pipe(accepted, connected.channel(), pair);
                    pipe(connected.channel(), accepted, new Pair(pair.to(), pair.from()));
                  } else {
                    accepted.close();
                  }
                });
  }

  private void pipe(Channel from, Channel to, Pair pair) {
    Pipe pipe = new Pipe(this, pair, from, to, random);
    pipes.add(pipe);
    from.pipeline().addLast(pipe);
    // What is written to a channel is held up by that one.
    to.pipeline()
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelWritabilityChanged(ChannelHandlerContext context) {
                pipe.pump();
                context.fireChannelWritabilityChanged();
              }
            });
    from.config().setAutoRead(true);
    if (!from.isActive()) {
      pipe.end();
    }
  }

  Way way(Pair pair) {
    return ways.getOrDefault(pair, Way.CLEAR);
  }

  void ended(Pipe pipe) {
    pipes.remove(pipe);
  }

  /** From now on bytes fare so from one node to another. */
  void set(int from, int to, Way way) {
    ways.put(new Pair(from, to), way);
    pumpAll();
  }

  /** All is as it should be. */
  void clear() {
    ways.clear();
    pumpAll();
  }

  /** Ends every connection in one direction, with what is on its way. */
  void reset(int from, int to) {
    Pair pair = new Pair(from, to);
    loop.execute(
        () -> Set.copyOf(pipes).stream().filter(pipe -> pipe.is(pair)).forEach(Pipe::reset));
  }

  private void pumpAll() {
    loop.execute(() -> Set.copyOf(pipes).forEach(Pipe::pump));
  }

  @Override
  public void close() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
