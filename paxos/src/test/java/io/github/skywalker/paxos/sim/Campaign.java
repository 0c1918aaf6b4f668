package io.github.skywalker.paxos.sim;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Runs a range of seeds, a few at a time, and adds up their figures. A large range is done piece by
 * piece, and a piece that is done is not done again.
 */
final class Campaign {

  private static final int PIECE_SEEDS = 500;
  private static final long SILENT_NANOS = 3_000_000_000L;
  private static final int MAX_FAILURES_SHOWN = 5;

  /** What came of it. */
  record Outcome(Figures figures, String failures, double seconds) {

    String summary() {
      return String.format(Locale.ROOT, "%n %s%n%s", line(), figures.table());
    }

    String line() {
      return String.format(
          Locale.ROOT,
          " %d seeds, %.1f simulated hours, in %.0f s: %.1f seeds a second",
          figures.of("seeds"),
          figures.of("simulated milliseconds") / 3_600_000.0,
          seconds,
          figures.of("seeds") / seconds);
    }
  }

  private final Path directory;
  private final Scenario scenario;
  private final long firstSeed;
  private final int seeds;
  private final boolean resumable;
  private final Figures figures = new Figures();
  private final List<Seed> failed = new ArrayList<>();

  Campaign(Path directory, Scenario scenario, long firstSeed, int seeds, boolean resumable) {
    this.directory = directory;
    this.scenario = scenario;
    this.firstSeed = firstSeed;
    this.seeds = seeds;
    this.resumable = resumable;
  }

  Outcome run() throws IOException {
    long start = System.nanoTime();
    FiguresFile file = new FiguresFile(directory.resolve(scenario.name()), Sources.fingerprint());
    for (long from = firstSeed; from < firstSeed + seeds; from += PIECE_SEEDS) {
      int many = (int) Math.min(PIECE_SEEDS, firstSeed + seeds - from);
      Figures known = resumable ? file.read(from, many) : null;
      if (known == null) {
        known = runPiece(from, many);
        if (resumable && failed.isEmpty()) {
          file.write(from, many, known);
        }
      }
      figures.addAll(known.counts());
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Outcome(figures, reports(), seconds);
  }

  private Figures runPiece(long from, int many) {
    Figures piece = new Figures();
    AtomicLong next = new AtomicLong(from);
    Progress progress = new Progress(from, many);
    List<Thread> workers = new ArrayList<>();
    int count = Math.max(1, Math.min(many, Runtime.getRuntime().availableProcessors()));
    for (int i = 0; i < count; i++) {
      Thread worker =
          new Thread(
              () -> {
                for (long number = next.getAndIncrement();
                    number < from + many;
                    number = next.getAndIncrement()) {
                  Seed seed = new Seed(scenario, number);
                  Simulation.Result result = runSafely(seed);
                  synchronized (piece) {
                    piece.addAll(result.figures());
                    if (result.failure() != null) {
                      failed.add(seed);
                    }
                    progress.done();
                  }
                }
              },
              "simulation-" + i);
      worker.start();
      workers.add(worker);
    }
    workers.forEach(Campaign::join);
    return piece;
  }

  private static Simulation.Result runSafely(Seed seed) {
    try {
      return Simulation.run(seed, false);
    } catch (RuntimeException | Error fault) {
      return Simulation.Result.broken(seed, fault);
    }
  }

  private static void join(Thread worker) {
    try {
      worker.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted", e);
    }
  }

  /** Replays the first of those that failed, to see what their nodes did. */
  private String reports() {
    StringBuilder text = new StringBuilder();
    failed.stream()
        .sorted(Comparator.comparing(Seed::number))
        .limit(MAX_FAILURES_SHOWN)
        .forEach(seed -> text.append(Report.of(seed)));
    if (failed.size() > MAX_FAILURES_SHOWN) {
      text.append("\nall that failed: ")
          .append(failed.stream().sorted(Comparator.comparing(Seed::number)).toList());
    }
    return text.toString();
  }

  /** Says now and then how far it is. */
  private static final class Progress {
    private final long from;
    private final int many;
    private int done;
    private long said = System.nanoTime();

    Progress(long from, int many) {
      this.from = from;
      this.many = many;
    }

    void done() {
      done++;
      if (System.nanoTime() - said > SILENT_NANOS) {
        said = System.nanoTime();
        System.out.printf(Locale.ROOT, "  seeds %d to %d: %d done%n", from, from + many - 1, done);
      }
    }
  }
}
