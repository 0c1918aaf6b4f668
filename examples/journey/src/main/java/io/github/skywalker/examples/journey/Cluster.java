package io.github.skywalker.examples.journey;

import io.github.skywalker.api.TlsFiles;
import io.github.skywalker.api.TlsOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A cluster on this machine: one process for each node, stopped together with this one. */
final class Cluster {

  private static final int STOP_SECONDS = 15;

  private final ClusterPlan plan;
  private final @Nullable TlsOptions tls;
  private final PrintStream out;
  private final SortedMap<Integer, Process> processes = new TreeMap<>();
  private volatile boolean stopping;

  Cluster(ClusterPlan plan, @Nullable TlsOptions tls, PrintStream out) {
    this.plan = plan;
    this.tls = tls;
    this.out = out;
  }

  /**
   * Starts the nodes, says how it goes, and waits until all have ended or this process is stopped.
   *
   * @return the exit code: 1, since nodes do not end by themselves unless something is wrong
   */
  int run() throws IOException, InterruptedException {
    TlsFiles files = tls == null ? null : TlsFiles.read(tls);
    DataLock lock = DataLock.take(plan.data());
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop"));
      for (int node = 1; node <= plan.nodes(); node++) {
        start(node);
      }
      describe();
      if (new Masters(plan, Client.connector(files), out).await(this::isAnyAlive)) {
        explain();
      }
      waitForAll();
      return 1;
    } finally {
      lock.close();
    }
  }

  private void waitForAll() {
    CompletableFuture.allOf(
            processes.values().stream().map(Process::onExit).toArray(CompletableFuture<?>[]::new))
        .join();
    if (!stopping) {
      out.println("All nodes have ended.");
    }
  }

  private void start(int node) throws IOException {
    List<String> words = serverWords(node);
    // The node's standard input is a pipe that ends when this process does, however it ends.
    words.add(Main.STOP_AT_END_OF_INPUT);
    Files.createDirectories(plan.dataOf(node));
    Process process =
        new ProcessBuilder(Program.command(words))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(plan.logOf(node).toFile()))
            .start();
    processes.put(node, process);
    var unused = process.onExit().thenAccept(ended -> sayEnded(node, ended));
  }

  private List<String> serverWords(int node) {
    List<String> words = new ArrayList<>(plan.serverWords(node));
    words.addAll(TlsFlags.words(tls));
    return words;
  }

  private void sayEnded(int node, Process ended) {
    if (!stopping) {
      out.printf(
          "Node %d (process %d) has ended with code %d. The last line of its log, %s:%n  %s%n"
              + "The others go on as long as they are a majority. To start it again, in another"
              + " terminal:%n  %s%n",
          node,
          ended.pid(),
          ended.exitValue(),
          plan.logOf(node),
          lastLine(plan.logOf(node)),
          Program.line(serverWords(node)));
    }
  }

  private static String lastLine(Path log) {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.reduce((earlier, later) -> later).orElse("(empty)");
    } catch (IOException | UncheckedIOException unreadable) {
      return "(cannot be read: " + unreadable.getMessage() + ")";
    }
  }

  private boolean isAnyAlive() {
    return processes.values().stream().anyMatch(Process::isAlive);
  }

  private void describe() {
    Table table = new Table("node", "process", "clients", "data", "log");
    processes.forEach(
        (node, process) ->
            table.add(
                node,
                process.pid(),
                Addresses.show(plan.clientAddressOf(node)),
                plan.dataOf(node),
                plan.logOf(node)));
    out.print(table);
  }

  private void explain() {
    List<String> shell = new ArrayList<>(List.of("shell"));
    if (plan.basePort() != ClusterPlan.BASE_PORT) {
      shell.add("--servers");
      shell.add(String.join(",", plan.clientAddresses().stream().map(Addresses::show).toList()));
    }
    shell.addAll(TlsFlags.words(tls));
    var first = plan.clientAddressOf(1);
    out.printf(
        "Talk to it, in another terminal, with%n  %s%nor%n  redis-cli -h %s -p %d%s%n"
            + "Ctrl-C stops all nodes; the data stays.%n",
        Program.line(shell), first.getHostString(), first.getPort(), redisWords());
  }

  private String redisWords() {
    return tls == null
        ? ""
        : " --tls --cert "
            + tls.certificate()
            + " --key "
            + tls.key()
            + " --cacert "
            + tls.authority();
  }

  /** Stops the nodes, all at once, and waits for them. */
  private void stop() {
    stopping = true;
    processes.values().forEach(Process::destroy);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
    for (Process process : processes.values()) {
      try {
        if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException hurry) {
        process.destroyForcibly();
      }
    }
    out.println("All nodes are stopped.");
  }
}
