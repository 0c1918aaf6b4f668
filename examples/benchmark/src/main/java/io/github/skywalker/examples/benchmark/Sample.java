package io.github.skywalker.examples.benchmark;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;

/**
 * What was measured over some time.
 *
 * @param proposals latencies of proposals that were acknowledged, in nanoseconds
 * @param reads latencies of reads, in nanoseconds
 * @param errors operations that ended otherwise
 * @param cpuNanos processor time of the processes
 */
record Sample(Histogram proposals, Histogram reads, long errors, long cpuNanos) {

  /** Latencies are told from one another to within a thousandth. */
  static final int DIGITS = 3;

  static Sample nothing() {
    return new Sample(new Histogram(DIGITS), new Histogram(DIGITS), 0, 0);
  }

  Sample plus(Sample other) {
    return new Sample(
        sum(proposals, other.proposals),
        sum(reads, other.reads),
        errors + other.errors,
        cpuNanos + other.cpuNanos);
  }

  Sample withCpu(long nanos) {
    return new Sample(proposals, reads, errors, cpuNanos + nanos);
  }

  private static Histogram sum(Histogram one, Histogram other) {
    Histogram sum = one.copy();
    sum.add(other);
    return sum;
  }

  @Override
  public String toString() {
    return errors + " " + cpuNanos + " " + write(proposals) + " " + write(reads);
  }

  static Sample parse(String text) {
    String[] words = text.split(" ", -1);
    return new Sample(
        read(words[2]), read(words[3]), Long.parseLong(words[0]), Long.parseLong(words[1]));
  }

  private static String write(Histogram histogram) {
    ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoCompressedByteBuffer(bytes);
    return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
  }

  private static Histogram read(String text) {
    try {
      return Histogram.decodeFromCompressedByteBuffer(
          ByteBuffer.wrap(Base64.getDecoder().decode(text)), 0);
    } catch (DataFormatException malformed) {
      throw new IllegalArgumentException("not a histogram: " + text, malformed);
    }
  }
}
