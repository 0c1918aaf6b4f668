package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.skywalker.api.TestAuthority;
import io.github.skywalker.api.TlsFiles;
import io.github.skywalker.api.TlsOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of processes that shows certificates, and wants to see some. */
@Timeout(180)
class SecureClusterTest {

  private static final int MILLIS = 20_000;
  private static final List<String> NAMES =
      IntStream.rangeClosed(1, 3)
          .mapToObj(node -> TlsOptions.nodeUri("journey-3-groups", node))
          .toList();

  private final TestAuthority first = new TestAuthority("first");
  private final TestAuthority second = new TestAuthority("second");

  @TempDir Path directory;

  @Test
  void onlyWhoHasACertificateIsServedAndNewFilesAreUsedWithoutARestart() throws Exception {
    TlsOptions files = first.issue(directory.resolve("tls"), NAMES);
    try (LocalCluster cluster = new LocalCluster(directory.resolve("data"), files)) {
      cluster.start();
      try (Servers servers = cluster.servers()) {
        cluster.put(servers, "before");
      }
      strangersChangeNothing(cluster, files);
      aNodeWithTheCertificateOfAnotherDoesNotStart(cluster);
      newFilesAreTaken(cluster, files);

      cluster.kill(2); // Whom it talks to when it is back, it talks to with what is new.
      cluster.startNode(2);
      try (Servers servers = cluster.servers()) {
        cluster.put(servers, "after");
        cluster.awaitCaughtUp(servers, 2);
        cluster.expect(servers, "before");
        cluster.expect(servers, "after");
      }
    }
  }

  private void strangersChangeNothing(LocalCluster cluster, TlsOptions files) throws IOException {
    InetSocketAddress node = cluster.plan().clientAddressOf(1);
    Instant now = Instant.now();
    Instant hourAgo = now.minusSeconds(3_600);
    TlsOptions expired =
        first.issue(directory.resolve("expired"), List.of(), hourAgo, now.minusSeconds(60));
    TlsOptions unknown = trusting(second.issue(directory.resolve("unknown"), NAMES), files);
    assertThrows(IOException.class, () -> set(Client.connector(null), node));
    assertThrows(IOException.class, () -> set(connector(trusting(expired, files)), node));
    assertThrows(IOException.class, () -> set(connector(unknown), node));
    try (Servers.Link good = connector(files).connect(node, MILLIS)) {
      assertInstanceOf(Answer.Nil.class, good.call(words("GET", "stranger"), MILLIS));
    }
  }

  private void aNodeWithTheCertificateOfAnotherDoesNotStart(LocalCluster cluster) throws Exception {
    TlsOptions another = first.issueNode(directory.resolve("another"), "journey-3-groups", 9);
    List<String> words = new ArrayList<>(cluster.plan().serverWords(3));
    words.set(words.indexOf("--data") + 1, directory.resolve("elsewhere").toString());
    words.addAll(TlsFlags.words(another));
    Process process = new ProcessBuilder(Program.command(words)).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertNotEquals(0, process.exitValue());
    assertTrue(said.contains(NAMES.get(2)), said);
  }

  /** First another authority is trusted as well, and then the nodes show what it has issued. */
  private void newFilesAreTaken(LocalCluster cluster, TlsOptions files) throws Exception {
    TlsOptions renewed = second.issue(directory.resolve("renewed"), NAMES);
    Servers.Connector newcomer = connector(trusting(renewed, files));
    List<InetSocketAddress> nodes = cluster.plan().clientAddresses();
    assertFalse(nodes.stream().anyMatch(node -> serves(newcomer, node)));
    Files.writeString(
        files.authority(), Files.readString(renewed.authority()), StandardOpenOption.APPEND);
    await(cluster, () -> nodes.stream().allMatch(node -> serves(newcomer, node)));

    Servers.Connector strict = connector(renewed);
    assertFalse(nodes.stream().anyMatch(node -> serves(strict, node)));
    Files.writeString(files.certificate(), Files.readString(renewed.certificate()));
    Files.writeString(files.key(), Files.readString(renewed.key()));
    await(cluster, () -> nodes.stream().allMatch(node -> serves(strict, node)));
  }

  private static void await(LocalCluster cluster, BooleanSupplier condition) throws Exception {
    ProcessHandle node = cluster.nodes().get(1);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0 && node.isAlive(), "new files are not taken");
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static boolean serves(Servers.Connector connector, InetSocketAddress node) {
    try (Servers.Link link = connector.connect(node, MILLIS)) {
      return link.call(words("PING"), MILLIS) instanceof Answer.Simple;
    } catch (IOException refused) {
      return false;
    }
  }

  private static void set(Servers.Connector connector, InetSocketAddress node) throws IOException {
    try (Servers.Link link = connector.connect(node, MILLIS)) {
      assertInstanceOf(
          Answer.Simple.class, link.call(words("SET", "stranger", "was here"), MILLIS));
    }
  }

  private static Servers.Connector connector(TlsOptions files) {
    try {
      return Client.connector(TlsFiles.read(files));
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  /** Shows what it has, and trusts whom another trusts now. */
  private TlsOptions trusting(TlsOptions mine, TlsOptions others) throws IOException {
    Path copy = mine.certificate().resolveSibling("trusted.pem");
    Files.writeString(copy, Files.readString(others.authority()));
    return new TlsOptions(mine.certificate(), mine.key(), copy);
  }

  private static List<byte[]> words(String... words) {
    return List.of(words).stream().map(DatabaseTest::bytes).toList();
  }

  @Test
  void theLinesOfTheReadmeMakeFilesThatServeAServerAndItsClients() throws Exception {
    String readme = Files.readString(Path.of("..", "..", "README.md"), UTF_8);
    int begin = readme.indexOf("    openssl req -x509");
    String lines = readme.substring(begin, readme.indexOf("\n\n", begin));
    int last = lines.lastIndexOf("examples/journey/journey ");
    String command = lines.substring(last + "examples/journey/journey ".length());
    assumeTrue(mayRun("openssl", "version"), "openssl is not there");
    Process made =
        new ProcessBuilder("bash", "-e", "-c", lines.substring(0, last))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(made.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, made.waitFor(), said);

    TlsOptions files =
        new TlsOptions(
            directory.resolve("cert.pem"),
            directory.resolve("key.pem"),
            directory.resolve("ca.pem"));
    assertEquals(NAMES, TlsFiles.uris(TlsFiles.read(files).certificate()));
    assertEquals("cluster --tls-cert cert.pem --tls-key key.pem --tls-ca ca.pem", command.trim());
    ServerOptions options =
        ServerOptions.of(
                1,
                List.of("1=127.0.0.1:7001"),
                directory.resolve("data"),
                3,
                TlsTest.freePort(),
                Duration.ofSeconds(2))
            .withTls(files);
    try (Server server = Server.start(options, FakeNode::start)) {
      set(connector(files), server.clientAddress());
    }
  }

  private static boolean mayRun(String... command) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException notThere) {
      return false;
    }
  }
}
