package io.github.skywalker.examples.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Every workload of a matrix. */
final class Sweep {

  private final List<Workload> matrix = new ArrayList<>();

  /** Checks them all before the first is run. */
  Sweep(Workload base, List<Integer> groups, List<Integer> valueBytes, List<Integer> windows) {
    for (int g : groups) {
      for (int v : valueBytes) {
        for (int w : windows) {
          matrix.add(
              new Workload(
                  g,
                  v,
                  w,
                  base.warmup(),
                  base.duration(),
                  base.mode(),
                  base.proposeAt(),
                  base.storage(),
                  base.data(),
                  base.reads(),
                  base.rate()));
        }
      }
    }
  }

  List<Workload> matrix() {
    return List.copyOf(matrix);
  }

  /** Runs them, and writes what is known after each, so that nothing is lost when it is ended. */
  void run(SystemUnderTest system, Duration limitTime, Path out, PrintStream progress)
      throws IOException {
    PrintStream silent = new PrintStream(PrintStream.nullOutputStream());
    List<Result> results = new ArrayList<>();
    for (Workload work : matrix) {
      Result result = new Run(system, work, limitTime, silent).run();
      results.add(result);
      progress.printf(
          Locale.ROOT,
          "%4d groups %6d B %6d in flight: %,10.0f/s, %.2f of the limit%n",
          work.groups(),
          work.valueBytes(),
          work.window(),
          result.perSecond(),
          result.perSecond() / result.limit().mostPerSecond());
      Files.writeString(Path.of(out + ".csv"), Csv.of(results));
      Files.writeString(Path.of(out + ".svg"), Chart.of(results));
    }
    progress.println("written: " + out + ".csv, " + out + ".svg");
  }
}
