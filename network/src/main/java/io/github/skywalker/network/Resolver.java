package io.github.skywalker.network;

import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Looks up names of hosts beside the network's thread, because that may take many seconds. */
final class Resolver implements AutoCloseable {

  /** So many slow names may be looked up at once; their threads end when there is nothing to do. */
  private static final int MAX_THREADS = 4;

  private static final int IDLE_SECONDS = 10;

  private final ThreadPoolExecutor threads;

  Resolver(String threadName) {
    threads =
        new ThreadPoolExecutor(
            MAX_THREADS,
            MAX_THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory(threadName, true));
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Looks up a name; of an address that is written as numbers the result is there at once.
   *
   * @param loop that takes the result
   * @param found takes the address; an unresolved one, if there is none of this name
   */
  void resolve(String host, int port, Executor loop, Consumer<InetSocketAddress> found) {
    byte[] numbers = NetUtil.createByteArrayFromIpAddressString(host);
    if (numbers != null) {
      try {
        found.accept(new InetSocketAddress(InetAddress.getByAddress(numbers), port));
      } catch (UnknownHostException impossible) {
        throw new IllegalStateException(impossible);
      }
      return;
    }
    try {
      threads.execute(
          () -> {
            InetSocketAddress address = new InetSocketAddress(host, port);
            try {
              loop.execute(() -> found.accept(address));
            } catch (RejectedExecutionException closed) {
              // Then nobody wants to know any more.
            }
          });
    } catch (RejectedExecutionException closed) {
      // Likewise.
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
