package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a cluster goes through in the course of time, with real processes and under load: a node is
 * away until the log that it lacks is gone everywhere, and then every node is replaced.
 */
@Tag("long")
@Timeout(600)
class LifetimeTest {

  private static final int GROUPS = 2;
  private static final int CHECKPOINT_INSTANCES = 300;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

  @TempDir Path directory;

  private final SortedMap<Integer, Process> processes = new TreeMap<>();
  private final SortedMap<Integer, Member> members = new TreeMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @AfterEach
  void killWhatIsLeft() {
    processes.values().forEach(Process::destroyForcibly);
  }

  @Test
  void aNodeThatWasAwayAndThreeNewOnesCatchUpUnderLoadAndNoProposalFails() throws Exception {
    reserveAddresses(6);
    for (int node = 1; node <= 3; node++) {
      start(node, List.of("--members", joined(1, 2, 3)));
    }
    try (Load load = new Load(addresses(1, 2, 3));
        Servers servers = new Servers(addresses(1, 2, 3), Client::connect)) {
      await("a first write", () -> load.written() > 0);

      load.use(addresses(1, 2));
      long known = applied(servers, 3);
      processes.get(3).destroyForcibly().waitFor();
      await("a log that is gone", () -> oldestInLogs(servers, 1, 2) > known);
      start(3, List.of("--members", joined(1, 2, 3)));
      awaitCaughtUp(servers, 3);

      for (int goes = 1; goes <= 3; goes++) {
        replace(servers, load, goes, goes + 3);
      }

      long written = load.written();
      await("writes by the new nodes alone", () -> load.written() > written + 100);
      load.stop();
      assertEquals(List.of(), load.failures());
      assertEqualStates(servers, 4, 5, 6);
      load.assertThere(servers);
    }
  }

  /** As an operator does it: starts the new one, replaces the old one, stops that. */
  private void replace(Servers servers, Load load, int goes, int comes) throws Exception {
    int[] present = {goes, goes + 1, goes + 2};
    start(
        comes,
        List.of(
            "--follow", joined(present), "--address", "127.0.0.1:" + members.get(comes).port()));
    Shell shell = shell(servers);
    String node = members.get(comes).toString();
    await("report of node " + comes, () -> !report(servers, comes).isEmpty());
    execute(shell, comes, "add-follower", node);
    execute(shell, comes, "replace-member", Integer.toString(goes), node);
    load.use(addresses(goes + 1, goes + 2, goes + 3));
    processes.get(goes).destroy();
    assertTrue(processes.get(goes).waitFor(30, TimeUnit.SECONDS), "node " + goes + " stays");
  }

  private void execute(Shell shell, int comes, String... words) {
    assertEquals(0, shell.execute(List.of(words)), () -> out + "\n" + err + logOf(comes));
  }

  /* Nodes. */

