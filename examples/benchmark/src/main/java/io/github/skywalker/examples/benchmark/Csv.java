package io.github.skywalker.examples.benchmark;

import java.util.List;
import java.util.stream.Collectors;

/** Results as lines of comma-separated figures, below one of their names. */
final class Csv {

  private Csv() {}

  static String of(List<Result> results) {
    StringBuilder lines = new StringBuilder();
    for (Result result : results) {
      if (lines.isEmpty()) {
        lines.append(String.join(",", result.fields().keySet())).append('\n');
      }
      lines
          .append(
              result.fields().values().stream()
                  .map(figure -> figure.replace("\"", ""))
                  .collect(Collectors.joining(",")))
          .append('\n');
    }
    return lines.toString();
  }
}
