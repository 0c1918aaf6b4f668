package io.github.skywalker.examples.journey;

import java.util.ArrayList;
import java.util.List;

/** Rows of words in columns that are as wide as their widest word. */
final class Table {

  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headings) {
    rows.add(List.of(headings));
  }

  /** Adds a row, with as many words as there are headings. */
  void add(Object... words) {
    List<String> row = new ArrayList<>();
    for (Object word : words) {
      row.add(word.toString());
    }
    rows.add(row);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        String word = row.get(column);
        line.append(word).append(" ".repeat(width(column) - word.length())).append(GAP);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
