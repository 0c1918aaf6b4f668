package io.github.skywalker.paxos.model;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs TLC, the model checker, each time in a process of its own: it keeps its state in static
 * fields, and can do one search in a JVM.
 */
final class Tlc {

  /** What TLC may take to stop once its bound is over, before it is killed. */
  private static final int GRACE_SECONDS = 60;

  private final Path model;
  private final Path work;
  private final List<String> jvmOptions;

  /**
   * @param model the folder of the modules
   * @param work where TLC may keep its files
   * @param jvmOptions options of the processes
   */
  Tlc(Path model, Path work, List<String> jvmOptions) {
    this.model = model.toAbsolutePath();
    this.work = work.toAbsolutePath();
    this.jvmOptions = List.copyOf(jvmOptions);
  }

  /**
   * Runs it to its end, or to the end of its bound, and blocks until then.
   *
   * @param progress gets each line in which TLC says how far it is
   */
  Outcome run(ModelRun run, Consumer<String> progress) throws IOException, InterruptedException {
    Path files = Files.createDirectories(work.resolve(run.name()));
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(command(run, files))
            .directory(model.resolve("runs").toFile())
            .redirectErrorStream(true)
            .start();
    CompletableFuture<Process> ended =
        process
            .onExit()
            .orTimeout((long) run.boundSeconds() + GRACE_SECONDS, TimeUnit.SECONDS)
            .exceptionally(late -> process.destroyForcibly());
    List<String> output = new ArrayList<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        output.add(line);
        if (line.startsWith("Progress(")) {
          progress.accept(line);
        }
      }
    } finally {
      process.destroyForcibly();
    }
    int exitCode = ended.join().waitFor();
    return Outcome.of(exitCode, (System.nanoTime() - start) / 1e9, output);
  }

  private List<String> command(ModelRun run, Path files) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.add("-Djava.io.tmpdir=" + files);
    command.add("-DTLA-Library=" + model + File.separator);
    command.add("-Dtlc2.TLC.stopAfter=" + run.boundSeconds());
    command.addAll(List.of("-cp", jar().toString(), "tlc2.TLC"));
    command.addAll(List.of("-workers", "1", "-metadir", files.toString(), "-cleanup"));
    command.add("MC_" + run.name());
    return command;
  }

  /** Where the class path of the tests has TLC. */
  private static Path jar() {
    try {
      return Path.of(tlc2.TLC.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
