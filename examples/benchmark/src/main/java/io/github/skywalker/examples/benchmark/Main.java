package io.github.skywalker.examples.benchmark;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The program: {@code run}, {@code sweep}, {@code limit}, {@code table}, {@code idle}. */
@Command(
    name = "benchmark",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    description = "Measures the library on this machine, beside what the machine can do.")
final class Main {

  private static final Duration LIMIT_TIME = Duration.ofSeconds(3);

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(program(new Main()).execute(arguments));
  }

  /** A command line that reads durations and the words of the options. */
  static CommandLine program(Object command) {
    return new CommandLine(command)
        .registerConverter(Duration.class, converter(Durations::parse))
        .registerConverter(Workload.Mode.class, word(Workload.Mode.values()))
        .registerConverter(Workload.ProposeAt.class, word(Workload.ProposeAt.values()))
        .registerConverter(Workload.Storage.class, word(Workload.Storage.values()))
        .setExecutionExceptionHandler(Main::failed);
  }

  private static <T> ITypeConverter<T> converter(Function<String, T> parse) {
    return text -> {
      try {
        return parse.apply(text);
      } catch (IllegalArgumentException wrong) {
        throw new TypeConversionException(wrong.getMessage());
      }
    };
  }

  private static <T> ITypeConverter<T> word(T[] words) {
    return text ->
        Stream.of(words)
            .filter(word -> word.toString().equals(text))
            .findFirst()
            .orElseThrow(
                () ->
                    new TypeConversionException(
                        "expected one of " + Arrays.toString(words) + "; got " + text));
  }

  /** Wrong input and trouble with files and ports end in a sentence; anything else is a fault. */
  private static int failed(Exception failure, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    if (failure instanceof IllegalArgumentException || failure instanceof IOException) {
      command.getErr().println(failure.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw failure;
  }

  @Command(mixinStandardHelpOptions = true, description = "Measures one workload.")
  int run(
      @Mixin WorkloadOptions options,
      @Option(names = "--json", description = "print one line of JSON, and nothing else")
          boolean json)
      throws IOException {
    PrintStream progress = json ? new PrintStream(PrintStream.nullOutputStream()) : System.out;
    Result result = new Run(new Skywalker(), options.workload(), LIMIT_TIME, progress).run();
    System.out.print(json ? result.json() + System.lineSeparator() : result.table());
    return CommandLine.ExitCode.OK;
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Measures what the machine can do for a workload.")
  int limit(
      @Mixin WorkloadOptions options,
      @Option(
              names = "--time",
              paramLabel = "TIME",
              defaultValue = "6s",
              description = "default ${DEFAULT-VALUE}")
          Duration time)
      throws IOException {
    Workload work = options.workload();
    Files.createDirectories(work.data());
    Path directory = Files.createTempDirectory(work.data(), "limit-");
    try {
      System.out.println(LimitMeter.measure(work, directory, time).show());
    } finally {
      Files.delete(directory);
    }
    return CommandLine.ExitCode.OK;
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = "Measures every workload of a matrix; writes a CSV file and an SVG chart.")
  int sweep(
      @Mixin WorkloadOptions options,
      @Option(
              names = "--each-groups",
              paramLabel = "N",
              split = ",",
              defaultValue = "1,8,64",
              description = "default ${DEFAULT-VALUE}")
          List<Integer> groups,
      @Option(
              names = "--each-value-bytes",
              paramLabel = "N",
              split = ",",
              defaultValue = "100,1024",
              description = "default ${DEFAULT-VALUE}")
          List<Integer> valueBytes,
      @Option(
              names = "--each-window",
              paramLabel = "N",
              split = ",",
              defaultValue = "1,64,1024",
              description = "default ${DEFAULT-VALUE}")
          List<Integer> windows,
      @Option(
              names = "--out",
              paramLabel = "FILE",
              defaultValue = "sweep",
              description = "default ${DEFAULT-VALUE}")
          Path out)
      throws IOException {
    Sweep sweep = new Sweep(options.workload(), groups, valueBytes, windows);
    sweep.run(new Skywalker(), LIMIT_TIME, out, System.out);
    return CommandLine.ExitCode.OK;
  }

  @Command(
      mixinStandardHelpOptions = true,
      description =
          "Measures the six cases of the published table, beside another system if one is named.")
  int table(
      @Option(
              names = "--data",
              paramLabel = "DIR",
              defaultValue = "benchmark-data",
              description = "as of run")
          Path data,
      @Option(
              names = "--warmup",
              paramLabel = "TIME",
              defaultValue = "1s",
              description = "default ${DEFAULT-VALUE}")
          Duration warmup,
      @Option(
              names = "--duration",
              paramLabel = "TIME",
              defaultValue = "3s",
              description = "default ${DEFAULT-VALUE}")
          Duration duration,
      @Option(
              names = "--rounds",
              paramLabel = "N",
              defaultValue = "5",
              description = "default ${DEFAULT-VALUE}")
          int rounds,
      @Option(
              names = "--cases",
              paramLabel = "CASE",
              split = ",",
              description = "such as 1x100x64, for 1 group, 100 B, 64 in flight; default: the six")
          @Nullable List<String> cases,
      @Option(
              names = "--peer",
              paramLabel = "CLASS",
              description = "the main class of a worker of another system")
          Optional<String> peer,
      @Option(names = "--peer-class-path", paramLabel = "PATH", description = "its class path")
          Optional<String> peerClassPath,
      @Option(
              names = "--other",
              paramLabel = "PATH",
              description = "the class path of another build of this program, to be compared")
          Optional<String> other,
      @Option(
              names = "--java-options",
              paramLabel = "OPTION",
              split = " ",
              description = "options of the JVMs")
          @Nullable List<String> javaOptions)
      throws IOException {
    List<String> java = Objects.requireNonNullElse(javaOptions, Table.JAVA_OPTIONS);
    Table table =
        new Table(
            data.toAbsolutePath().normalize(),
            warmup,
            duration,
            rounds,
            cases == null ? Table.CASES : Table.parse(cases));
    table.add("skywalker", System.getProperty("java.class.path"), Main.class.getName(), java);
    if (other.isPresent()) {
      table.add("other", other.get(), Main.class.getName(), java);
    }
    if (peer.isPresent()) {
      table.add("peer", peerClassPath.orElse(""), peer.get(), java);
    }
    table.run(System.out);
    return CommandLine.ExitCode.OK;
  }

  @Command(
      mixinStandardHelpOptions = true,
      description =
          "Measures three processes with many groups that do nothing: what that costs, how long a"
              + " node takes to start again, and when the groups of a killed master have others.")
  int idle(
      @Option(
              names = "--groups",
              paramLabel = "N",
              defaultValue = "10000",
              description = "default ${DEFAULT-VALUE}")
          int groups,
      @Option(
              names = "--duration",
              paramLabel = "TIME",
              defaultValue = "60s",
              description = "for how long idleness is measured; default ${DEFAULT-VALUE}")
          Duration duration,
      @Option(
              names = "--data",
              paramLabel = "DIR",
              defaultValue = "benchmark-data",
              description = "as of run")
          Path data)
      throws IOException {
    Workload work =
        new Workload(
            groups,
            1,
            1,
            Duration.ZERO,
            duration,
            Workload.Mode.PROCESSES,
            Workload.ProposeAt.MASTER,
            Workload.Storage.JOURNAL,
            data,
            0,
            0);
    Files.createDirectories(data);
    LimitMeter.checkIsDisk(data);
    Path directory = Files.createTempDirectory(data, "idle-");
    try {
      new Idle(work, directory, System.out).run();
    } finally {
      Run.delete(directory);
    }
    return CommandLine.ExitCode.OK;
  }

  @Command(hidden = true, description = "Runs one node of a cluster of processes.")
  int node(
      @Mixin WorkloadOptions options,
      @Option(names = "--id", required = true) int id,
      @Option(names = "--members", split = ",", required = true) List<String> members,
      @Option(names = "--directory", required = true) Path directory)
      throws IOException {
    List<Member> parsed = members.stream().map(Member::parse).toList();
    Member self = parsed.stream().filter(member -> member.nodeId() == id).findFirst().orElseThrow();
    try (NodeSeat seat = new NodeSeat(self, parsed, options.workload(), directory)) {
      NodeProcess.serve(seat, System.in, System.out);
    }
    return CommandLine.ExitCode.OK;
  }

  @Command(hidden = true, description = "Measures workloads that are read line by line.")
  int worker() throws IOException {
    Worker.serve(new Skywalker(), System.in, System.out);
    return CommandLine.ExitCode.OK;
  }
}
