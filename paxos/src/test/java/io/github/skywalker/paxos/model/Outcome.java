package io.github.skywalker.paxos.model;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a run of TLC ended, read from its exit code and what it printed.
 *
 * @param verdict what it comes to
 * @param violated the invariant or property that does not hold, or empty
 * @param distinctStates how many it saw
 * @param queuedStates how many of these it had yet to look beyond
 * @param seconds how long it took
 * @param output all that it printed
 */
record Outcome(
    Verdict verdict,
    String violated,
    long distinctStates,
    long queuedStates,
    double seconds,
    List<String> output) {

  /** What a run comes to. */
  enum Verdict {
    CLEAN,
    VIOLATED,
    UNFINISHED,
    /** TLC could not read the module, was killed, or said something that is not known here. */
    BROKEN
  }

  private static final Pattern VIOLATION =
      Pattern.compile("Error: (?:Invariant|Action property|Property) (\\w+) is violated.*");
  private static final Pattern STATES =
      Pattern.compile(
          "(?:Progress\\(.*: )?([\\d,]+) states generated.*?, ([\\d,]+) distinct states found"
              + ".*?, ([\\d,]+) states left on queue\\.");

  /**
   * TLC says "No error has been found" also where it was stopped by its bound of time, and ends
   * with exit code 0. Only an empty queue shows that it has seen all.
   */
  static Outcome of(int exitCode, double seconds, List<String> output) {
    String violated = "";
    boolean noError = false;
    long distinct = 0;
    long queued = 0;
    for (String line : output) {
      Matcher violation = VIOLATION.matcher(line);
      if (violation.matches()) {
        violated = violation.group(1);
      }
      noError |= line.startsWith("Model checking completed. No error has been found.");
      Matcher states = STATES.matcher(line);
      if (states.matches()) {
        distinct = number(states.group(2));
        queued = number(states.group(3));
      }
    }
    Verdict verdict = Verdict.BROKEN;
    if (!violated.isEmpty()) {
      verdict = Verdict.VIOLATED;
    } else if (noError && exitCode == 0 && distinct > 0) {
      verdict = queued == 0 ? Verdict.CLEAN : Verdict.UNFINISHED;
    }
    return new Outcome(verdict, violated, distinct, queued, seconds, List.copyOf(output));
  }

  private static long number(String digits) {
    return Long.parseLong(digits.replace(",", ""));
  }

  /** Whether the run ended as it must. */
  boolean fulfils(ModelRun run) {
    return switch (run.expected()) {
      case CLEAN -> verdict == Verdict.CLEAN && distinctStates == run.distinctStates();
      case VIOLATES -> verdict == Verdict.VIOLATED && violated.equals(run.violated());
      case UNFINISHED -> verdict == Verdict.UNFINISHED || verdict == Verdict.CLEAN;
    };
  }

  /** In words. */
  String summary() {
    String end =
        switch (verdict) {
          case CLEAN -> "no error";
          case VIOLATED -> violated + " violated";
          case UNFINISHED -> "not finished, no error so far";
          case BROKEN -> "broken";
        };
    return end
        + String.format(", %,d states, %,d queued, %.1f s", distinctStates, queuedStates, seconds);
  }
}
