package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server as a whole, but for the other nodes. */
@Timeout(60)
class ServerTest {

  private static final int MILLIS = 20_000;

  @TempDir Path directory;

  private final List<FakeNode> nodes = new ArrayList<>();

  @Test
  void whatWasSetIsThereAfterARestart() throws IOException {
    try (Server server = start(freePort());
        Client client = Client.connect(server.clientAddress(), MILLIS)) {
      for (int i = 0; i < 30; i++) {
        assertInstanceOf(Answer.Simple.class, call(client, "SET", "k" + i, "v" + i));
      }
    }
    try (Server server = start(freePort());
        Client client = Client.connect(server.clientAddress(), MILLIS)) {
      for (int i = 0; i < 30; i++) {
        Answer.Bulk value = (Answer.Bulk) call(client, "GET", "k" + i);
        assertArrayEquals(DatabaseTest.bytes("v" + i), value.bytes());
      }
    }
    assertTrue(nodes.stream().allMatch(FakeNode::isClosed));
  }

  @Test
  void aDirectoryInUseIsRefusedAndStaysWhole() throws IOException {
    try (Server server = start(freePort());
        Client client = Client.connect(server.clientAddress(), MILLIS)) {
      call(client, "SET", "k", "v");
      IOException refused = assertThrows(IOException.class, () -> start(freePort()));
      assertTrue(refused.getMessage().startsWith("Another process uses"), refused.getMessage());
      assertInstanceOf(Answer.Bulk.class, call(client, "GET", "k"));
    }
  }

  @Test
  void aPortInUseIsRefusedAndNothingStaysOpen() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      IOException refused = assertThrows(IOException.class, () -> start(taken.getLocalPort()));
      assertTrue(
          refused.getMessage().startsWith("Cannot listen for clients on 127.0.0.1:"),
          refused.getMessage());
    }
    assertTrue(nodes.get(0).isClosed());
    start(freePort()).close();
  }

  private Server start(int clientPort) throws IOException {
    ServerOptions options =
        ServerOptions.of(
            1, List.of("1=127.0.0.1:7001"), directory, 3, clientPort, Duration.ofSeconds(2));
    return Server.start(
        options,
        nodeOptions -> {
          FakeNode node = FakeNode.start(nodeOptions);
          nodes.add(node);
          return node;
        });
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static Answer call(Client client, String... words) throws IOException {
    return client.call(List.of(words).stream().map(DatabaseTest::bytes).toList(), MILLIS);
  }
}
