package io.github.skywalker.examples.benchmark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws throughput over the window, both in powers of ten: a line for each number of groups and
 * size of values.
 */
final class Chart {

  private static final int WIDTH = 760;
  private static final int HEIGHT = 440;
  private static final int LEFT = 70;
  private static final int RIGHT = 190;
  private static final int TOP = 40;
  private static final int BOTTOM = 50;
  private static final int ROW = 18;
  private static final List<String> COLOURS =
      List.of("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#17becf");

  private final StringBuilder svg = new StringBuilder();
  private final Map<String, List<Result>> lines = new LinkedHashMap<>();
  private final double leastX;
  private final double mostX;
  private final double leastY;
  private final double mostY;

  private Chart(List<Result> results) {
    for (Result result : results) {
      String name = result.work().groups() + " groups, " + result.work().valueBytes() + " B";
      lines.computeIfAbsent(name, key -> new ArrayList<>()).add(result);
    }
    this.leastX = floor(results.stream().mapToDouble(Chart::x).min().orElse(0));
    this.mostX = ceiling(results.stream().mapToDouble(Chart::x).max().orElse(1), leastX);
    this.leastY = floor(results.stream().mapToDouble(Chart::y).min().orElse(0));
    this.mostY = ceiling(results.stream().mapToDouble(Chart::y).max().orElse(1), leastY);
  }

  static String of(List<Result> results) {
    return new Chart(results).draw();
  }

  private static double x(Result result) {
    return Math.log10(result.work().window());
  }

  private static double y(Result result) {
    return Math.log10(Math.max(1, result.perSecond()));
  }

  private static double floor(double value) {
    return Math.floor(value);
  }

  private static double ceiling(double value, double least) {
    return Math.max(least + 1, Math.ceil(value));
  }

  private String draw() {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"12\">",
        WIDTH, HEIGHT);
    add("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", WIDTH, HEIGHT);
    text(LEFT, TOP - ROW, "start", "acknowledged operations a second, by operations in flight");
    for (int power = (int) leastX; power <= mostX; power++) {
      double at = across(power);
      add(
          "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#ddd\"/>",
          at, TOP, at, HEIGHT - BOTTOM);
      text(at, HEIGHT - BOTTOM + ROW, "middle", String.format(Locale.ROOT, "%,.0f", pow(power)));
    }
    for (int power = (int) leastY; power <= mostY; power++) {
      double at = down(power);
      add(
          "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>",
          LEFT, at, WIDTH - RIGHT, at);
      text(LEFT - ROW / 3.0, at + 4, "end", String.format(Locale.ROOT, "%,.0f", pow(power)));
    }
    int number = 0;
    for (Map.Entry<String, List<Result>> line : lines.entrySet()) {
      draw(line.getKey(), line.getValue(), number++);
    }
    add("</svg>");
    return svg.toString();
  }

  private void draw(String name, List<Result> results, int number) {
    String colour = COLOURS.get(number % COLOURS.size());
    StringBuilder points = new StringBuilder();
    results.stream()
        .sorted(Comparator.comparingInt(result -> result.work().window()))
        .forEach(
            result -> {
              double at = across(x(result));
              double height = down(y(result));
              points.append(String.format(Locale.ROOT, "%.1f,%.1f ", at, height));
              add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", at, height, colour);
            });
    add(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
        points.toString().strip(), colour);
    double row = TOP + ROW * (number + 1.0);
    add(
        "<rect x=\"%d\" y=\"%.1f\" width=\"10\" height=\"10\" fill=\"%s\"/>",
        WIDTH - RIGHT + ROW, row - 9, colour);
    text(WIDTH - RIGHT + 2.0 * ROW, row, "start", name);
  }

  private double across(double x) {
    return LEFT + (x - leastX) / (mostX - leastX) * (WIDTH - LEFT - RIGHT);
  }

  private double down(double y) {
    return HEIGHT - BOTTOM - (y - leastY) / (mostY - leastY) * (HEIGHT - TOP - BOTTOM);
  }

  private static double pow(int power) {
    return Math.pow(10, power);
  }

  private void text(double x, double y, String anchor, String words) {
    add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, words);
  }

  private void add(String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
