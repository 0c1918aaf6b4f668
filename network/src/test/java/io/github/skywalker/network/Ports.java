package io.github.skywalker.network;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/** Free ports below those that the system gives to connections, so that none is taken meanwhile. */
final class Ports {

  private static final int FIRST = 20_000;
  private static final int LAST = 32_000;
  private static final AtomicInteger next =
      new AtomicInteger(FIRST + (int) (ProcessHandle.current().pid() * 37 % (LAST - FIRST)));

  private Ports() {}

  static int free() {
    for (int i = FIRST; i < LAST; i++) {
      int port = FIRST + (next.getAndIncrement() - FIRST) % (LAST - FIRST);
      try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return probe.getLocalPort();
      } catch (IOException taken) {
        // The next one, then.
      }
    }
    throw new AssertionError("No free port");
  }
}
