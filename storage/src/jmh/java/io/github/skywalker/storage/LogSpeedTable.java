package io.github.skywalker.storage;

import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs {@link LogSpeed}, and says at each point how much longer the log takes. */
public final class LogSpeedTable {

  private static final double MAX_RATIO = 1.3;

  private LogSpeedTable() {}

  /** Takes the options of JMH; ends with 1 if the log is slower anywhere than it may be. */
  public static void main(String[] arguments) throws RunnerException, CommandLineOptionException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .parent(new CommandLineOptions(arguments))
                    .include(LogSpeed.class.getName())
                    .build())
            .run();
    boolean good = true;
    System.out.println();
    System.out.println("records  bytes of each  bare file us  log us  ratio");
    for (RunResult result : results) {
      double file = median(result, "file");
      double log = median(result, "log");
      good &= log / file <= MAX_RATIO;
      System.out.printf(
          Locale.ROOT,
          "%7s  %13s  %12.0f  %6.0f  %5.2f%n",
          result.getParams().getParam("records"),
          result.getParams().getParam("bytes"),
          file,
          log,
          log / file);
    }
    System.out.println(
        good ? "Within " + MAX_RATIO + " everywhere." : "Slower than " + MAX_RATIO + " times.");
    if (!good) {
      System.exit(1);
    }
  }

  /** The median of the iterations' medians. */
  private static double median(RunResult result, String name) {
    Result<?> found = result.getSecondaryResults().get(name);
    return found.getStatistics().getPercentile(50);
  }
}
