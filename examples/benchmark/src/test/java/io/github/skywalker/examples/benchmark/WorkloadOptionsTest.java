package io.github.skywalker.examples.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class WorkloadOptionsTest {

  @Command
  private static final class Holder implements Runnable {
    @Mixin private final WorkloadOptions options = new WorkloadOptions();

    @Override
    public void run() {}
  }

  private static Workload parse(String... words) {
    Holder holder = new Holder();
    CommandLine program = Main.program(holder);
    program.parseArgs(words);
    return holder.options.workload();
  }

  @Test
  void everyOptionIsRead() {
    Workload work =
        parse(
            "--groups=8",
            "--value-bytes=1024",
            "--window=128",
            "--warmup=500ms",
            "--duration=2m",
            "--mode=processes",
            "--propose-at=any",
            "--storage=memory",
            "--data=/data",
            "--reads=0.9",
            "--rate=5000");
    assertEquals(
        new Workload(
            8,
            1024,
            128,
            Duration.ofMillis(500),
            Duration.ofMinutes(2),
            Workload.Mode.PROCESSES,
            Workload.ProposeAt.ANY,
            Workload.Storage.MEMORY,
            Path.of("/data"),
            0.9,
            5000),
        work);
  }

  @Test
  void anotherProcessReadsTheSameWorkloadFromItsWords() {
    Workload work = parse("--mode=processes", "--reads=0.25", "--warmup=1500ms", "--groups=3");
    assertEquals(work, parse(WorkloadOptions.words(work).toArray(String[]::new)));
  }

  @Test
  void whatIsOutOfBoundsIsRefusedByItsNameAndItsBound() {
    refused("--window must be between 1 and 1048576; got 0", "--window=0");
    refused("--groups must be between 1 and 10000; got 10001", "--groups=10001");
    refused("--value-bytes must be between 1 and 1048576; got 0", "--value-bytes=0");
    refused("--reads must be between 0 and 1; got 1.5", "--reads=1.5");
    refused("--rate must be between 0 and 100000000; got -1", "--rate=-1");
    refused("--duration must be between 100ms and 24h; got 10ms", "--duration=10ms");
  }

  private static void refused(String sentence, String... words) {
    Exception refusal = assertThrows(IllegalArgumentException.class, () -> parse(words));
    assertEquals(sentence, refusal.getMessage());
  }

  @Test
  void whatCannotBeReadIsRefusedWithTheWordsThatCould() {
    unreadable("such as 10s; got \"soon\"", "--warmup=soon");
    unreadable("[1jvm, processes]", "--mode=threads");
    unreadable("[master, any]", "--propose-at=nobody");
    unreadable("[journal, memory]", "--storage=tape");
    unreadable("--window", "--window=many");
  }

  private static void unreadable(String part, String... words) {
    Exception refusal = assertThrows(CommandLine.ParameterException.class, () -> parse(words));
    assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
  }

  @Test
  void aSweepRefusesAWrongWorkloadBeforeItRunsTheFirst() {
    Workload base = parse();
    assertThrows(
        IllegalArgumentException.class,
        () -> new Sweep(base, List.of(1, 8), List.of(100), List.of(64, -1)));
  }
}
