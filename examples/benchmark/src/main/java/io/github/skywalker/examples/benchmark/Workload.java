package io.github.skywalker.examples.benchmark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * What one run does.
 *
 * @param groups how many Paxos groups
 * @param valueBytes the size of each proposed value
 * @param window proposals in flight over all groups, of the closed loop
 * @param warmup time before anything is counted
 * @param duration time that is counted
 * @param mode whether the three nodes share a JVM
 * @param proposeAt which node proposes
 * @param storage where the nodes' logs live
 * @param data a directory on the disk that is measured; the run makes its own below it
 * @param reads the share of operations that are linearizable reads
 * @param rate operations a second of the open loop; 0 for the closed one
 */
record Workload(
    int groups,
    int valueBytes,
    int window,
    Duration warmup,
    Duration duration,
    Mode mode,
    ProposeAt proposeAt,
    Storage storage,
    Path data,
    double reads,
    long rate) {

  /** Whether the three nodes share a JVM. */
  enum Mode {
    ONE_JVM("1jvm"),
    PROCESSES("processes");

    private final String word;

    Mode(String word) {
      this.word = word;
    }

    @Override
    public String toString() {
      return word;
    }
  }

  /** Which node proposes to a group. */
  enum ProposeAt {
    MASTER,
    ANY;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Where the nodes' logs live. */
  enum Storage {
    JOURNAL,
    MEMORY;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The most groups that a run has. */
  static final int MOST_GROUPS = 10_000;

  /** The largest value: as large as the library takes by default. */
  static final int MOST_VALUE_BYTES = 1 << 20;

  /** The most proposals in flight over all groups. */
  static final int MOST_WINDOW = 1 << 20;

  /** The longest warm-up or duration. */
  static final Duration LONGEST = Duration.ofHours(24);

  private static final Duration SHORTEST = Duration.ofMillis(100);

  /** The fastest open loop. */
  static final long MOST_RATE = 100_000_000;

  /** Says what is wrong, in the words of the command line. */
  Workload {
    within("--groups", groups, 1, MOST_GROUPS);
    within("--value-bytes", valueBytes, 1, MOST_VALUE_BYTES);
    within("--window", window, 1, MOST_WINDOW);
    within("--warmup", warmup, Duration.ZERO);
    within("--duration", duration, SHORTEST);
    within("--rate", rate, 0, MOST_RATE);
    if (!(reads >= 0 && reads <= 1)) {
      throw new IllegalArgumentException("--reads must be between 0 and 1; got " + reads);
    }
  }

  /** Whether what is acknowledged was synced. */
  boolean sync() {
    return storage == Storage.JOURNAL;
  }

  private static void within(String name, long number, long least, long most) {
    if (number < least || number > most) {
      throw new IllegalArgumentException(
          name + " must be between " + least + " and " + most + "; got " + number);
    }
  }

  private static void within(String name, Duration time, Duration least) {
    if (time.compareTo(least) < 0 || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name
              + " must be between "
              + Durations.show(least)
              + " and "
              + Durations.show(LONGEST)
              + "; got "
              + Durations.show(time));
    }
  }
}
