package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options of clusters and servers, and what is said of wrong ones. */
class ClusterPlanTest {

  @TempDir Path directory;

  @Test
  void aClusterStaysWhatItWasFoundedAs() throws IOException {
    ClusterPlan founded = plan(OptionalInt.of(5), OptionalInt.of(2), OptionalInt.of(9001));
    assertEquals(founded, plan(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty()));
    assertEquals(founded, plan(OptionalInt.of(5), OptionalInt.empty(), OptionalInt.of(9001)));

    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> plan(OptionalInt.of(3), OptionalInt.empty(), OptionalInt.empty()));
    assertTrue(
        refused.getMessage().contains("was founded with --nodes 5; got 3"), refused.getMessage());
  }

  @Test
  void anUnreadableNoteIsRefused() throws IOException {
    Files.writeString(directory.resolve("cluster.properties"), "nodes=many\n");
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> plan(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty()));
    assertTrue(refused.getMessage().contains("has no number for nodes"), refused.getMessage());
  }

  @Test
  void theWordsOfAServerAreOptionsOfAServer() throws IOException {
    List<String> words =
        plan(OptionalInt.of(3), OptionalInt.of(2), OptionalInt.empty()).serverWords(2);
    assertEquals(
        List.of(
            "server",
            "--id",
            "2",
            "--members",
            "1=127.0.0.1:7001,2=127.0.0.1:7002,3=127.0.0.1:7003",
            "--data",
            directory.resolve("node-2").toString(),
            "--groups",
            "2"),
        words);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 100})
  void anImpossibleNumberOfNodesIsRefused(int nodes) {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> plan(OptionalInt.of(nodes), OptionalInt.empty(), OptionalInt.empty()));
    assertEquals("--nodes must be between 1 and 99; got " + nodes, refused.getMessage());
  }

  @Test
  void aServerListensForClientsAboveItsPort() {
    ServerOptions options = server(2, 3, 0);
    assertEquals(new Member(2, "b", 7002), options.self());
    assertEquals(8002, options.clientPort());
    assertEquals(9999, server(2, 3, 9999).clientPort());
  }

  @Test
  void wrongOptionsOfAServerAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> server(3, 3, 0));
    assertThrows(IllegalArgumentException.class, () -> server(1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> server(1, 3, 65_536));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "host", "host:", ":1", "host:0", "host:65536", "host:x"})
  void whatIsNoAddressIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Addresses.parse(text));
  }

  @Test
  void anAddressOfIpVersion6StandsInBrackets() {
    assertEquals("[::1]:8001", Addresses.show(Addresses.parse("[::1]:8001")));
    assertEquals("::1", Addresses.parse("[::1]:8001").getHostString());
  }

  private ClusterPlan plan(OptionalInt nodes, OptionalInt groups, OptionalInt basePort)
      throws IOException {
    return ClusterPlan.of(directory, nodes, groups, basePort);
  }

  private ServerOptions server(int id, int groups, int clientPort) {
    return ServerOptions.of(
        id, List.of("1=a:7001", "2=b:7002"), directory, groups, clientPort, Duration.ofSeconds(2));
  }
}
