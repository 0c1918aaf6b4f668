package io.github.skywalker.examples.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A process of this program that answers lines. It ends when its standard input does. */
final class Child implements AutoCloseable {

  /** What it says first. */
  static final String READY = "ready";

  /** Begins an answer that tells of trouble. */
  static final String TROUBLE = "trouble: ";

  private static final long LONGEST_END_SECONDS = 60;

  private final Process process;
  private final Writer in;
  private final BufferedReader out;

  private Child(Process process) {
    this.process = process;
    this.in = new OutputStreamWriter(process.getOutputStream(), UTF_8);
    this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /** A JVM like this one, up to the name of the class. */
  static List<String> java() {
    return java(System.getProperty("java.class.path"));
  }

  /** A JVM with a class path of its own, up to the name of the class. */
  static List<String> java(String classPath) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", classPath);
  }

  /** Starts it, and waits until it is ready. */
  static Child start(List<String> command) throws IOException {
    Child child =
        new Child(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    try {
      String first = child.read();
      if (!first.equals(READY)) {
        throw new IOException("The process said \"" + first + "\": " + command);
      }
      return child;
    } catch (IOException failed) {
      child.close();
      throw failed;
    }
  }

  /** Sends a line, and waits for the answer. */
  String ask(String line) throws IOException {
    in.write(line + "\n");
    in.flush();
    return read();
  }

  /** The same; a process that takes longer is killed. */
  String ask(String line, Duration longest) throws IOException {
    AtomicBoolean late = new AtomicBoolean();
    CompletableFuture<Void> alarm =
        CompletableFuture.runAsync(
            () -> {
              late.set(true);
              process.destroyForcibly();
            },
            CompletableFuture.delayedExecutor(longest.toMillis(), TimeUnit.MILLISECONDS));
    try {
      return ask(line);
    } catch (IOException failed) {
      if (late.get()) {
        throw new IOException("no answer within " + longest.toMillis() + " ms", failed);
      }
      throw failed;
    } finally {
      alarm.cancel(false);
    }
  }

  private String read() throws IOException {
    String answer = out.readLine();
    if (answer == null) {
      throw new IOException("A process has ended too early; see its output.");
    }
    if (answer.startsWith(TROUBLE)) {
      throw new IOException(answer.substring(TROUBLE.length()));
    }
    return answer;
  }

  /** Ends it without asking, and waits until it is gone. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() throws IOException {
    try {
      in.close();
      if (!process.waitFor(LONGEST_END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("A process did not end in time, and was killed.");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
