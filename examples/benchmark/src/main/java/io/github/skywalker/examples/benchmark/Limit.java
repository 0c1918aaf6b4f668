package io.github.skywalker.examples.benchmark;

import java.util.Locale;

/**
 * What the machine can do for a workload, and so the least latency and the most throughput that any
 * three replicas on it could have.
 *
 * <ul>
 *   <li>An acknowledged operation has crossed loopback to a peer and back, and the peer has synced
 *       it while the two others sync too: least latency = sync + round trip, both medians.
 *   <li>With so many in flight, each for that long, at the least: throughput ≤ window / least
 *       latency. What is synced at once is then all that is in flight.
 *   <li>Each batch costs the processor three appends and two exchanges, and each operation its
 *       making and counting: throughput ≤ processors / processor time for each operation.
 * </ul>
 *
 * <p>The lesser of the two is the limit.
 *
 * @param sync of three writers that sync a batch of the window at once
 * @param roundTrip of a batch over loopback, and of a short answer
 * @param appendCpuNanos processor time of one append of a batch, with its sync
 * @param exchangeCpuNanos processor time of one exchange, at both ends
 * @param operationCpuNanos processor time of the load itself for each operation
 */
record Limit(
    int window,
    int processors,
    Times sync,
    Times roundTrip,
    double appendCpuNanos,
    double exchangeCpuNanos,
    double operationCpuNanos) {

  /** The formula, for the reader of results. */
  static final String FORMULA =
      "most = min(window / least latency, processors / cpu);"
          + " least latency = sync + round trip (medians);"
          + " cpu = (3 appends + 2 exchanges) / window + load";

  private static final int APPENDS = 3;
  private static final int EXCHANGES = 2;
  private static final double NANOS_PER_SECOND = 1e9;

  /**
   * How long something took, in nanoseconds.
   *
   * @param perSecond how often it was done in a second
   */
  record Times(double p50, double p99, double max, double perSecond) {

    /** Of what does not happen. */
    static final Times NONE = new Times(0, 0, 0, 0);
  }

  double leastLatencyNanos() {
    return sync.p50 + roundTrip.p50;
  }

  double cpuNanos() {
    return (APPENDS * appendCpuNanos + EXCHANGES * exchangeCpuNanos) / window + operationCpuNanos;
  }

  double mostPerSecond() {
    double byLatency = window / leastLatencyNanos();
    double byProcessor = processors / cpuNanos();
    return NANOS_PER_SECOND * Math.min(byLatency, byProcessor);
  }

  /** For people. */
  String show() {
    return String.format(
        Locale.ROOT,
        "three writers that sync at once: %,.0f synced appends/s each, p50 %.0f µs, p99 %.0f µs,"
            + " max %.0f µs%n"
            + "loopback round trip: p50 %.0f µs, p99 %.0f µs%n"
            + "processor time: %.1f µs for an append, %.1f µs for an exchange, %.2f µs for the"
            + " load of an operation%n"
            + "%s%n"
            + "with %d in flight on %d processors: least latency %.0f µs, processor time %.2f µs"
            + " for each operation, most throughput %,.0f/s",
        sync.perSecond,
        sync.p50 / 1e3,
        sync.p99 / 1e3,
        sync.max / 1e3,
        roundTrip.p50 / 1e3,
        roundTrip.p99 / 1e3,
        appendCpuNanos / 1e3,
        exchangeCpuNanos / 1e3,
        operationCpuNanos / 1e3,
        FORMULA,
        window,
        processors,
        leastLatencyNanos() / 1e3,
        cpuNanos() / 1e3,
        mostPerSecond());
  }
}
