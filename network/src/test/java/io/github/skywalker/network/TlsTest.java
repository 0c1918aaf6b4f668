package io.github.skywalker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.TestAuthority;
import io.github.skywalker.api.TlsFiles;
import io.github.skywalker.api.TlsOptions;
import io.github.skywalker.proto.Envelope;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Nodes that show certificates, and others that have none, or wrong ones. */
@ExtendWith(NoLeaks.class)
class TlsTest {

  private static final TestAuthority AUTHORITY = new TestAuthority("authority");

  /** It calls itself like the other one, and has another key. */
  private static final TestAuthority IMPOSTOR = new TestAuthority("authority");

  private static final TestAuthority SECOND = new TestAuthority("second");

  @TempDir Path directory;

  private final AtomicInteger admissions = new AtomicInteger();

  private TlsOptions files(int node) {
    return AUTHORITY.issueNode(directory.resolve("node-" + node), Messages.CLUSTER, node);
  }

  private TestNode.Setup setup(int id) {
    return new TestNode.Setup(id)
        .options(o -> o.tls(files(id)))
        .timeouts(new Timeouts(2_000, 5_000, 10_000, 20))
        .admission(
            (node, data) -> {
              admissions.incrementAndGet();
              return CompletableFuture.completedFuture(true);
            });
  }

  @Test
  void nodesWithCertificatesTalk() {
    try (TestNode a = setup(1).start();
        TestNode b = setup(2).start()) {
      TestNode.join(a, b);
      Envelope large = Messages.value(new byte[3 << 20]);
      a.send(b, large);
      b.awaitReceived(1);
      assertEquals(new TestNode.Received(1, 1, large), b.received.element());
      for (int i = 0; i < 1_000; i++) {
        b.send(a, Messages.number(i));
      }
      a.awaitReceived(1_000);
      assertEquals(999, Messages.numberOf(List.copyOf(a.received).get(999).message()));
      a.network.send(2, Network.Lane.BULK, Messages.number(7));
      b.awaitReceived(2);
      assertEquals(0, a.refused.size() + b.refused.size());
    }
  }

  static Stream<Arguments> intruders() {
    Instant now = Instant.now();
    List<String> ofNode2 = List.of(TlsOptions.nodeUri(Messages.CLUSTER, 2));
    Instant yesterday = now.minus(Duration.ofDays(1));
    Instant tomorrow = now.plus(Duration.ofDays(1));
    return Stream.of(
        Arguments.of(
            "of an unknown authority", IMPOSTOR, ofNode2, yesterday, tomorrow, "not trusted"),
        Arguments.of("expired", AUTHORITY, ofNode2, yesterday, now.minusSeconds(60), "expired"),
        Arguments.of("not valid yet", AUTHORITY, ofNode2, now.plusSeconds(600), tomorrow, "yet"),
        Arguments.of(
            "of another node",
            AUTHORITY,
            List.of(TlsOptions.nodeUri(Messages.CLUSTER, 3), TlsOptions.nodeUri("else", 2)),
            yesterday,
            tomorrow,
            "does not name node 2"),
        Arguments.of("of a client", AUTHORITY, List.of(), yesterday, tomorrow, "does not name"));
  }

