package io.github.skywalker.examples.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Several systems, case by case in turn, round after round: whatever else the machine does meets
 * them all. Each has a JVM of its own that stays warm; a first round is not counted.
 */
final class Table {

  /** The same for every system. */
  static final List<String> JAVA_OPTIONS = List.of("-Xmx3g");

  /** Groups, bytes of a value, proposals in flight. */
  record Case(int groups, int valueBytes, int window) {}

  /** What is published. */
  static final List<Case> CASES =
      List.of(
          new Case(1, 100, 1),
          new Case(1, 100, 64),
          new Case(1, 100, 1024),
          new Case(8, 100, 1024),
          new Case(64, 100, 1024),
          new Case(1, 1024, 1024));

  private static final List<String> FIGURES =
      List.of(
          "opsPerSec",
          "p50us",
          "p99us",
          "cpuUsPerOp",
          "ofLimit",
          "limitOpsPerSec",
          "syncP50us",
          "syncP99us",
          "maxus",
          "hiccupMaxUs",
          "syncMaxUs",
          "errors");

  /** Beside warm-up and measurement: to open the groups, elect, and compare the replicas. */
  private static final Duration LONGEST_START = Duration.ofSeconds(90);

  private final Path data;
  private final Duration warmup;
  private final Duration duration;
  private final int rounds;
  private final List<Case> cases;
  private final Map<String, List<String>> commands = new LinkedHashMap<>();

  Table(Path data, Duration warmup, Duration duration, int rounds, List<Case> cases) {
    this.data = data;
    this.warmup = warmup;
    this.duration = duration;
    this.rounds = rounds;
    this.cases = cases;
  }

  /** Reads cases such as {@code 8x100x1024}. */
  static List<Case> parse(List<String> words) {
    return words.stream()
        .map(
            word -> {
              String[] parts = word.split("x", -1);
              if (parts.length != 3) {
                throw new IllegalArgumentException(
                    "--cases: a case is GROUPSxBYTESxWINDOW, such as 8x100x1024; got " + word);
              }
              int[] numbers = Arrays.stream(parts).mapToInt(Integer::parseInt).toArray();
              return new Case(numbers[0], numbers[1], numbers[2]);
            })
        .toList();
  }

  /** Adds a system: the name of its column, and how its worker is started. */
  void add(String name, String classPath, String main, List<String> javaOptions) {
    List<String> command = new ArrayList<>(Child.java(classPath));
    command.addAll(1, javaOptions);
    command.add(main);
    command.add("worker");
    commands.put(name, command);
  }

  void run(PrintStream out) throws IOException {
    List<Contender> running = new ArrayList<>();
    try {
      for (Map.Entry<String, List<String>> contender : commands.entrySet()) {
        String name = contender.getKey();
        running.add(Contender.start(name, contender.getValue(), data.resolve(name)));
      }
      Duration longest = warmup.plus(duration).plus(LONGEST_START);
      for (int round = 0; round <= rounds; round++) {
        for (Case each : cases) {
          for (Contender contender : running) {
            String line =
                contender.measure(each, words(each, contender.data()), longest, round > 0);
            out.printf("%s %d: %s%n", contender.name(), round, line);
          }
        }
      }
      print(running, out);
    } finally {
      for (Contender contender : running) {
        contender.close();
      }
    }
  }

  private String words(Case each, Path directory) {
    return String.join(
        "\t",
        WorkloadOptions.words(
            new Workload(
                each.groups(),
                each.valueBytes(),
                each.window(),
                warmup,
                duration,
                Workload.Mode.ONE_JVM,
                Workload.ProposeAt.MASTER,
                Workload.Storage.JOURNAL,
                directory,
                0,
                0)));
  }

  private void print(List<Contender> contenders, PrintStream out) {
    out.printf(Locale.ROOT, "%nMedians of %d rounds.%n", rounds);
    for (Case each : cases) {
      out.printf(
          Locale.ROOT,
          "%n%d groups, %d B, %d in flight%n",
          each.groups(),
          each.valueBytes(),
          each.window());
      double first = 0;
      for (Contender contender : contenders) {
        String failure = contender.failure(each);
        if (failure != null) {
          out.printf(Locale.ROOT, "%-10s  %s%n", contender.name(), failure);
          continue;
        }
        List<String> found = contender.answers(each);
        StringBuilder line = new StringBuilder();
        for (String figure : FIGURES) {
          line.append(String.format(Locale.ROOT, "  %s %,.2f", figure, median(found, figure)));
        }
        double perSecond = median(found, "opsPerSec");
        first = first == 0 ? perSecond : first;
        out.printf(Locale.ROOT, "%-10s%s  ratio %.2f%n", contender.name(), line, first / perSecond);
      }
    }
  }

  /** The median of a figure over lines of JSON. */
  static double median(List<String> lines, String figure) {
    double[] sorted = lines.stream().mapToDouble(line -> number(line, figure)).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static double number(String line, String figure) {
    Matcher matcher = Pattern.compile("\"" + figure + "\":([-0-9.E]+)").matcher(line);
    if (!matcher.find()) {
      throw new IllegalArgumentException("no " + figure + " in " + line);
    }
    return Double.parseDouble(matcher.group(1));
  }
}
