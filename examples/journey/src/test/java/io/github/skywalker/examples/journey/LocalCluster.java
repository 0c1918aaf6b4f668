package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.skywalker.api.TlsFiles;
import io.github.skywalker.api.TlsOptions;
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
import org.jspecify.annotations.Nullable;

/**
 * Three processes on real sockets and real disk, started as a user starts them, and a shell. What
 * is left of them is killed when it is closed.
 */
final class LocalCluster implements AutoCloseable {

  private static final int NODES = 3;

  private final ClusterPlan plan;
  private final @Nullable TlsOptions tls;
  private final List<Process> processes = new ArrayList<>();
  private final Map<Integer, ProcessHandle> nodes = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private @Nullable Process cluster;

  /**
   * Plans it.
   *
   * @param tls what its nodes and its shell show; null for nothing
   */
  LocalCluster(Path directory, @Nullable TlsOptions tls) throws IOException {
    this.plan =
        ClusterPlan.of(
            directory, OptionalInt.of(NODES), OptionalInt.empty(), OptionalInt.of(freeBasePort()));
    this.tls = tls;
  }

  /** Starts it, and reads what it says until it can be used. */
  Process start() throws IOException {
    List<String> words = new ArrayList<>(List.of("cluster", "--data", plan.data().toString()));
    words.addAll(TlsFlags.words(tls));
    Process started = run(new ProcessBuilder(Program.command(words)));
    cluster = started;
    StringBuilder said = new StringBuilder();
    BufferedReader lines = started.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.append(line).append('\n');
      String[] parts = line.trim().split(" +", 0);
      if (parts.length > 2 && parts[0].matches("\\d") && parts[1].matches("\\d+")) {
        nodes.put(
            Integer.parseInt(parts[0]), ProcessHandle.of(Long.parseLong(parts[1])).orElseThrow());
      }
      if (line.startsWith("Every group has a master")) {
        assertEquals(NODES, nodes.size(), said.toString());
        return started;
      }
    }
    throw new AssertionError("The cluster did not start: " + said + logs());
  }

  /** The processes of its nodes, by their ids. */
  Map<Integer, ProcessHandle> nodes() {
    return nodes;
  }

  void kill(int node) throws Exception {
    nodes.get(node).destroyForcibly();
    nodes.get(node).onExit().get(60, TimeUnit.SECONDS);
  }

  /** Starts one node, with the words that the cluster prints for that. */
  void startNode(int node) throws IOException {
    List<String> words = new ArrayList<>(plan.serverWords(node));
    words.addAll(TlsFlags.words(tls));
    words.add(Main.STOP_AT_END_OF_INPUT);
    run(
        new ProcessBuilder(Program.command(words))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(plan.logOf(node).toFile())));
  }

  private Process run(ProcessBuilder builder) throws IOException {
    Process process = builder.redirectErrorStream(true).start();
    processes.add(process);
    return process;
  }

  ClusterPlan plan() {
    return plan;
  }

  /** The servers as the shell connects to them; the caller's to close. */
  Servers servers() throws IOException {
    return new Servers(
        plan.clientAddresses(), Client.connector(tls == null ? null : TlsFiles.read(tls)));
  }

  int masterOf(Servers servers, int group) throws IOException {
    return servers
        .inspect(plan.clientAddressOf(1), "MASTER")
        .get(group)
        .number("master")
        .orElseThrow()
        .intValue();
  }

  /** Waits until a node has applied what the others say that is chosen. */
  void awaitCaughtUp(Servers servers, int node) throws Exception {
    while (!isCaughtUp(servers, node)) {
      assertFalse(cluster.waitFor(50, TimeUnit.MILLISECONDS), () -> "the cluster ended" + logs());
    }
  }

  private boolean isCaughtUp(Servers servers, int node) {
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

  /** Puts a few keys, of all groups. */
  void put(Servers servers, String key) {
    for (int i = 0; i < 10; i++) {
      execute(servers, "put", key + i, "value of " + key + i);
    }
  }

  /** Gets them again. */
  void expect(Servers servers, String key) {
    for (int i = 0; i < 10; i++) {
      assertEquals("value of " + key + i, execute(servers, "get", key + i));
    }
  }

  /** What the shell says to a command that must go well. */
  private String execute(Servers servers, String... words) {
    out.getBuffer().setLength(0);
    PrintWriter toOut = new PrintWriter(out);
    PrintWriter toErr = new PrintWriter(err);
    Router router = new Router(servers, System::nanoTime, Thread::sleep);
    Shell shell = new Shell(new ShellCommands(servers, router, toOut, toErr), toOut, toErr);
    assertEquals(0, shell.execute(List.of(words)), () -> err + logs());
    return out.toString().trim();
  }

  private String logs() {
    StringBuilder logs = new StringBuilder("\n");
    for (int node = 1; node <= NODES; node++) {
      try {
        logs.append(Files.readString(plan.logOf(node)));
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

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
    nodes.values().forEach(ProcessHandle::destroyForcibly);
  }
}
