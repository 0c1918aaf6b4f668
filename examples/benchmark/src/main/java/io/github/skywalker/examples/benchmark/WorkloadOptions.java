package io.github.skywalker.examples.benchmark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of a run, as they stand on the command line. */
final class WorkloadOptions {

  @Option(
      names = "--groups",
      paramLabel = "N",
      defaultValue = "1",
      description = "how many Paxos groups; default ${DEFAULT-VALUE}")
  private int groups;

  @Option(
      names = "--value-bytes",
      paramLabel = "N",
      defaultValue = "100",
      description = "the size of each value; default ${DEFAULT-VALUE}")
  private int valueBytes;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "64",
      description = "proposals in flight over all groups; default ${DEFAULT-VALUE}")
  private int window;

  @Option(
      names = "--warmup",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "time before anything is counted; default ${DEFAULT-VALUE}")
  private Duration warmup = Duration.ZERO;

  @Option(
      names = "--duration",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "time that is counted; default ${DEFAULT-VALUE}")
  private Duration duration = Duration.ZERO;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "1jvm",
      description = "three nodes in one JVM or in one each: 1jvm or processes; default 1jvm")
  private Workload.Mode mode = Workload.Mode.ONE_JVM;

  @Option(
      names = "--propose-at",
      paramLabel = "NODE",
      defaultValue = "master",
      description = "the node that proposes: master or any; default ${DEFAULT-VALUE}")
  private Workload.ProposeAt proposeAt = Workload.ProposeAt.MASTER;

  @Option(
      names = "--storage",
      paramLabel = "WHERE",
      defaultValue = "journal",
      description = "where the logs live: journal or memory; default ${DEFAULT-VALUE}")
  private Workload.Storage storage = Workload.Storage.JOURNAL;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "benchmark-data",
      description =
          "a directory on the disk to be measured; what a run leaves there, it deletes; default"
              + " ${DEFAULT-VALUE}")
  private Path data = Path.of("");

  @Option(
      names = "--reads",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = "the share of operations that are linearizable reads; default ${DEFAULT-VALUE}")
  private double reads;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "operations a second, with latency counted from when each should have begun; default:"
              + " each begins when one has ended")
  private long rate;

  Workload workload() {
    return new Workload(
        groups,
        valueBytes,
        window,
        warmup,
        duration,
        mode,
        proposeAt,
        storage,
        data.toAbsolutePath().normalize(),
        reads,
        rate);
  }

  /** The words that these options would be read from. */
  static List<String> words(Workload work) {
    return List.of(
        "--groups=" + work.groups(),
        "--value-bytes=" + work.valueBytes(),
        "--window=" + work.window(),
        "--warmup=" + Durations.show(work.warmup()),
        "--duration=" + Durations.show(work.duration()),
        "--mode=" + work.mode(),
        "--propose-at=" + work.proposeAt(),
        "--storage=" + work.storage(),
        "--data=" + work.data(),
        "--reads=" + work.reads(),
        "--rate=" + work.rate());
  }
}
