package io.github.skywalker.examples.torture;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The program: {@code torture run}, {@code torture check FILE}. */
@Command(
    name = "torture",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    description = "A cluster of real processes under faults, and a judge of what it answered.")
final class Main {

  /** How a node's process ends whose directory or ports cannot be used. */
  static final int REFUSED = 3;

  private static final int UNDECIDED = 2;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(program().execute(arguments));
  }

  static CommandLine program() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(Main::failed);
  }

  /** Wrong input and trouble with files and ports end in a sentence; anything else is a fault. */
  private static int failed(Exception failure, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    if (failure instanceof IllegalArgumentException || failure instanceof IOException) {
      command.getErr().println(failure.getMessage());
      return REFUSED;
    }
    throw failure;
  }

  @Command(
      name = "run",
      mixinStandardHelpOptions = true,
      description = "Starts a cluster, lets things go wrong, lets it settle, and judges.")
  int run(
      @Option(
              names = "--seconds",
              paramLabel = "N",
              defaultValue = "180",
              description = "for how long things go wrong; default ${DEFAULT-VALUE}")
          int seconds,
      @Option(
              names = "--seed",
              paramLabel = "N",
              description = "what is drawn depends on it; default: drawn itself")
          Optional<Long> seed,
      @Option(
              names = "--nodes",
              paramLabel = "N",
              defaultValue = "3",
              description = "how many found the cluster; default ${DEFAULT-VALUE}")
          int nodes,
      @Option(
              names = "--groups",
              paramLabel = "N",
              defaultValue = "3",
              description = "how many Paxos groups there are; default ${DEFAULT-VALUE}")
          int groups,
      @Option(
              names = "--clients",
              paramLabel = "N",
              defaultValue = "6",
              description = "how many clients there are; default ${DEFAULT-VALUE}")
          int clients,
      @Option(
              names = "--lease-ms",
              paramLabel = "MILLIS",
              defaultValue = "1000",
              description = "the lease; default ${DEFAULT-VALUE}")
          int leaseMillis,
      @Option(
              names = "--faults",
              paramLabel = "FAULT",
              split = ",",
              description = "only these: ${COMPLETION-CANDIDATES}")
          @Nullable List<Fault> faults,
      @Option(
              names = "--lose-unsynced",
              negatable = true,
              defaultValue = "true",
              fallbackValue = "true",
              description =
                  "SIGKILL loses what was not synced, as a power cut does; takes gcc; default"
                      + " ${DEFAULT-VALUE}")
          boolean loseUnsynced,
      @Option(
              names = "--checkpoint-instances",
              paramLabel = "N",
              defaultValue = "300",
              description =
                  "after so many instances nodes take checkpoints; default ${DEFAULT-VALUE}")
          int checkpointInstances,
      @Option(
              names = "--kept-instances",
              paramLabel = "N",
              defaultValue = "1000000",
              description =
                  "so many instances below the newest checkpoint stay in the logs; default"
                      + " ${DEFAULT-VALUE}")
          int keptInstances,
      @Option(names = "--keep", description = "keep everything, also when nothing was wrong")
          boolean keep,
      @Option(
              names = "--directory",
              paramLabel = "DIR",
              description = "where; default: a new one for temporary files")
          Optional<Path> where)
      throws IOException, InterruptedException {
    Path directory =
        where.isPresent()
            ? where.get().toAbsolutePath().normalize()
            : Files.createTempDirectory("torture-");
    Plan plan =
        new Plan(
            seconds,
            seed.orElseGet(() -> ThreadLocalRandom.current().nextLong(1_000_000)),
            nodes,
            groups,
            clients,
            leaseMillis,
            Objects.requireNonNullElse(faults, List.of()),
            loseUnsynced,
            checkpointInstances,
            keptInstances,
            directory,
            "");
    Findings findings = new Torture(plan, System.out).run();
    if (!findings.wrong().isEmpty()) {
      return CommandLine.ExitCode.SOFTWARE;
    }
    if (!keep) {
      delete(directory);
    }
    return findings.undecided().isEmpty() ? CommandLine.ExitCode.OK : UNDECIDED;
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = "Judges a history that was written to a file.")
  int check(
      @Parameters(paramLabel = "FILE", description = "the history, a line of JSON for each step")
          Path file,
      @Option(
              names = "--max-remembered",
              paramLabel = "N",
              defaultValue = "" + Linearizability.MAX_REMEMBERED,
              description =
                  "give a key up after so many sets of operations; default ${DEFAULT-VALUE}")
          int maxRemembered)
      throws IOException {
    HistoryJudge.Verdict verdict = HistoryJudge.judge(History.read(file), maxRemembered);
    verdict.undecided().forEach(System.out::println);
    verdict.wrong().forEach(System.out::println);
    System.out.printf("%d operations on %d keys: ", verdict.operations(), verdict.keys());
    if (!verdict.wrong().isEmpty()) {
      System.out.println("not linearizable");
      return CommandLine.ExitCode.SOFTWARE;
    }
    System.out.println(verdict.undecided().isEmpty() ? "linearizable" : "undecided");
    return verdict.undecided().isEmpty() ? CommandLine.ExitCode.OK : UNDECIDED;
  }

  @Command(name = "node", hidden = true, description = "One node; started by run.")
  int node(
      @Option(names = "--self", paramLabel = "ID=HOST:PORT", required = true) String self,
      @Option(names = "--founding", paramLabel = "ID=HOST:PORT", split = ",")
          @Nullable List<String> founding,
      @Option(names = "--seeds", paramLabel = "ID=HOST:PORT", split = ",")
          @Nullable List<String> seeds,
      @Option(names = "--groups", paramLabel = "N", required = true) int groups,
      @Option(names = "--data", paramLabel = "DIR", required = true) Path data,
      @Option(names = "--clients", paramLabel = "N", required = true) String clients,
      @Option(names = "--lease-ms", paramLabel = "MILLIS", required = true) int leaseMillis,
      @Option(names = "--timeout-ms", paramLabel = "MILLIS", required = true) int timeoutMillis,
      @Option(names = "--reserve-bytes", paramLabel = "BYTES", required = true) long reserveBytes,
      @Option(names = "--checkpoint-instances", paramLabel = "N", required = true)
          long checkpointInstances,
      @Option(names = "--kept-instances", paramLabel = "N", required = true) long keptInstances)
      throws IOException {
    PrintStream out = System.out;
    int colon = clients.lastIndexOf(':');
    NodeServer.run(
        new NodePlan(
            Member.parse(self),
            members(founding),
            members(seeds),
            groups,
            data,
            new InetSocketAddress(
                clients.substring(0, colon), Integer.parseInt(clients.substring(colon + 1))),
            Duration.ofMillis(leaseMillis),
            Duration.ofMillis(timeoutMillis),
            reserveBytes,
            checkpointInstances,
            keptInstances),
        out);
    return CommandLine.ExitCode.OK;
  }

  private static List<Member> members(@Nullable List<String> words) {
    return Objects.requireNonNullElse(words, List.<String>of()).stream()
        .map(Member::parse)
        .toList();
  }
}
