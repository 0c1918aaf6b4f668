package io.github.skywalker.examples.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One life of a node: its process, from the start to the end. */
final class NodeProcess {

  private final int node;
  private final Process process;
  private final CountDownLatch ready = new CountDownLatch(1);
  private volatile boolean endIsExpected;

  /** Starts it. What it says goes to the listener, on a thread of its own. */
  NodeProcess(
      int node,
      List<String> command,
      Map<String, String> environment,
      Path logFile,
      Consumer<String> listener)
      throws IOException {
    this.node = node;
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(logFile.toFile()));
    builder.environment().putAll(environment);
    this.process = builder.start();
    Thread reader = new Thread(() -> read(listener), "node-" + node);
    reader.setDaemon(true);
    reader.start();
  }

  private void read(Consumer<String> listener) {
    try (BufferedReader out = process.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.equals(NodeLine.READY)) {
          ready.countDown();
        }
        listener.accept(line);
      }
    } catch (IOException gone) {
      // Then it is dead, and the rest does not matter.
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  boolean isReady() {
    return ready.getCount() == 0;
  }

  /** What it ended with. */
  int exitCode() {
    return process.exitValue();
  }

  /** Whether it may end from now on. */
  void expectEnd() {
    endIsExpected = true;
  }

  /** Whether it has ended although nobody wanted it to. */
  boolean hasFailed() {
    return !endIsExpected && !process.isAlive();
  }

  /** Waits until it takes part, or has ended, or the time is over; whether it takes part. */
  boolean awaitReady(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (process.isAlive() && System.nanoTime() < end) {
      if (ready.await(20, TimeUnit.MILLISECONDS)) {
        return true;
      }
    }
    return isReady() && process.isAlive();
  }

  /** SIGKILL. */
  void kill() {
    expectEnd();
    process.destroyForcibly();
  }

  /** Waits until a killed one is gone. */
  void awaitEnd() throws InterruptedException {
    process.waitFor();
  }

  /** Ends it in order; SIGKILL if that takes too long. Whether it was not needed. */
  boolean stop(long millis) throws InterruptedException {
    expectEnd();
    try {
      process.getOutputStream().close();
    } catch (IOException gone) {
      // It has ended already.
    }
    if (process.waitFor(millis, TimeUnit.MILLISECONDS)) {
      return true;
    }
    kill();
    awaitEnd();
    return false;
  }

  /** SIGSTOP or SIGCONT. */
  void signal(String name) throws IOException {
    if (process.isAlive()) {
      Shell.run("kill", "-" + name, Long.toString(process.pid()));
    }
  }

  @Override
  public String toString() {
    return "node " + node + " (process " + process.pid() + ")";
  }
}
