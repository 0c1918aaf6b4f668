package io.github.skywalker.examples.benchmark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * Measures one workload after the other in the same JVM, so that it is warm: reads the options of
 * each from a line, and answers with a line of JSON.
 */
@Command(name = "worker")
final class Worker implements Runnable {

  private static final Duration LIMIT_TIME = Duration.ofMillis(900);

  @Mixin private WorkloadOptions options = new WorkloadOptions();

  private Worker() {}

  @Override
  public void run() {}

  static void serve(SystemUnderTest system, InputStream in, PrintStream out) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8));
    PrintStream silent = new PrintStream(PrintStream.nullOutputStream());
    out.println(Child.READY);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Worker worker = new Worker();
      CommandLine program = Main.program(worker);
      program.parseArgs(line.split("\t", -1));
      try {
        Workload work = worker.options.workload();
        out.println(new Run(system, work, LIMIT_TIME, silent).run().json());
      } catch (IOException trouble) {
        out.println(Child.TROUBLE + trouble.getMessage());
      }
    }
  }
}
