package io.github.skywalker.examples.torture;

/**
 * What a client did with a key, from the call to the answer.
 *
 * @param process who
 * @param kind what
 * @param value what was read, written or appended, or set by a compare-and-set; empty for nothing
 * @param expected what a compare-and-set expected
 * @param called when it began, in nanoseconds
 * @param returned when it must have happened at the latest; {@link #NEVER} if it was not answered
 * @param certain whether it happened; else it may have
 */
record Operation(
    int process,
    Kind kind,
    String value,
    String expected,
    long called,
    long returned,
    boolean certain) {

  /** Later than everything. */
  static final long NEVER = Long.MAX_VALUE;

  /** The same, but it certainly happened, and not later than then. */
  Operation certainBy(long when) {
    return new Operation(process, kind, value, expected, called, when, true);
  }

  /**
   * Whether it can happen while a key holds this.
   *
   * @param state what the key holds; empty for nothing
   */
  boolean fits(String state) {
    return switch (kind) {
      case READ -> state.equals(value);
      case CAS -> state.equals(expected);
      case WRITE, APPEND -> true;
    };
  }

  /** What a key holds afterwards. */
  String after(String state) {
    return switch (kind) {
      case READ -> state;
      case WRITE, CAS -> value;
      case APPEND -> state.isEmpty() ? value : state + " " + value;
    };
  }

  @Override
  public String toString() {
    String what =
        switch (kind) {
          case READ -> "reads \"" + value + "\"";
          case WRITE -> "writes \"" + value + "\"";
          case CAS -> "sets \"" + value + "\" in place of \"" + expected + "\"";
          case APPEND -> "appends \"" + value + "\"";
        };
    return "process "
        + process
        + " "
        + what
        + " between "
        + called
        + " and "
        + (returned == NEVER ? "for ever" : Long.toString(returned));
  }
}
