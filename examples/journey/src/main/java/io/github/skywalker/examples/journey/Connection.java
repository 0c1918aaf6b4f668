package io.github.skywalker.examples.journey;

import io.github.skywalker.api.NodeException;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client: starts its commands as they come, and answers them in their order. While too many of
 * them wait, or the client does not take its answers, nothing more is read from it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // netty closes the channel when a write fails
final class Connection extends SimpleChannelInboundHandler<Request> {

  private static final Logger log = LoggerFactory.getLogger(Connection.class);

  /**
   * A command that waits for its answer, or for its turn to be answered.
   *
   * @param bytes what it holds
   * @param last whether the connection is closed behind the answer
   */
  private record Waiting(CompletableFuture<Reply> reply, int bytes, boolean last) {}

  private final Commands commands;
  private final @Nullable ClientTls tls;
  private final List<Lane> lanes;
  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private long waitingBytes;
  private boolean ending;
  private boolean drainIsDue;

  Connection(Commands commands, @Nullable ClientTls tls) {
    this.commands = commands;
    this.tls = tls;
    this.lanes = commands.newLanes();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, Request request) {
    if (ending) {
      return;
    }
    Waiting next = start(context, request);
    ending = next.last();
    waiting.add(next);
    waitingBytes += next.bytes();
    readOrPause(context);
    next.reply().whenComplete((reply, impossible) -> drainSoon(context));
  }

  private Waiting start(ChannelHandlerContext context, Request request) {
    if (request instanceof Request.Refused refused) {
      return new Waiting(
          CompletableFuture.completedFuture(Reply.error(refused.error())), 0, refused.last());
    }
    Request.Call call = (Request.Call) request;
    boolean quit = call.text(0).equalsIgnoreCase("QUIT");
    return new Waiting(startCall(context, call), call.bytes(), quit);
  }

  private CompletableFuture<Reply> startCall(ChannelHandlerContext context, Request.Call call) {
    try {
      return commands.start(call, session(context));
    } catch (NodeException stopped) {
      return CompletableFuture.completedFuture(Reply.error("ERR " + stopped.getMessage()));
    }
  }

  private Commands.Session session(ChannelHandlerContext context) {
    return new Commands.Session() {
      @Override
      public Lane lane(int group) {
        return lanes.get(group);
      }

      @Override
      public void execute(Runnable task) {
        context.executor().execute(task);
      }
    };
  }

  /** Answers that come together leave together. */
  private void drainSoon(ChannelHandlerContext context) {
    if (!drainIsDue) {
      drainIsDue = true;
      context
          .executor()
          .execute(
              () -> {
                drainIsDue = false;
                drain(context);
              });
    }
  }

  private void drain(ChannelHandlerContext context) {
    boolean wrote = false;
    Waiting head = waiting.peek();
    while (head != null && head.reply().isDone() && context.channel().isWritable()) {
      waiting.remove();
      waitingBytes -= head.bytes();
      var written = context.write(head.reply().join().message());
      if (head.last()) {
        written.addListener(ChannelFutureListener.CLOSE);
      }
      wrote = true;
      head = waiting.peek();
    }
    if (wrote) {
      context.flush();
      readOrPause(context);
    }
  }

  private void readOrPause(ChannelHandlerContext context) {
    context
        .channel()
        .config()
        .setAutoRead(
            waiting.size() < Limits.PIPELINED_REQUESTS && waitingBytes < Limits.PIPELINED_BYTES);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    drainSoon(context);
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    ending = true;
    waiting.clear();
    context.fireChannelInactive();
  }

  private static String host(ChannelHandlerContext context) {
    return context.channel().remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress().getHostAddress()
        : "somewhere";
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (tls != null && cause.getCause() instanceof SSLException failure) {
      tls.refused(host(context), failure);
    } else if (cause instanceof IOException) {
      log.debug("Client {} is gone: {}", context.channel().remoteAddress(), cause.getMessage());
    } else {
      log.warn("Client {} is cut off", context.channel().remoteAddress(), cause);
    }
    context.close();
  }
}
