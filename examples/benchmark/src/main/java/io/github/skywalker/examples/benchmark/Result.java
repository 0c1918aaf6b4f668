package io.github.skywalker.examples.benchmark;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * What one run gave.
 *
 * @param sample all that was counted
 * @param seconds for how long
 * @param hiccupNanos the longest pause of the machine or the JVM that a thread of its own saw
 * @param limit what the machine could do, measured before and after
 */
record Result(
    String system, Workload work, Sample sample, double seconds, long hiccupNanos, Limit limit) {

  private static final double[] SHOWN = {50, 90, 99, 99.9, 99.99, 100};
  private static final double BITS_PER_MEGABIT = 1e6;

  double perSecond() {
    return (sample.proposals().getTotalCount() + sample.reads().getTotalCount()) / seconds;
  }

  private double latency(Histogram of, double percentile) {
    return of.getValueAtPercentile(percentile) / 1e3;
  }

  private long operations() {
    return sample.proposals().getTotalCount() + sample.reads().getTotalCount();
  }

  /** All figures by their names, those that are words with their quotes. */
  Map<String, String> fields() {
    Histogram proposals = sample.proposals();
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("system", quote(system));
    fields.put("mode", quote(work.mode().toString()));
    fields.put("groups", String.valueOf(work.groups()));
    fields.put("valueBytes", String.valueOf(work.valueBytes()));
    fields.put("window", String.valueOf(work.window()));
    fields.put("sync", String.valueOf(work.sync()));
    fields.put("opsPerSec", number(perSecond()));
    fields.put("p50us", number(latency(proposals, 50)));
    fields.put("p99us", number(latency(proposals, 99)));
    fields.put("p999us", number(latency(proposals, 99.9)));
    fields.put("maxus", number(latency(proposals, 100)));
    fields.put("ops", String.valueOf(operations()));
    fields.put("errors", String.valueOf(sample.errors()));
    fields.put("proposeAt", quote(work.proposeAt().toString()));
    fields.put("storage", quote(work.storage().toString()));
    fields.put("rate", String.valueOf(work.rate()));
    fields.put("reads", String.valueOf(work.reads()));
    fields.put("readP50us", number(latency(sample.reads(), 50)));
    fields.put("readP99us", number(latency(sample.reads(), 99)));
    fields.put("cpuUsPerOp", number(sample.cpuNanos() / 1e3 / Math.max(1, operations())));
    fields.put("hiccupMaxUs", number(hiccupNanos / 1e3));
    fields.put("limitOpsPerSec", number(limit.mostPerSecond()));
    fields.put("ofLimit", number(perSecond() / limit.mostPerSecond()));
    fields.put("leastLatencyUs", number(limit.leastLatencyNanos() / 1e3));
    fields.put("syncP50us", number(limit.sync().p50() / 1e3));
    fields.put("syncP99us", number(limit.sync().p99() / 1e3));
    fields.put("syncMaxUs", number(limit.sync().max() / 1e3));
    fields.put("roundTripUs", number(limit.roundTrip().p50() / 1e3));
    return fields;
  }

  private static String quote(String word) {
    return "\"" + word + "\"";
  }

  private static String number(double value) {
    return value >= 100 || value == 0
        ? String.valueOf(Math.round(value))
        : String.format(Locale.ROOT, "%.3f", value);
  }

  String json() {
    return fields().entrySet().stream()
        .map(field -> quote(field.getKey()) + ":" + field.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }

  /** For people. */
  String table() {
    StringBuilder table = new StringBuilder();
    line(
        table,
        "%,.0f/s, %.1f Mbit/s of values, %,d operations, %d errors, %.2f µs of processor time each",
        perSecond(),
        perSecond() * work.valueBytes() * Byte.SIZE / BITS_PER_MEGABIT,
        operations(),
        sample.errors(),
        sample.cpuNanos() / 1e3 / Math.max(1, operations()));
    line(table, "%10s %12s%s", "percentile", "latency µs", work.reads() > 0 ? "      read µs" : "");
    for (double percentile : SHOWN) {
      String read =
          work.reads() > 0
              ? String.format(Locale.ROOT, " %12.1f", latency(sample.reads(), percentile))
              : "";
      line(table, "%10s %12.1f%s", percentile, latency(sample.proposals(), percentile), read);
    }
    line(table, "longest pause of the machine or JVM: %.1f ms", hiccupNanos / 1e6);
    line(
        table,
        "%.2f of what the machine can do, %,.0f/s; p50 %.1f times the least latency, %.0f µs",
        perSecond() / limit.mostPerSecond(),
        limit.mostPerSecond(),
        latency(sample.proposals(), 50) * 1e3 / limit.leastLatencyNanos(),
        limit.leastLatencyNanos() / 1e3);
    line(
        table,
        "p99/p50 %.1f; of the sync loop %.1f",
        latency(sample.proposals(), 99) / latency(sample.proposals(), 50),
        limit.sync().p99() / limit.sync().p50());
    if (!work.sync()) {
      line(table, "Nothing was synced: the logs were in memory.");
    }
    return table.toString();
  }

  private static void line(StringBuilder to, String format, Object... arguments) {
    to.append(String.format(Locale.ROOT, format, arguments)).append(System.lineSeparator());
  }
}
