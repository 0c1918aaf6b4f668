package io.github.skywalker.examples.journey;

import io.github.skywalker.api.Member;
import io.github.skywalker.paxos.PaxosNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The program: {@code journey cluster}, {@code journey server}, {@code journey shell}. */
@Command(
    name = "journey",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    description = "A replicated key-value store that speaks the protocol of Redis.")
final class Main {

  /** Makes a server stop when its standard input ends. */
  static final String STOP_AT_END_OF_INPUT = "--stop-at-end-of-input";

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(program().execute(arguments));
  }

  static CommandLine program() {
    CommandLine program = new CommandLine(new Main()).setExecutionExceptionHandler(Main::failed);
    // The words of a command of the shell are its own, also where they begin with a dash.
    Optional.ofNullable(program.getSubcommands().get("shell"))
        .ifPresent(shell -> shell.setStopAtPositional(true));
    return program;
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

  @Command(
      mixinStandardHelpOptions = true,
      description = "Starts a cluster on this machine, and stops it at Ctrl-C.")
  int cluster(
      @Option(names = "--nodes", paramLabel = "N", description = "how many nodes; default 3")
          Optional<Integer> nodes,
      @Option(
              names = "--groups",
              paramLabel = "N",
              description = "how many Paxos groups the keys are spread over; default 3")
          Optional<Integer> groups,
      @Option(
              names = "--data",
              paramLabel = "DIR",
              defaultValue = "journey-data",
              description = "the directory of all data; default ${DEFAULT-VALUE}")
          Path data,
      @Option(
              names = "--base-port",
              paramLabel = "PORT",
              description =
                  "the port of node 1 for other nodes; it listens for clients 1000 above;"
                      + " default 7001")
          Optional<Integer> basePort,
      @Mixin TlsFlags tls)
      throws IOException, InterruptedException {
    ClusterPlan plan =
        ClusterPlan.of(
            data.toAbsolutePath().normalize(), number(nodes), number(groups), number(basePort));
    return new Cluster(plan, tls.options(), System.out).run();
  }

  @Command(mixinStandardHelpOptions = true, description = "Runs one node of a cluster.")
  int server(
      @Option(
              names = "--id",
              paramLabel = "N",
              required = true,
              description = "the id of this node, from 1 up")
          int id,
      @Option(
              names = "--members",
              paramLabel = "ID=HOST:PORT",
              split = ",",
              description = "all nodes that found the cluster: 1=host:port,2=host:port,...")
          @Nullable List<String> members,
      @Option(
              names = "--follow",
              paramLabel = "ID=HOST:PORT",
              split = ",",
              description =
                  "for a node that comes later, in the place of --members: nodes to learn from,"
                      + " 1=host:port,...")
          @Nullable List<String> followed,
      @Option(
              names = "--address",
              paramLabel = "HOST:PORT",
              description = "with --follow: where this node listens for the others, host:port")
          @Nullable String address,
      @Option(
              names = "--data",
              paramLabel = "DIR",
              required = true,
              description = "the directory of this node alone")
          Path data,
      @Option(
              names = "--groups",
              paramLabel = "N",
              defaultValue = "3",
              description =
                  "how many groups the keys are spread over, the same on all nodes; default"
                      + " ${DEFAULT-VALUE}")
          int groups,
      @Option(
              names = "--client-port",
              paramLabel = "PORT",
              defaultValue = "0",
              showDefaultValue = CommandLine.Help.Visibility.NEVER,
              description = "where it listens for clients; default 1000 above its port")
          int clientPort,
      @Option(
              names = "--lease-ms",
              paramLabel = "MILLIS",
              defaultValue = "2000",
              description =
                  "after about this time a master that died is replaced; default"
                      + " ${DEFAULT-VALUE}")
          int leaseMillis,
      @Option(
              names = "--checkpoint-instances",
              paramLabel = "N",
              defaultValue = "100000",
              description =
                  "after so many instances a group takes a checkpoint; default ${DEFAULT-VALUE}")
          long checkpointInstances,
      @Option(
              names = "--kept-instances",
              paramLabel = "N",
              defaultValue = "10000",
              description =
                  "so many instances below it stay in the log, for others to learn from; default"
                      + " ${DEFAULT-VALUE}")
          long keptInstances,
      @Option(names = STOP_AT_END_OF_INPUT, hidden = true) boolean stopAtEndOfInput,
      @Mixin TlsFlags tls)
      throws IOException, InterruptedException {
    ServerOptions options =
        options(id, members, followed, address, data, groups, clientPort, leaseMillis)
            .withKeeping(new ServerOptions.Keeping(checkpointInstances, keptInstances))
            .withTls(tls.options());
    Server server = Server.start(options, PaxosNode::start);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(server), "close"));
    System.out.println(
        "node " + id + " listens for clients on " + Addresses.show(server.clientAddress()));
    if (stopAtEndOfInput) {
      System.in.transferTo(OutputStream.nullOutputStream());
      return CommandLine.ExitCode.OK;
    }
    new CountDownLatch(1).await();
    return CommandLine.ExitCode.OK;
  }

  @Command(
      mixinStandardHelpOptions = true,
      description = {
        "Talks to a cluster: runs one command, or those that are typed, or those on standard"
            + " input.",
        "The commands: put KEY VALUE, get KEY, delete KEY..., master, members, report, checkpoint,"
            + " add-follower NODE, add-member NODE, remove-member ID, replace-member ID NODE, help,"
            + " exit."
      })
  int shell(
      @Option(
              names = "--servers",
              paramLabel = "HOST:PORT",
              split = ",",
              defaultValue = "127.0.0.1:8001,127.0.0.1:8002,127.0.0.1:8003",
              description =
                  "where servers listen for clients; default those of \"journey cluster\","
                      + " ${DEFAULT-VALUE}")
          List<String> servers,
      @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "one command")
          @Nullable List<String> words,
      @Mixin TlsFlags tls)
      throws IOException {
    return Shell.run(
        servers.stream().map(Addresses::parse).toList(),
        Objects.requireNonNullElse(words, List.of()),
        tls.options());
  }

  private static ServerOptions options(
      int id,
      @Nullable List<String> members,
      @Nullable List<String> followed,
      @Nullable String address,
      Path data,
      int groups,
      int clientPort,
      int leaseMillis) {
    Duration lease = Duration.ofMillis(leaseMillis);
    if (members != null && followed == null && address == null) {
      return ServerOptions.of(id, members, data, groups, clientPort, lease);
    }
    if (members != null || followed == null || address == null) {
      throw new IllegalArgumentException(
          "A node that founds the cluster has --members; one that comes later has --follow and"
              + " --address");
    }
    Member self = Member.parse(id + "=" + address);
    return ServerOptions.following(self, followed, data, groups, clientPort, lease);
  }

  private static OptionalInt number(Optional<Integer> given) {
    return given.map(OptionalInt::of).orElse(OptionalInt.empty());
  }

  private static void close(Server server) {
    try {
      server.close();
    } catch (IOException failure) {
      System.err.println("Closing: " + failure.getMessage());
    }
  }
}
