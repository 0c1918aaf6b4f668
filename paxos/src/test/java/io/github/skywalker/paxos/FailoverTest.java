package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The master's process is killed with SIGKILL, again and again: how long until the first OK, and is
 * anything lost? {@code -Dkills=50 -DleaseMillis=2000} for the figures in the README.
 */
@Timeout(900)
final class FailoverTest {

  private static final int KILLS = Integer.getInteger("kills", 3);
  private static final long LEASE_MILLIS = Long.getLong("leaseMillis", 1000);

  /** One node's process, and its conversation. */
  private static final class Child {
    private final Process process;
    private final BufferedWriter in;
    private final BufferedReader out;

    Child(int id, Path directory, List<String> members) throws IOException {
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx128m",
                  "-XX:+UseSerialGC",
                  "-DgroupLoops=" + TestCluster.GROUP_LOOPS,
                  "-cp",
                  System.getProperty("java.class.path"),
                  NodeProcess.class.getName(),
                  Integer.toString(id),
                  Long.toString(LEASE_MILLIS),
                  directory.resolve("node-" + id).toString()));
      command.addAll(members);
      process =
          new ProcessBuilder(command)
              .redirectError(
                  ProcessBuilder.Redirect.appendTo(
                      directory.resolve("node-" + id + ".log").toFile()))
              .start();
      in = process.outputWriter(StandardCharsets.UTF_8);
      out = process.inputReader(StandardCharsets.UTF_8);
      readUntil("ready");
    }

    private void readUntil(String wanted) throws IOException {
      for (String line = out.readLine(); !wanted.equals(line); line = out.readLine()) {
        if (line == null) {
          throw new IOException("The process ended before it said " + wanted);
        }
      }
    }

    String ask(String command) throws IOException {
      in.write(command);
      in.newLine();
      in.flush();
      return String.valueOf(out.readLine());
    }

    boolean isMaster() throws IOException {
      return ask("master").equals("true");
    }
  }

  @TempDir Path directory;
  private final List<Child> children = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (Child child : children) {
      child.process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
  }

  private int master() throws IOException {
    while (true) {
      for (int i = 0; i < children.size(); i++) {
        if (children.get(i).isMaster()) {
          return i;
        }
      }
    }
  }

  @Test
  void afterTheMasterIsKilledTheOthersAnswerWithinTwoLeasesAndNothingIsLost() throws Exception {
    List<String> members = new ArrayList<>();
    try (TestCluster addresses = new TestCluster(directory, 3, 3)) {
      for (int id = 1; id <= 3; id++) {
        members.add(addresses.member(id).toString());
      }
    }
    for (int id = 1; id <= 3; id++) {
      children.add(new Child(id, directory, members));
    }
    List<String> acknowledged = new ArrayList<>();
    List<Long> millis = new ArrayList<>();
    for (int kill = 0; kill < KILLS; kill++) {
      int master = master();
      String before = "before-" + kill;
      if (children.get(master).ask("propose " + before).equals("OK")) {
        acknowledged.add(before);
      }
      children.get(master).process.destroyForcibly().waitFor();
      long killed = System.nanoTime();
      String after = "after-" + kill;
      String answer = children.get((master + 1) % 3).ask("propose " + after);
      millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killed));
      assertEquals("OK", answer);
      acknowledged.add(after);
      children.set(master, new Child(master + 1, directory, members));
    }
    for (Child child : children) {
      List<String> executed = Arrays.asList(child.ask("executed").split(",", -1));
      for (String value : acknowledged) {
        assertEquals(1, Collections.frequency(executed, value), value);
      }
    }
    Collections.sort(millis);
    long p99 = millis.get((int) Math.ceil(0.99 * millis.size()) - 1);
    System.out.printf(
        Locale.ROOT,
        "From SIGKILL of the master to the first OK, %d times, lease %d ms:"
            + " median %d ms, 99th percentile %d ms, longest %d ms%n",
        KILLS,
        LEASE_MILLIS,
        millis.get(millis.size() / 2),
        p99,
        millis.get(millis.size() - 1));
    assertTrue(p99 < 2 * LEASE_MILLIS, () -> "99th percentile " + p99 + " ms of " + millis);
  }
}
