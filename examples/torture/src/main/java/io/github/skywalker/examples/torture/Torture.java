package io.github.skywalker.examples.torture;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** One run: starts a cluster, lets things go wrong, lets it settle, and judges. */
final class Torture {

  /** In the directory of a run: all that the clients did. */
  static final String HISTORY = "history.jsonl";

  private static final int SPEAK_SECONDS = 5;
  private static final int AFTER_HEALING_MILLIS = 3000;

  private final Plan plan;
  private final PrintStream out;
  private final Findings findings;
  private final History history = new History();
  private final Keys keys;

  Torture(Plan plan, PrintStream out) {
    this.plan = plan;
    this.out = out;
    this.findings = new Findings(out);
    this.keys = new Keys(plan.groups());
  }

  /** Runs it. What it found is in the answer. */
  Findings run() throws IOException, InterruptedException {
    Files.createDirectories(plan.directory());
    long began = System.nanoTime();
    try (Cluster cluster = new Cluster(plan, findings)) {
      Thread hook = new Thread(() -> closeQuietly(cluster), "stop");
      Runtime.getRuntime().addShutdownHook(hook);
      try {
        run(cluster);
      } finally {
        forget(hook);
      }
      findings.note(
          String.format(
              Locale.ROOT,
              "%d masterships; bytes on their way: %d pieces corrupted, %d repeated, %d cut",
              cluster.masterships().count(),
              cluster.proxy.corrupted.sum(),
              cluster.proxy.repeated.sum(),
              cluster.proxy.cut.sum()));
    }
    history.write(plan.directory().resolve(HISTORY));
    conclude((System.nanoTime() - began) / 1e9);
    return findings;
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException itRuns) {
      // Then it has closed everything, or is about to.
    }
  }

  private static void closeQuietly(Cluster cluster) {
    try {
      cluster.close();
    } catch (IOException failed) {
      System.err.println("Closing: " + failed.getMessage());
    }
  }

  private void run(Cluster cluster) throws IOException, InterruptedException {
    Workload workload = new Workload(cluster, plan, history, keys);
    Members members = new Members(cluster, plan);
    Care care = new Care(cluster, members, findings, plan.seed());
    Settling settling = new Settling(plan, cluster, members, care, findings);
    out.printf("seed %d, in %s%n", plan.seed(), plan.directory());
    for (int node = 1; node <= plan.nodes(); node++) {
      care.start(node);
    }
    care.revive(cluster.nodes());
    double started = settling.awaitAllBack(System.nanoTime());
    out.printf(Locale.ROOT, "all nodes take part after %.1f s%n", started);
    Settling.Measure before = settling.measure();
    workload.start();

    Nemesis nemesis = new Nemesis(plan, cluster, workload, members, care, findings);
    Thread speaker = speak(workload, nemesis);
    nemesis.run(System.nanoTime() + TimeUnit.SECONDS.toNanos(plan.seconds()));
    care.heal();
    long healed = System.nanoTime();
    settling.settleMembers();
    double back = settling.awaitAllBack(healed);
    findings.note(String.format(Locale.ROOT, "all nodes are back %.1f s after healing", back));
    Thread.sleep(AFTER_HEALING_MILLIS);
    workload.stop();
    speaker.interrupt();
    speaker.join();
    cluster.lookForDead();
    settling.awaitEqual();
    Map<String, String> last = settling.readAll(workload, keys.all());
    settling.compare(before);
    judge(cluster, last);
    say(workload, nemesis, plan.seconds());
  }

  private Thread speak(Workload workload, Nemesis nemesis) {
    long began = System.nanoTime();
    Thread speaker =
        new Thread(
            () -> {
              try {
                while (true) {
                  TimeUnit.SECONDS.sleep(SPEAK_SECONDS);
                  say(workload, nemesis, (System.nanoTime() - began) / 1_000_000_000);
                }
              } catch (InterruptedException over) {
                Thread.currentThread().interrupt();
              }
            },
            "speaker");
    speaker.setDaemon(true);
    speaker.start();
    return speaker;
  }

  private void say(Workload workload, Nemesis nemesis, long seconds) {
    out.printf(
        "%5d s: %d ok, %d refused, %d unknown; now: %s%s%n",
        seconds,
        workload.ok.sum(),
        workload.refused.sum(),
        workload.unknown.sum(),
        nemesis.now(),
        findings.wrong().isEmpty() ? "" : "; WRONG: " + findings.wrong().size());
  }

  private void judge(Cluster cluster, Map<String, String> last) {
    cluster.masterships().overlaps().forEach(findings::wrong);
    HistoryJudge.appendsNotThereOnce(history, last).forEach(findings::wrong);
    HistoryJudge.Verdict verdict = HistoryJudge.judge(history, Linearizability.MAX_REMEMBERED);
    verdict.wrong().forEach(findings::wrong);
    verdict.undecided().forEach(findings::undecided);
    findings.note(verdict.operations() + " operations on " + verdict.keys() + " keys judged");
  }

  private void conclude(double seconds) {
    findings.notes().forEach(note -> out.println("  " + note));
    findings.halts().forEach(halt -> out.println("  " + halt));
    out.println(
        "  faults: "
            + findings.faults().entrySet().stream()
                .map(each -> each.getValue() + " x " + each.getKey().words())
                .collect(Collectors.joining(", ")));
    findings.undecided().forEach(what -> out.println("UNDECIDED: " + what));
    Path directory = plan.directory();
    out.printf(
        Locale.ROOT,
        "seed %d %s after %.0f s%s%n",
        plan.seed(),
        findings.wrong().isEmpty() ? "passed" : "FAILED",
        seconds,
        findings.wrong().isEmpty() ? "" : "; everything is kept in " + directory);
  }
}
