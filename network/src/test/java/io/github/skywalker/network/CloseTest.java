package io.github.skywalker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.util.Clock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class CloseTest {

  @Test
  void closingFreesThePortAndTheThreadsAndMayBeRepeated() throws IOException {
    try (TestNode b = TestNode.start(42)) {
      TestNode a = TestNode.start(41);
      TestNode.join(a, b);
      assertTrue(hasThreads(41));
      a.close();
      a.close();
      new ServerSocket(a.self.port(), 1, InetAddress.getLoopbackAddress()).close();
      Await.until("the threads have ended", () -> !hasThreads(41));
      a.network.know(b.self);
      a.network.forget(42);
      a.send(b, Messages.number(1));
      assertEquals(0, b.received.size());
    }
  }

  @Test
  void whatWasSentBeforeClosingArrives() {
    try (TestNode b = TestNode.start(2)) {
      TestNode a = TestNode.start(1);
      TestNode.join(a, b);
      for (int i = 0; i < 100; i++) {
        a.send(b, Messages.number(i));
      }
      a.close();
      b.awaitReceived(100);
    }
  }

  @Test
  void nothingIsReceivedAfterClosing() {
    try (TestNode a = TestNode.start(1)) {
      TestNode b = TestNode.start(2);
      TestNode.join(a, b);
      Thread sender =
          new Thread(
              () -> {
                for (int i = 0; i < 200_000; i++) {
                  a.send(b, Messages.number(i));
                }
              });
      sender.start();
      b.awaitReceived(1);
      b.close();
      int count = b.received.size();
      int news = b.news.size();
      Await.until("the sender is done", () -> !sender.isAlive());
      assertEquals(count, b.received.size());
      assertEquals(news, b.news.size());
    }
  }

  @Test
  void itMayBeClosedByItsOwnThread() throws IOException {
    SocketLoop loop = loop(51);
    AtomicReference<NettyNetwork> network = new AtomicReference<>();
    Network.Receiver closing =
        new Network.Receiver() {
          @Override
          public void received(int node, int boot, Envelope message) {
            network.get().close();
            loop.close();
          }

          @Override
          public void connected(Member peer, int boot) {}

          @Override
          public void disconnected(int node) {}
        };
    Member self = new Member(51, "127.0.0.1", Ports.free());
    network.set(start(loop, self, closing));
    try (RawNode raw = RawNode.greeting(self, Messages.hello(2, 51).build())) {
      raw.readHello();
      raw.send(Messages.number(1));
      assertTrue(raw.isClosedByOther());
    }
    Await.until("the thread has ended", () -> !hasThreads(51));
  }

  @Test
  void anAddressThatIsTakenIsSaidAndLeavesNothingBehind() {
    try (TestNode a = TestNode.start(1)) {
      Member same = new Member(61, "127.0.0.1", a.self.port());
      SocketLoop loop = loop(61);
      IOException failure = assertThrows(IOException.class, () -> start(loop, same, a));
      loop.close();
      assertTrue(failure.getMessage().contains("" + a.self.port()), failure.getMessage());
      Await.until("the threads have ended", () -> !hasThreads(61));
    }
  }

  private static SocketLoop loop(int node) {
    return new SocketLoop("skywalker-network-" + node, Clock.SYSTEM);
  }

  private static NettyNetwork start(SocketLoop loop, Member self, Network.Receiver receiver)
      throws IOException {
    NodeOptions options =
        NodeOptions.builder()
            .self(self)
            .dataDirectory(Path.of("nowhere"))
            .clusterName(Messages.CLUSTER)
            .build();
    return NettyNetwork.start(
        loop,
        options,
        Messages.dataId(self.nodeId()),
        1,
        (node, data) -> CompletableFuture.completedFuture(true),
        receiver);
  }

  private static boolean hasThreads(int node) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("skywalker-network-" + node));
  }
}
