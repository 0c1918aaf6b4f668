package io.github.skywalker.examples.torture;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** One direction of one connection through the {@link Proxy}. Lives on its loop. */
@SuppressWarnings("FutureReturnValueIgnored") // who writes to a closed channel has lost it anyway
final class Pipe extends ChannelInboundHandlerAdapter {

  private static final int MILLION = 1_000_000;

  /** When so much waits, no more is read. */
  private static final int MAX_WAITING_BYTES = 1 << 20;

  private record Piece(ByteBuf bytes, long dueNanos) {}

  private final Proxy proxy;
  private final Proxy.Pair pair;
  private final Channel from;
  private final Channel to;
  private final Random random;
  private final Queue<Piece> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private long lastDue = System.nanoTime();
  private boolean ended;

  Pipe(Proxy proxy, Proxy.Pair pair, Channel from, Channel to, Random random) {
    this.proxy = proxy;
    this.pair = pair;
    this.from = from;
    this.to = to;
    this.random = random;
  }

  boolean is(Proxy.Pair other) {
    return pair.equals(other);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    Way way = proxy.way(pair);
    if (happens(way.corrupt())) {
      int place = bytes.readerIndex() + random.nextInt(bytes.readableBytes());
      bytes.setByte(place, bytes.getByte(place) ^ 1 << random.nextInt(8));
      proxy.corrupted.increment();
    }
    add(bytes, way);
    if (happens(way.repeat())) {
      add(bytes.copy(), way);
      proxy.repeated.increment();
    }
    if (happens(way.cut())) {
      bytes.writerIndex(bytes.readerIndex() + random.nextInt(bytes.readableBytes()));
      proxy.cut.increment();
      pump();
      reset();
    }
    pump();
  }

  private boolean happens(int inAMillion) {
    return inAMillion > 0 && random.nextInt(MILLION) < inAMillion;
  }

  /** Bytes do not overtake each other. */
  private void add(ByteBuf bytes, Way way) {
    int late =
        way.delayMillis() + (way.jitterMillis() > 0 ? random.nextInt(way.jitterMillis()) : 0);
    long due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(late);
    lastDue = Math.max(lastDue, due);
    waiting.add(new Piece(bytes, lastDue));
    waitingBytes += bytes.readableBytes();
  }

  /** Passes on what may go. */
  void pump() {
    long now = System.nanoTime();
    boolean wrote = false;
    while (!waiting.isEmpty() && !proxy.way(pair).blocked() && to.isWritable()) {
      Piece head = waiting.element();
      if (head.dueNanos() > now) {
        to.eventLoop().schedule(this::pump, head.dueNanos() - now, TimeUnit.NANOSECONDS);
        break;
      }
      waiting.remove();
      waitingBytes -= head.bytes().readableBytes();
      to.write(head.bytes());
      wrote = true;
    }
    if (wrote) {
      to.flush();
    }
    from.config().setAutoRead(waitingBytes < MAX_WAITING_BYTES && to.isWritable());
    if (ended && waiting.isEmpty() && !proxy.way(pair).blocked()) {
      to.close();
      proxy.ended(this);
    }
  }

  /** Nothing more comes. The other side learns of it when what came before has got through. */
  void end() {
    ended = true;
    pump();
  }

  /** Ends the connection, and loses what is on its way. */
  void reset() {
    waiting.forEach(piece -> ReferenceCountUtil.release(piece.bytes()));
    waiting.clear();
    waitingBytes = 0;
    from.close();
    to.close();
    proxy.ended(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end();
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close(); // Resets are what this is about.
  }
}
