package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.TestAuthority;
import io.github.skywalker.api.TlsFiles;
import io.github.skywalker.api.TlsOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Clients and servers that show each other certificates. */
@Timeout(60)
class TlsTest {

  private static final int MILLIS = 20_000;
  private static final TestAuthority AUTHORITY = new TestAuthority("authority");
  private static final TestAuthority IMPOSTOR = new TestAuthority("authority");

  @TempDir Path directory;

  private Server server;

  @BeforeEach
  void start() throws IOException {
    ServerOptions options =
        ServerOptions.of(
                1,
                List.of("1=127.0.0.1:7001"),
                directory.resolve("data"),
                3,
                freePort(),
                Duration.ofSeconds(2))
            .withTls(AUTHORITY.issueNode(directory.resolve("server"), "journey-3-groups", 1));
    server = Server.start(options, FakeNode::start);
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void aClientWithACertificateIsServed() throws IOException {
    try (Servers.Link client = connect(AUTHORITY.issue(directory.resolve("client"), List.of()))) {
      assertInstanceOf(Answer.Simple.class, call(client, "SET", "k", "v"));
      assertInstanceOf(Answer.Bulk.class, call(client, "GET", "k"));
      // More than one record of TLS.
      assertInstanceOf(Answer.Simple.class, call(client, "SET", "k", "v".repeat(100_000)));
      assertEquals(
          100_000, assertInstanceOf(Answer.Bulk.class, call(client, "GET", "k")).bytes().length);
    }
  }

  static Stream<String> strangers() {
    return Stream.of("of an unknown authority", "expired");
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void aClientWhoseCertificateIsNotGoodIsCutOff(String what) throws IOException {
    Instant now = Instant.now();
    TestAuthority by = what.equals("expired") ? AUTHORITY : IMPOSTOR;
    TlsOptions files =
        by.issue(
            directory.resolve("client"),
            List.of(),
            now.minusSeconds(600),
            what.equals("expired") ? now.minusSeconds(60) : now.plusSeconds(600));
    TlsOptions trusting =
        new TlsOptions(
            files.certificate(),
            files.key(),
            AUTHORITY.issue(directory.resolve("good"), List.of()).authority());
    assertThrows(
        IOException.class,
        () -> {
          try (Servers.Link client = connect(trusting)) {
            call(client, "SET", "k", "v");
          }
        });
    assertTheKeyIsNotThere();
  }

  @Test
  void aPlainClientIsCutOff() throws IOException {
    try (Client client = Client.connect(server.clientAddress(), MILLIS)) {
      assertThrows(IOException.class, () -> call(client, "SET", "k", "v"));
    }
    try (Socket socket =
        new Socket(server.clientAddress().getAddress(), server.clientAddress().getPort())) {
      socket
          .getOutputStream()
          .write("SET k v\r\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      socket.setSoTimeout(MILLIS);
      assertTrue(socket.getInputStream().readAllBytes().length < 32);
    }
    assertTheKeyIsNotThere();
  }

  @Test
  void theCertificateOfAClientDoesNotPassForThatOfAServer() throws Exception {
    TlsFiles client = TlsFiles.read(AUTHORITY.issue(directory.resolve("client"), List.of()));
    try (var port = client.context().getServerSocketFactory().createServerSocket(0)) {
      Thread impostor =
          new Thread(
              () -> {
                try (Socket accepted = port.accept()) {
                  accepted.getInputStream().readAllBytes();
                } catch (IOException refused) {
                  // As it should be.
                }
              });
      impostor.start();
      IOException refused =
          assertThrows(
              IOException.class,
              () ->
                  Client.connector(client)
                      .connect(Addresses.parse("127.0.0.1:" + port.getLocalPort()), MILLIS));
      assertTrue(refused.getMessage().contains("not that of a server"), refused::getMessage);
      impostor.join();
    }
  }

  @Test
  void aServerOfAnUnknownAuthorityIsNotTalkedTo() throws IOException {
    TlsOptions files = IMPOSTOR.issue(directory.resolve("client"), List.of());
    assertThrows(IOException.class, () -> connect(files));
  }

  private Servers.Link connect(TlsOptions files) throws IOException {
    return Client.connector(TlsFiles.read(files)).connect(server.clientAddress(), MILLIS);
  }

  private void assertTheKeyIsNotThere() throws IOException {
    try (Servers.Link good = connect(AUTHORITY.issue(directory.resolve("good"), List.of()))) {
      assertInstanceOf(Answer.Nil.class, call(good, "GET", "k"));
    }
  }

  private static Answer call(Servers.Link client, String... words) throws IOException {
    return client.call(List.of(words).stream().map(DatabaseTest::bytes).toList(), MILLIS);
  }
}