  private void start(int node, List<String> roles) throws IOException {
    List<String> words = new ArrayList<>(List.of("server", "--id", Integer.toString(node)));
    words.addAll(roles);
    words.addAll(List.of("--data", directory.resolve("node-" + node).toString()));
    words.addAll(List.of("--groups", Integer.toString(GROUPS), "--lease-ms", "1000"));
    words.addAll(List.of("--checkpoint-instances", Integer.toString(CHECKPOINT_INSTANCES)));
    words.addAll(List.of("--kept-instances", "0"));
    words.add(Main.STOP_AT_END_OF_INPUT);
    processes.put(
        node,
        new ProcessBuilder(Program.command(words))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile(node).toFile()))
            .start());
  }

  private Path logFile(int node) {
    return directory.resolve("node-" + node + ".log");
  }

  private String logOf(int node) {
    try {
      return Files.readString(logFile(node));
    } catch (IOException none) {
      return "no log of node " + node;
    }
  }

  private Shell shell(Servers servers) {
    PrintWriter toOut = new PrintWriter(out);
    PrintWriter toErr = new PrintWriter(err);
    Router router = new Router(servers, System::nanoTime, Thread::sleep);
    return new Shell(new ShellCommands(servers, router, toOut, toErr), toOut, toErr);
  }

  private String joined(int... nodes) {
    return String.join(
        ",", Arrays.stream(nodes).mapToObj(node -> members.get(node).toString()).toList());
  }

  private List<InetSocketAddress> addresses(int... nodes) {
    return Arrays.stream(nodes).mapToObj(this::address).toList();
  }

  private InetSocketAddress address(int node) {
    return InetSocketAddress.createUnresolved(
        "127.0.0.1", members.get(node).port() + Addresses.CLIENT_PORT_ABOVE);
  }

  /** Ports that are free, and those above them for clients. */
  private void reserveAddresses(int count) throws IOException {
    while (members.size() < count) {
      int port = freePort() - Addresses.CLIENT_PORT_ABOVE;
      if (isFree(port) && members.values().stream().noneMatch(other -> clash(other, port))) {
        int node = members.size() + 1;
        members.put(node, new Member(node, "127.0.0.1", port));
      }
    }
  }

  private static boolean clash(Member other, int port) {
    int between = Math.abs(other.port() - port);
    return between == 0 || between == Addresses.CLIENT_PORT_ABOVE;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  /* What they say. */

  private long applied(Servers servers, int node) {
    return report(servers, node).stream()
        .mapToLong(line -> number(line, "appliedUpTo"))
        .max()
        .orElse(Long.MAX_VALUE);
  }

  /** The lowest instance that any log of these still holds. */
  private long oldestInLogs(Servers servers, int... nodes) {
    long oldest = Long.MAX_VALUE;
    for (int node : nodes) {
      for (Fields line : report(servers, node)) {
        oldest = Math.min(oldest, number(line, "chosenUpTo") - number(line, "log") + 1);
      }
    }
    return oldest == Long.MAX_VALUE ? 0 : oldest;
  }

  private void awaitCaughtUp(Servers servers, int node) throws InterruptedException {
    long goal = applied(servers, node == 1 ? 2 : 1);
    await(
        "node " + node + " up to date",
        () -> {
          List<Fields> lines = report(servers, node);
          return lines.size() == GROUPS
              && lines.stream().allMatch(line -> number(line, "appliedUpTo") >= goal / 2)
              && applied(servers, node) >= goal;
        });
  }

  private List<Fields> report(Servers servers, int node) {
    try {
      return servers.inspect(address(node), "REPORT");
    } catch (IOException notThere) {
      return List.of();
    }
  }

  private static long number(Fields line, String name) {
    return line.number(name).orElse(0L);
  }

  /**
   * Takes checkpoints until those of all nodes are at the same instance, and compares their files.
   */
  private void assertEqualStates(Servers servers, int... nodes) throws Exception {
    Shell shell = shell(servers);
    for (int group = 0; group < GROUPS; group++) {
      int id = group;
      await(
          "checkpoints at the same instance",
          () ->
              shell.execute(List.of("checkpoint")) >= 0
                  && Arrays.stream(nodes).mapToLong(node -> newest(node, id)).distinct().count()
                      == 1);
      byte[] first = Files.readAllBytes(entries(nodes[0], group));
      assertTrue(first.length > 1000, "an empty state");
      for (int node : nodes) {
        assertTrue(
            Arrays.equals(first, Files.readAllBytes(entries(node, group))),
            "Nodes " + nodes[0] + " and " + node + " differ in group " + group);
      }
    }
  }

  private Path checkpoints(int node, int group) {
    return directory.resolve("node-" + node + "/paxos/groups/" + group);
  }

  private long newest(int node, int group) {
    String[] names = checkpoints(node, group).toFile().list();
    return names == null
        ? 0
        : Arrays.stream(names)
            .filter(name -> name.startsWith("checkpoint-"))
            .mapToLong(name -> Long.parseLong(name.substring("checkpoint-".length())))
            .max()
            .orElse(0);
  }

  private Path entries(int node, int group) throws IOException {
    Path checkpoint = checkpoints(node, group).resolve("checkpoint-" + newest(node, group));
    try (var files = Files.walk(checkpoint)) {
      return files.filter(file -> file.endsWith("entries")).findFirst().orElseThrow();
    }
  }

  private void await(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        StringBuilder logs = new StringBuilder();
        processes.keySet().forEach(node -> logs.append("\nnode ").append(node).append(logOf(node)));
        throw new AssertionError("No " + what + " in time: " + out + err + logs);
      }
      Thread.sleep(20);
    }
  }

  /** Clients that write all the time, and note what is answered other than "try again". */
  private static final class Load implements AutoCloseable {

    private static final int CLIENTS = 4;
    private static final int MILLIS = 30_000;

    private final List<Thread> threads = new ArrayList<>();
    private final long[] counts = new long[CLIENTS];
    private final List<String> failures = new ArrayList<>();
    private List<InetSocketAddress> used;
    private int inFlight;
    private boolean stopped;

    Load(List<InetSocketAddress> used) {
      this.used = used;
      for (int client = 0; client < CLIENTS; client++) {
        int number = client;
        Thread thread = new Thread(() -> write(number), "client " + client);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
      }
    }

    /** From now on only these are asked; waits for what was asked of others. */
    synchronized void use(List<InetSocketAddress> servers) throws InterruptedException {
      List<InetSocketAddress> before = used;
      used = List.of();
      while (inFlight > 0) {
        wait();
      }
      assertFalse(before.equals(servers));
      used = servers;
      notifyAll();
    }

    synchronized long written() {
      return Arrays.stream(counts).sum();
    }

    synchronized List<String> failures() {
      return List.copyOf(failures);
    }

    void stop() throws InterruptedException {
      close();
      for (Thread thread : threads) {
        thread.join();
      }
    }

    private synchronized InetSocketAddress take(int client) throws InterruptedException {
      while (used.isEmpty() && !stopped) {
        wait();
      }
      if (stopped) {
        return null;
      }
      inFlight++;
      return used.get((int) ((counts[client] + client) % used.size()));
    }

    private synchronized void done(int client, String failure) {
      inFlight--;
      notifyAll();
      if (failure == null) {
        counts[client]++;
      } else {
        failures.add(failure);
      }
    }

    private synchronized void repeat() {
      inFlight--;
      notifyAll();
    }

    private void write(int client) {
      try (Servers servers = new Servers(List.of(), Client::connect)) {
        for (InetSocketAddress to = take(client); to != null; to = take(client)) {
          write(servers, client, to);
        }
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      }
    }

    private void write(Servers servers, int client, InetSocketAddress to)
        throws InterruptedException {
      Servers.Link link;
      try {
        link = servers.link(to);
      } catch (IOException notThereYet) {
        repeat(); // Nothing was said to it.
        Thread.sleep(20);
        return;
      }
      long number;
      synchronized (this) {
        number = counts[client];
      }
      try {
        Answer answer =
            link.call(List.of(bytes("SET"), key(client, number), value(client, number)), MILLIS);
        if (answer instanceof Answer.Failure refusal && refusal.mayBeRepeated()) {
          repeat();
          Thread.sleep(20);
        } else {
          done(client, answer instanceof Answer.Simple ? null : to + " answers " + answer);
        }
      } catch (IOException gone) {
        done(client, to + ": " + gone.getMessage());
      }
    }

    /** Keys return after a while, so that the state does not only grow. */
    private static byte[] key(int client, long number) {
      return bytes("key " + client + " " + number % 2_000);
    }

    private static byte[] value(int client, long number) {
      return bytes("value " + number + " of " + client + " " + "x".repeat(200));
    }

    /** The last value that was acknowledged for each key. */
    void assertThere(Servers servers) throws IOException {
      Servers.Link link = servers.link(used.get(0));
      for (int client = 0; client < CLIENTS; client++) {
        for (long number = Math.max(0, counts[client] - 50); number < counts[client]; number++) {
          Answer answer = link.call(List.of(bytes("GET"), key(client, number)), MILLIS);
          assertEquals(new String(value(client, number), UTF_8), ((Answer.Bulk) answer).text());
        }
      }
    }

    private static byte[] bytes(String text) {
      return text.getBytes(UTF_8);
    }

    @Override
    public synchronized void close() {
      stopped = true;
      notifyAll();
    }
  }
}
