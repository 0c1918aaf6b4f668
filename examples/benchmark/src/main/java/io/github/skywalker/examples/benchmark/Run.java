package io.github.skywalker.examples.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** One run: a fresh cluster, its load, what is counted, and whether the cluster kept its word. */
final class Run {

  private static final Duration LONGEST_ELECTION = Duration.ofMinutes(5);
  private static final Duration LONGEST_LAG = Duration.ofMinutes(2);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final double BITS_PER_MEGABIT = 1e6;

  private final SystemUnderTest system;
  private final Workload work;
  private final Duration limitTime;
  private final PrintStream progress;

  /**
   * Made for one run.
   *
   * @param limitTime how long the limit is measured
   * @param progress gets a line each second
   */
  Run(SystemUnderTest system, Workload work, Duration limitTime, PrintStream progress) {
    this.system = system;
    this.work = work;
    this.limitTime = limitTime;
    this.progress = progress;
  }

  Result run() throws IOException {
    Files.createDirectories(work.data());
    if (work.sync()) {
      LimitMeter.checkIsDisk(work.data());
    }
    Path directory = Files.createTempDirectory(work.data(), "run-");
    try {
      Limit limit = LimitMeter.measure(work, directory, limitTime);
      List<Seat> seats = system.start(work, directory);
      try {
        return measure(seats, limit);
      } finally {
        Seats.close(seats);
      }
    } finally {
      delete(directory);
    }
  }

  private Result measure(List<Seat> seats, Limit limit) throws IOException {
    int[] leaders = Seats.awaitLeaders(seats, work.groups(), LONGEST_ELECTION);
    List<Load> loads = Load.spread(work, seats.size(), leaders);
    for (int i = 0; i < seats.size(); i++) {
      seats.get(i).begin(loads.get(i));
    }
    Waiting.sleep(work.warmup());
    Sample all = Sample.nothing();
    ProcessCpu cpu = new ProcessCpu();
    long begun;
    long ended;
    long hiccup;
    try (HiccupMeter hiccups = new HiccupMeter()) {
      Seats.take(seats);
      cpu.takeNanos();
      begun = System.nanoTime();
      ended = begun;
      while (ended - begun < work.duration().toNanos()) {
        long left = begun + work.duration().toNanos() - ended;
        Waiting.sleep(left < SECOND.toNanos() ? Duration.ofNanos(left + 999_999) : SECOND);
        Sample last = Seats.take(seats).withCpu(cpu.takeNanos());
        long now = System.nanoTime();
        show((now - begun) / 1e9, last, (now - ended) / 1e9);
        ended = now;
        all = all.plus(last);
      }
      hiccup = hiccups.takeLongestNanos();
    }
    Answers answers = Answers.none(work.groups());
    for (Seat seat : seats) {
      answers = answers.plus(seat.finish());
    }
    Seats.check(seats, answers, LONGEST_LAG);
    return new Result(system.name(), work, all, (ended - begun) / 1e9, hiccup, limit);
  }

  private void show(double at, Sample last, double seconds) {
    Histogram proposals = last.proposals();
    double perSecond = (proposals.getTotalCount() + last.reads().getTotalCount()) / seconds;
    progress.printf(
        Locale.ROOT,
        "%6.1f s  %,12.0f values/s  %8.1f Mbit/s  latency µs min %.1f max %.1f avg %.1f%s%n",
        at,
        perSecond,
        perSecond * work.valueBytes() * Byte.SIZE / BITS_PER_MEGABIT,
        proposals.getTotalCount() == 0 ? 0 : proposals.getMinNonZeroValue() / 1e3,
        proposals.getMaxValue() / 1e3,
        proposals.getMean() / 1e3,
        last.errors() == 0 ? "" : "  errors " + last.errors());
  }

  static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