  /** The files of an intruder, who himself trusts the nodes. */
  private TlsOptions intruder(TestAuthority by, List<String> names, Instant from, Instant until) {
    TlsOptions files = by.issue(directory.resolve("intruder"), names, from, until);
    TlsOptions good = AUTHORITY.issueNode(directory.resolve("good"), Messages.CLUSTER, 9);
    return new TlsOptions(files.certificate(), files.key(), good.authority());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("intruders")
  void aCertificateThatIsNotOfTheNodeIsRefusedBeforeAnythingElseIsLookedAt(
      String what, TestAuthority by, List<String> names, Instant from, Instant until, String reason)
      throws IOException {
    TlsFiles files = TlsFiles.read(intruder(by, names, from, until));
    try (LogLines lines = new LogLines(Reporter.class);
        TestNode node = setup(1).start()) {
      for (int i = 1; i <= 2; i++) {
        try (RawNode raw = new RawNode(connect(files, node.self))) {
          raw.send(RawNode.frame(Messages.hello(2, 1).build()));
          assertTrue(raw.isClosedByOther());
        } catch (IOException refusedAlready) {
          // The write came too late.
        }
        int count = i;
        Await.until("it is counted", () -> node.refusals(reason) == count);
      }
      assertUntouched(node);
      assertEquals(1, lines.texts().size(), () -> "" + lines.texts());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("intruders")
  void whoListensWithACertificateThatIsNotOfTheNodeHearsNothing(
      String what, TestAuthority by, List<String> names, Instant from, Instant until, String reason)
      throws IOException {
    TlsFiles files = TlsFiles.read(intruder(by, names, from, until));
    try (TestNode node = setup(1).start();
        SSLServerSocket server =
            (SSLServerSocket) files.context().getServerSocketFactory().createServerSocket(0)) {
      server.setSoTimeout(Await.SECONDS * 1_000);
      node.network.know(new Member(2, "127.0.0.1", server.getLocalPort()));
      try (Socket accepted = server.accept()) {
        assertEquals(0, readAll(accepted));
      }
      node.awaitRefused(reason);
      assertUntouched(node);
    }
  }

  private static int readAll(Socket socket) {
    try {
      return socket.getInputStream().readAllBytes().length;
    } catch (IOException refused) {
      return 0;
    }
  }

  @Test
  void plaintextIsRefusedAndCountedByBothEnds() throws IOException {
    try (LogLines lines = new LogLines(Reporter.class);
        TestNode secure = setup(1).start();
        TestNode plain = TestNode.start(2)) {
      secure.network.know(plain.self);
      plain.network.know(secure.self);
      secure.awaitRefused(Tls.PLAINTEXT);
      plain.awaitRefused("a frame has a length");
      for (int i = 0; i < 2; i++) {
        try (RawNode raw = RawNode.greeting(secure.self, Messages.hello(2, 1).build())) {
          assertTrue(raw.isClosedByOther());
        }
      }
      Await.until(
          "each is counted", () -> secure.refusals("a connection from 127.0.0.1: it does") >= 2);
      assertUntouched(secure);
      assertTrue(plain.news.isEmpty());
      long said =
          lines.texts().stream().filter(line -> line.contains("from 127.0.0.1: it does")).count();
      assertEquals(1, said, () -> "" + lines.texts());
    }
  }

  @Test
  void withoutACertificateOrWithAnOlderProtocolNobodyIsLetIn() throws IOException {
    TlsFiles good = TlsFiles.read(files(2));
    try (TestNode node = setup(1).start()) {
      try (SSLSocket older = connect(good, node.self)) {
        older.setEnabledProtocols(new String[] {"TLSv1.2"});
        assertThrows(IOException.class, older::startHandshake);
      }
      node.awaitRefused("no TLS connection came about");
      assertThrows(IOException.class, () -> withoutCertificate(node.self));
      Await.until("both are counted", () -> node.refusals("no TLS connection") == 2);
      assertUntouched(node);
    }
  }

  /** Trusts the node, and has nothing to show. */
  private void withoutCertificate(Member node) throws Exception {
    java.security.KeyStore trusted = java.security.KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (var in = Files.newInputStream(files(2).authority())) {
      trusted.setCertificateEntry(
          "a", java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    var trust = javax.net.ssl.TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    var context = javax.net.ssl.SSLContext.getInstance("TLSv1.3");
    context.init(null, trust.getTrustManagers(), null);
    try (Socket socket = context.getSocketFactory().createSocket(node.host(), node.port())) {
      socket.getOutputStream().write(1);
      socket.getInputStream().read();
    }
  }

  @Test
  void halfAHandshakeForEverIsClosedInTime() throws IOException {
    try (TestNode node = setup(1).timeouts(new Timeouts(2_000, 300, 10_000, 5_000)).start();
        RawNode raw = RawNode.to(node.self)) {
      raw.send(new byte[] {22, 3, 1, 2, 0, 1, 0});
      assertTrue(raw.isClosedByOther());
      node.awaitRefused("handshake took longer");
      assertUntouched(node);
    }
  }

  @Test
  void garbageInTheMidstOfTlsEndsItsConnectionOnly() throws IOException {
    try (TestNode node = setup(1).start();
        TestNode other = setup(3).start();
        RawNode raw = RawNode.to(node.self)) {
      TestNode.join(node, other);
      raw.send(new byte[] {22, 3, 1, 0, 4, 1, 2, 3, 4, 5, 6, 7, 8});
      assertTrue(raw.isClosedByOther());
      other.send(node, Messages.number(1));
      node.awaitReceived(1);
      assertEquals(1, other.news.size(), () -> "" + other.news);
    }
  }

  @Test
  void newConnectionsUseNewFilesAndThoseThatThereAreGoOn() throws Exception {
    TlsFiles stranger =
        TlsFiles.read(
            intruder(
                SECOND,
                List.of(TlsOptions.nodeUri(Messages.CLUSTER, 2)),
                Instant.now().minusSeconds(60),
                Instant.now().plusSeconds(600)));
    try (TestNode node = setup(1).start();
        TestNode other = setup(3).start()) {
      TestNode.join(node, other);
      assertTrue(isRefused(stranger, node));

      // The authority of the stranger becomes trusted, beside the one that was.
      Files.writeString(
          directory.resolve("node-1").resolve("authority.pem"),
          Files.readString(directory.resolve("intruder").resolve("authority.pem")),
          StandardOpenOption.APPEND);
      Await.until("the stranger is let in", () -> !isRefused(stranger, node));

      // The node's own certificate is renewed: for a moment, the key is that of another one.
      Certificate before = certificateOf(stranger, node);
      Path renewed = directory.resolve("renewed");
      AUTHORITY.issueNode(renewed, Messages.CLUSTER, 1);
      for (String name : List.of("cert.pem", "key.pem")) {
        Files.writeString(
            directory.resolve("node-1").resolve(name), Files.readString(renewed.resolve(name)));
      }
      Await.until(
          "the new certificate is shown", () -> !before.equals(certificateOf(stranger, node)));

      assertEquals(1, other.news.size(), () -> "" + other.news);
      other.send(node, Messages.number(5));
      Await.until(
          "the older connection is there",
          () -> node.received.stream().anyMatch(each -> each.node() == 3));
    }
  }

  @Test
  void filesThatChangeForTheWorseAreSaidOnceAndNotUsed() throws Exception {
    TlsFiles good = TlsFiles.read(files(2));
    try (LogLines lines = new LogLines(Reporter.class);
        TestNode node = setup(1).start()) {
      Files.writeString(directory.resolve("node-1").resolve("cert.pem"), "nothing");
      Await.until("it is said", () -> !lines.texts().isEmpty());
      Certificate shown = certificateOf(good, node);
      assertNotEquals(null, shown);
      assertEquals(1, lines.texts().size());
      assertTrue(lines.texts().get(0).contains("cert.pem"), () -> "" + lines.texts());
    }
  }

  @Test
  void aNodeDoesNotStartWithTheCertificateOfAnotherOne() {
    TestNode.Setup wrong = new TestNode.Setup(1).options(o -> o.tls(files(2)));
    Exception refused = assertThrows(RuntimeException.class, wrong::start);
    assertTrue(refused.getMessage().contains("cert.pem"), refused::getMessage);
    assertTrue(refused.getMessage().contains("skywalker://test/node/1"), refused::getMessage);
  }

  @Test
  void withoutTlsANodeListensOnTheAddressThatItWasGivenOnly() throws IOException {
    try (TestNode node = TestNode.start(1)) {
      RawNode.to(node.self).close();
      Member elsewhere = new Member(1, "127.0.0.2", node.self.port());
      assertThrows(IOException.class, () -> RawNode.to(elsewhere).close());
    }
  }

  private static SSLSocket connect(TlsFiles files, Member node) throws IOException {
    return (SSLSocket) files.context().getSocketFactory().createSocket(node.host(), node.port());
  }

  private static boolean isRefused(TlsFiles files, TestNode node) {
    try (RawNode raw = new RawNode(connect(files, node.self))) {
      raw.send(RawNode.frame(Messages.hello(2, 1).build()));
      return !raw.readHello().getRefusal().isEmpty();
    } catch (IOException refused) {
      return true;
    }
  }

  private static Certificate certificateOf(TlsFiles files, TestNode node) {
    try (SSLSocket socket = connect(files, node.self)) {
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  /** Nobody was asked whether the stranger is admitted, nothing arrived, nobody is connected. */
  private void assertUntouched(TestNode node) {
    assertEquals(0, admissions.get());
    assertTrue(node.news.isEmpty() && node.received.isEmpty());
  }
}
