package io.github.skywalker.paxos.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the model of the protocol, {@code src/test/model}, and holds each run to its row of {@code
 * runs/expected.csv}.
 *
 * <p>The property {@code model.runs} says which: {@code quick}, the default, those that end within
 * seconds; {@code all}; or a regular expression for their names. A table of what they came to is
 * written to {@code target/model-report.md}.
 */
class ModelTest {

  private static final Path BASE = Path.of(System.getProperty("basedir", ""));
  private static final Path MODEL = BASE.resolve("src/test/model");
  private static final Path WORK = BASE.resolve("target/model");
  private static final Path REPORT = BASE.resolve("target/model-report.md");

  private static final String WANTED = System.getProperty("model.runs", "quick");
  private static final boolean QUICK = WANTED.equals("quick");

  /** The quick runs come to more than this together, or TLC did not do what it is here for. */
  private static final long LEAST_STATES = 50_000;

  private static final Map<ModelRun, Future<Outcome>> OUTCOMES = new LinkedHashMap<>();
  private static ExecutorService pool;

  /** Starts them all: each test then waits for its own. */
  @BeforeAll
  static void startTheRuns() throws IOException {
    // The quick runs are over before the JVM has compiled what they use; the others need memory.
    List<String> options =
        QUICK
            ? List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
            : List.of("-Xmx3g", "-XX:+UseSerialGC");
    int processes = Integer.getInteger("model.processes", QUICK ? 2 : 1);
    pool = Executors.newFixedThreadPool(processes);
    Tlc tlc = new Tlc(MODEL, WORK, options);
    List<ModelRun> runs = runs().toList();
    AtomicInteger ended = new AtomicInteger();
    for (ModelRun run : runs) {
      OUTCOMES.put(
          run,
          pool.submit(
              () -> {
                Outcome outcome = tlc.run(run, line -> progress(run, line));
                say(
                    String.format(
                        "model %d/%d %s: %s",
                        ended.incrementAndGet(), runs.size(), run.name(), outcome.summary()));
                return outcome;
              }));
    }
  }

  @AfterAll
  static void reportTheRuns() throws IOException, InterruptedException, ExecutionException {
    pool.shutdownNow();
    List<String> lines = new ArrayList<>();
    lines.add("| run | must end | ended | distinct states | queued | seconds | bound |");
    lines.add("|---|---|---|---:|---:|---:|---:|");
    for (Map.Entry<ModelRun, Future<Outcome>> entry : OUTCOMES.entrySet()) {
      ModelRun run = entry.getKey();
      if (entry.getValue().isDone()) {
        lines.add(row(run, entry.getValue().get()));
      }
    }
    Files.createDirectories(REPORT.toAbsolutePath().getParent());
    Files.write(REPORT, lines);
    if (!QUICK) {
      lines.forEach(ModelTest::say);
    }
  }

  private static String row(ModelRun run, Outcome outcome) {
    String end =
        switch (outcome.verdict()) {
          case CLEAN -> "no error";
          case VIOLATED -> "violates " + outcome.violated();
          case UNFINISHED -> "not finished, no error so far";
          case BROKEN -> "broken";
        };
    return String.format(
        "| %s | %s | %s | %,d | %,d | %.1f | %d |",
        run.name(),
        run.expectation(),
        end + (outcome.fulfils(run) ? "" : " (wrong)"),
        outcome.distinctStates(),
        outcome.queuedStates(),
        outcome.seconds(),
        run.boundSeconds());
  }

  private static void progress(ModelRun run, String line) {
    if (!QUICK) {
      say("  " + run.name() + ": " + line);
    }
  }

  private static void say(String line) {
    System.out.println(line);
  }

  private static List<ModelRun> table() throws IOException {
    return ModelRun.readAll(MODEL.resolve("runs/expected.csv"));
  }

  static Stream<ModelRun> runs() throws IOException {
    return table().stream()
        .filter(
            run ->
                switch (WANTED) {
                  case "quick" -> run.quick();
                  case "all" -> true;
                  default -> run.name().matches(WANTED);
                });
  }

  @ParameterizedTest
  @MethodSource("runs")
  void eachRunEndsAsTheTableSays(ModelRun run) throws InterruptedException, ExecutionException {
    Outcome outcome = OUTCOMES.get(run).get();

    assertTrue(
        outcome.fulfils(run),
        () ->
            String.format(
                "must be: %s %s%nbut is: %s%n%s",
                run.expectation(),
                run.distinctStates() > 0 ? "with " + run.distinctStates() + " states" : "",
                outcome.summary(),
                String.join(System.lineSeparator(), outcome.output())));
  }

  @Test
  void theRunsTogetherSawManyStates() throws InterruptedException, ExecutionException {
    long states = 0;
    for (Future<Outcome> outcome : OUTCOMES.values()) {
      states += outcome.get().distinctStates();
    }

    assertTrue(!QUICK || states > LEAST_STATES, "only " + states);
  }

  @Test
  void theTableNamesEveryRunThatThereIs() throws IOException {
    TreeSet<String> named = new TreeSet<>();
    for (ModelRun run : table()) {
      assertTrue(named.add("MC_" + run.name() + ".cfg"), () -> "twice: " + run.name());
      named.add("MC_" + run.name() + ".tla");
    }
    TreeSet<String> present = new TreeSet<>();
    try (Stream<Path> files = Files.list(MODEL.resolve("runs"))) {
      files.map(file -> file.getFileName().toString()).forEach(present::add);
    }
    present.remove("expected.csv");

    assertEquals(named, present);
  }

  @Test
  void theNameOfARunSaysWhatItIsFor() throws IOException {
    for (ModelRun run : table()) {
      boolean violates = run.expected() == ModelRun.Expected.VIOLATES;
      boolean reaches = run.violated().startsWith("Reach");
      String kind = run.name().replaceFirst("^(?:lease|read|fifo)_", "").split("_", 2)[0];
      boolean fits =
          switch (kind) {
            case "fix" -> !violates;
            case "mut" -> violates && !reaches;
            case "reach" -> reaches;
            default -> false;
          };
      assertTrue(fits, run::toString);
    }
  }

  @Test
  void aSearchThatItsBoundCutShortIsNotCalledClean() {
    Outcome outcome =
        Outcome.of(
            0,
            4.6,
            List.of(
                "Model checking completed. No error has been found.",
                "Progress(15) at 2026-11-22 16:38:56: 252,055 states generated (3,307,808 s/min),"
                    + " 46,319 distinct states found (607,860 ds/min), 21,803 states left on"
                    + " queue.",
                "252055 states generated, 46319 distinct states found, 21803 states left on"
                    + " queue."));

    assertEquals(Outcome.Verdict.UNFINISHED, outcome.verdict());
    assertEquals(46_319, outcome.distinctStates());
    assertEquals(21_803, outcome.queuedStates());
  }

  @Test
  void aModuleThatCannotBeReadIsNotCalledClean() {
    Outcome outcome = Outcome.of(150, 0.4, List.of("Error: Parsing or semantic analysis failed."));

    assertEquals(Outcome.Verdict.BROKEN, outcome.verdict());
  }

  @Test
  void aMutantThatBreaksAnotherInvariantThanItsOwnIsWrong() {
    ModelRun run = new ModelRun("mut_some", ModelRun.Expected.VIOLATES, "Agreement", 0, 60, true);
    Outcome outcome =
        Outcome.of(
            12,
            0.9,
            List.of(
                "Error: Invariant Prefix is violated.",
                "31 states generated, 24 distinct states found, 13 states left on queue."));

    assertTrue(!outcome.fulfils(run));
  }
}
