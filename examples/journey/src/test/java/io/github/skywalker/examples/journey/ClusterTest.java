package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three processes on real sockets and real disk, through the doors that a user has. */
@Timeout(180)
class ClusterTest {

  private static final int NODES = 3;

  @TempDir Path directory;

  private final List<Process> processes = new ArrayList<>();
  private final Map<Integer, ProcessHandle> nodes = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @AfterEach
  void killWhatIsLeft() {
    processes.forEach(Process::destroyForcibly);
    nodes.values().forEach(ProcessHandle::destroyForcibly);
  }

  @Test
  void aClusterOutlivesAKilledNodeWhichCatchesUpWhenItIsBack() throws Exception {
    ClusterPlan plan =
        ClusterPlan.of(
            directory, OptionalInt.of(NODES), OptionalInt.empty(), OptionalInt.of(freeBasePort()));
    Process cluster = startCluster();

    try (Servers servers = new Servers(plan.clientAddresses(), Client::connect)) {
      Shell shell = shell(servers);
      put(shell, "before");

      int master = masterOf(servers, plan, 0);
      kill(master);
      put(shell, "without");
      expect(shell, "before");

      startNode(plan, master);
      put(shell, "after");
      awaitCaughtUp(cluster, servers, plan, master);
      for (String key : List.of("before", "without", "after")) {
        expect(shell, key);
      }
    }

    cluster.destroy();
    assertTrue(cluster.waitFor(60, TimeUnit.SECONDS), "the cluster does not stop");
    for (Map.Entry<Integer, ProcessHandle> node : nodes.entrySet()) {
      assertFalse(node.getValue().isAlive(), "node " + node.getKey() + " is still there");
    }

    startCluster();
    try (Servers servers = new Servers(plan.clientAddresses(), Client::connect)) {
      Shell shell = shell(servers);
      for (String key : List.of("before", "without", "after")) {
        expect(shell, key);
      }
    }
  }

  @Test
  void nodesStopWhenTheProcessThatStartedThemIsKilled() throws Exception {
    ClusterPlan.of(
        directory, OptionalInt.of(NODES), OptionalInt.empty(), OptionalInt.of(freeBasePort()));
    startCluster().destroyForcibly();
    for (ProcessHandle node : nodes.values()) {
      node.onExit().get(60, TimeUnit.SECONDS);
    }
  }

  /** Starts a cluster, and reads what it says until it can be used. */
  private Process startCluster() throws IOException {
    Process cluster =
        new ProcessBuilder(Program.command(List.of("cluster", "--data", directory.toString())))
            .redirectErrorStream(true)
            .start();
    processes.add(cluster);
    StringBuilder said = new StringBuilder();
    BufferedReader lines = cluster.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.append(line).append('\n');
      String[] words = line.trim().split(" +", 0);
      if (words.length > 2 && words[0].matches("\\d") && words[1].matches("\\d+")) {
        nodes.put(
            Integer.parseInt(words[0]), ProcessHandle.of(Long.parseLong(words[1])).orElseThrow());
      }
      if (line.startsWith("Every group has a master")) {
        assertEquals(NODES, nodes.size(), said.toString());
        return cluster;
      }
    }
    throw new AssertionError("The cluster did not start: " + said + logs());
  }

  private void kill(int node) throws Exception {
    nodes.get(node).destroyForcibly();
    nodes.get(node).onExit().get(60, TimeUnit.SECONDS);
  }

  private void startNode(ClusterPlan plan, int node) throws IOException {
    List<String> words = new ArrayList<>(plan.serverWords(node));
    words.add(Main.STOP_AT_END_OF_INPUT);
    processes.add(
        new ProcessBuilder(Program.command(words))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(plan.logOf(node).toFile()))
            .start());
  }

  private int masterOf(Servers servers, ClusterPlan plan, int group) throws IOException {
    return servers
        .inspect(plan.clientAddresses().get(0), "MASTER")
        .get(group)
        .number("master")
        .orElseThrow()
        .intValue();
  }

  /** Waits until a node has applied what the others say that is chosen. */
  private void awaitCaughtUp(Process cluster, Servers servers, ClusterPlan plan, int node)
      throws Exception {
    while (!isCaughtUp(servers, plan, node)) {
      assertFalse(cluster.waitFor(50, TimeUnit.MILLISECONDS), () -> "the cluster ended" + logs());
    }
  }

  private static boolean isCaughtUp(Servers servers, ClusterPlan plan, int node) {
    for (int group = 0; group < plan.groups(); group++) {
      long chosen = 0;
      for (InetSocketAddress address : plan.clientAddresses()) {
        chosen = Math.max(chosen, reported(servers, address, group, "chosenUpTo"));
      }
      if (reported(servers, plan.clientAddressOf(node), group, "appliedUpTo") < chosen) {
        return false;
      }
    }
    return true;
  }

  private static long reported(Servers servers, InetSocketAddress address, int group, String name) {
    try {
      return servers.inspect(address, "REPORT").get(group).number(name).orElseThrow();
    } catch (IOException notThere) {
      return -1;
    }
  }

  private Shell shell(Servers servers) {
    PrintWriter toOut = new PrintWriter(out);
    PrintWriter toErr = new PrintWriter(err);
    Router router = new Router(servers, System::nanoTime, Thread::sleep);
    return new Shell(new ShellCommands(servers, router, toOut, toErr), toOut, toErr);
  }

  /** Puts a few keys, of all groups. */
  private void put(Shell shell, String key) {
    for (int i = 0; i < 10; i++) {
      int code = shell.execute(List.of("put", key + i, "value of " + key + i));
      assertEquals(0, code, () -> err + logs());
    }
  }

  private void expect(Shell shell, String key) {
    for (int i = 0; i < 10; i++) {
      out.getBuffer().setLength(0);
      assertEquals(0, shell.execute(List.of("get", key + i)), () -> err + logs());
      assertEquals("value of " + key + i, out.toString().trim());
    }
  }

  private String logs() {
    StringBuilder logs = new StringBuilder("\n");
    for (int node = 1; node <= NODES; node++) {
      try {
        logs.append(Files.readString(directory.resolve("node-" + node + ".log")));
      } catch (IOException none) {
        logs.append("no log of node ").append(node).append('\n');
      }
    }
    return logs.toString();
  }

  /** A port from which on as many are free as the cluster takes, and those of the clients above. */
  private static int freeBasePort() throws IOException {
    while (true) {
      int base;
      try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        base = Math.min(socket.getLocalPort(), 60_000);
      }
      if (areFree(base) && areFree(base + Addresses.CLIENT_PORT_ABOVE)) {
        return base;
      }
    }
  }

  private static boolean areFree(int from) {
    for (int port = from; port < from + NODES; port++) {
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        socket.setReuseAddress(true);
      } catch (IOException taken) {
        return false;
      }
    }
    return true;
  }
}
