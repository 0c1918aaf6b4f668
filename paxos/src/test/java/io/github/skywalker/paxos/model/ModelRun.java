package io.github.skywalker.paxos.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * One run of the model checker, and how it must end: a row of {@code expected.csv}.
 *
 * @param name of the run; its files are {@code MC_name.tla} and {@code MC_name.cfg}
 * @param expected how it must end
 * @param violated the invariant that must be found violated, or empty
 * @param distinctStates how many there are, if the run is clean, else 0
 * @param boundSeconds how long it may search
 * @param quick whether it belongs to every build
 */
record ModelRun(
    String name,
    Expected expected,
    String violated,
    long distinctStates,
    int boundSeconds,
    boolean quick) {

  /** How a run must end. */
  enum Expected {
    /** All states were seen, and each invariant holds in each. */
    CLEAN,
    /** The named invariant does not hold. */
    VIOLATES,
    /** Too large for its bound: no error in what was seen. To see all of it is as good. */
    UNFINISHED
  }

  /** Reads the table; a row that cannot be read is an error, never passed over. */
  static List<ModelRun> readAll(Path table) throws IOException {
    return Files.readAllLines(table).stream().skip(1).map(ModelRun::parse).toList();
  }

  private static ModelRun parse(String row) {
    String[] cells = row.split(",", -1);
    if (cells.length != 5) {
      throw new IllegalArgumentException("not five cells: " + row);
    }
    String[] words = cells[1].split(" ", 2);
    return new ModelRun(
        cells[0],
        switch (words[0]) {
          case "clean" -> Expected.CLEAN;
          case "violates" -> Expected.VIOLATES;
          case "unfinished" -> Expected.UNFINISHED;
          default -> throw new IllegalArgumentException("no such end: " + row);
        },
        words.length == 2 ? words[1] : "",
        cells[2].isEmpty() ? 0 : Long.parseLong(cells[2]),
        Integer.parseInt(cells[3]),
        cells[4].equals("quick"));
  }

  /** The words of the table again. */
  String expectation() {
    return expected == Expected.VIOLATES
        ? "violates " + violated
        : expected.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return name + ": " + expectation();
  }
}
