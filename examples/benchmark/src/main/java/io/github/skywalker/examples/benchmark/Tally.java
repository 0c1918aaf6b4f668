package io.github.skywalker.examples.benchmark;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** Counts what comes back from one load. May be called by any thread. */
final class Tally {

  private static final long LONGEST_NANOS = 3_600_000_000_000L;

  private final Recorder proposals = new Recorder(LONGEST_NANOS, Sample.DIGITS);
  private final Recorder reads = new Recorder(LONGEST_NANOS, Sample.DIGITS);
  private final LongAdder errors = new LongAdder();
  private final AtomicLongArray done;
  private final AtomicLongArray unknown;

  Tally(int groups) {
    this.done = new AtomicLongArray(groups);
    this.unknown = new AtomicLongArray(groups);
  }

  /** An operation has ended, so long after it was, or should have been, begun. */
  void count(int group, boolean read, Target.Fate fate, long nanos) {
    long latency = Math.min(Math.max(nanos, 0), LONGEST_NANOS);
    if (fate != Target.Fate.DONE) {
      errors.increment();
      if (!read && fate == Target.Fate.UNKNOWN) {
        unknown.incrementAndGet(group);
      }
    } else if (read) {
      reads.recordValue(latency);
    } else {
      proposals.recordValue(latency);
      done.incrementAndGet(group);
    }
  }

  /** What was counted since the last call. */
  Sample take() {
    Histogram proposed = proposals.getIntervalHistogram();
    Histogram read = reads.getIntervalHistogram();
    return new Sample(proposed, read, errors.sumThenReset(), 0);
  }

  /** What was counted since the start. */
  Answers answers() {
    return new Answers(copy(done), copy(unknown));
  }

  private static long[] copy(AtomicLongArray from) {
    long[] copy = new long[from.length()];
    Arrays.setAll(copy, from::get);
    return copy;
  }
}
