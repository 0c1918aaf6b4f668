package io.github.skywalker.network;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * A run loop whose thread serves sockets between its tasks: what arrives for somebody who lives on
 * this loop is there without another thread's having to wake, and what he sends leaves likewise.
 */
public final class SocketLoop implements RunLoop {

  /** However many tasks wait, the sockets are looked at as often as that. */
  private static final long MAX_MILLIS_BETWEEN_SOCKETS = 1;

  private static final int CLOSE_SECONDS = 5;

  private final Clock clock;
  private final EventLoop events;

  /**
   * Starts the thread, a daemon.
   *
   * @param name of the thread
   * @param clock by which {@link #at} counts
   */
  public SocketLoop(String name, Clock clock) {
    this.clock = clock;
    ThreadFactory threads = task -> thread(name, task);
    this.events =
        new SingleThreadIoEventLoop(
            null,
            threads,
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory(),
            Integer.MAX_VALUE,
            RejectedExecutionHandlers.reject(),
            MAX_MILLIS_BETWEEN_SOCKETS);
  }

  /** One of netty's own threads, which keep buffers at hand. */
  private static Thread thread(String name, Runnable task) {
    Thread thread = new FastThreadLocalThread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Where connections are registered. */
  EventLoop events() {
    return events;
  }

  @Override
  public void execute(Runnable task) {
    try {
      events.execute(task);
    } catch (RejectedExecutionException closed) {
      // Then nothing is done any more.
    }
  }

  @Override
  public Timer at(long nanos, Runnable task) {
    try {
      long left = Math.max(0, nanos - clock.nanos());
      Future<?> alarm = events.schedule(task, left, TimeUnit.NANOSECONDS);
      return () -> alarm.cancel(false);
    } catch (RejectedExecutionException closed) {
      return () -> {};
    }
  }

  @Override
  public boolean inLoop() {
    return events.inEventLoop();
  }

  @Override
  public void close() {
    var unused = events.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS);
    if (!inLoop()) {
      events.terminationFuture().awaitUninterruptibly(2 * CLOSE_SECONDS, TimeUnit.SECONDS);
    }
  }
}
