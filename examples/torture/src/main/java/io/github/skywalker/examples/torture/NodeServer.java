package io.github.skywalker.examples.torture;

import com.google.gson.Gson;
import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import io.github.skywalker.paxos.PaxosNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node of the cluster: the library, a machine for each group, and a port for clients, who write
 * and get lines of JSON. What the process says on its standard output is for who started it.
 */
final class NodeServer {

  private static final Logger log = LoggerFactory.getLogger(NodeServer.class);
  private static final Gson GSON = new Gson();

  private final List<KeyValueMachine> machines = new ArrayList<>();
  private final AtomicLong proposals = new AtomicLong();
  private final AtomicLong callbacks = new AtomicLong();
  private final AtomicLong doubled = new AtomicLong();
  private final Path data;
  private final Node node;

  private NodeServer(NodePlan plan, PrintStream out) throws IOException {
    data = plan.data();
    NodeOptions.Builder options =
        NodeOptions.builder()
            .self(plan.self())
            .clusterName("torture")
            .dataDirectory(plan.data())
            .seeds(plan.seeds())
            .lease(plan.lease())
            .segmentBytes(NodePlan.SEGMENT_BYTES)
            .groupLoops(2)
            .diskReserveBytes(plan.diskReserveBytes());
    for (int group = 0; group < plan.groups(); group++) {
      KeyValueMachine machine = new KeyValueMachine();
      machines.add(machine);
      GroupOptions.Builder groupOptions =
          GroupOptions.builder(group)
              .machine(machine)
              .maxProposalBytes(NodePlan.MAX_PROPOSAL_BYTES)
              .proposeTimeout(plan.proposeTimeout())
              .checkpointInstances(plan.checkpointInstances())
              .keptInstances(plan.keptInstances())
              .onHalt((halted, reason) -> out.println(NodeLine.halted(halted, reason)));
      if (!plan.founding().isEmpty()) {
        groupOptions.membership(Membership.founding(plan.founding()));
      }
      options.group(groupOptions.build());
    }
    node = PaxosNode.start(options.build());
  }

  /** Runs a node until the standard input ends. */
  static void run(NodePlan plan, PrintStream out) throws IOException {
    NodeServer server = new NodeServer(plan, out);
    try (ServerSocket port = new ServerSocket()) {
      port.bind(plan.clients());
      startDaemon("accept", () -> server.accept(port));
      startDaemon("watch", new MasterWatch(server.node, plan.groups(), out)::run);
      out.println(NodeLine.READY);
      while (System.in.read() >= 0) {
        // Nothing is said there: it only ends, when the node is to stop or its parent is gone.
      }
    } finally {
      server.node.close();
    }
  }

  private static void startDaemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept(ServerSocket port) {
    while (true) {
      try {
        Socket client = port.accept();
        startDaemon("client", () -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
        BufferedWriter out =
            new BufferedWriter(
                new OutputStreamWriter(client.getOutputStream(), StandardCharsets.UTF_8))) {
      client.setTcpNoDelay(true);
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.write(GSON.toJson(answer(GSON.fromJson(line, Ask.class))));
        out.newLine();
        out.flush();
      }
    } catch (IOException gone) {
      log.debug("A client is gone: {}", gone.getMessage());
    }
  }

  private Answer answer(Ask ask) {
    return switch (ask.verb()) {
      case EXECUTE -> ask.command().kind() == Kind.READ ? read(ask) : propose(ask);
      case STATUS -> status();
      case MEASURE -> {
        System.gc();
        yield status();
      }
      case CHANGE -> of(node.changeMembership(ask.group(), ask.version(), changes(ask)).join());
      case RETIRE -> of(node.retireMaster(ask.group()).join());
    };
  }

  private Answer status() {
    return new Answer(
        Step.Type.OK,
        GSON.toJson(
            Resources.status(
                node, data, machines, proposals.get(), callbacks.get(), doubled.get())));
  }

  private Answer read(Ask ask) {
    try {
      node.readBarrier(ask.group(), ReadConsistency.LINEARIZABLE).join();
      return new Answer(Step.Type.OK, machines.get(ask.group()).get(ask.command().key()));
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof NodeException why) {
        return new Answer(Step.Type.FAIL, String.valueOf(why.getMessage()));
      }
      throw failed;
    }
  }

  private Answer propose(Ask ask) {
    CompletableFuture<ProposeResult> answer = new CompletableFuture<>();
    AtomicBoolean answered = new AtomicBoolean();
    proposals.incrementAndGet();
    node.propose(
        ask.group(),
        ask.command().encode(),
        result -> {
          if (answered.compareAndSet(false, true)) {
            callbacks.incrementAndGet();
          } else {
            doubled.incrementAndGet();
          }
          answer.complete(result);
        });
    ProposeResult result = answer.join();
    if (result.status() == Status.OK && ask.command().kind() == Kind.CAS) {
      // Without an output a checkpoint has taken the place of the execution.
      return result.output() == null
          ? new Answer(Step.Type.INFO, "executed, with an outcome that nobody knows")
          : (boolean) result.output()
              ? new Answer(Step.Type.OK, "")
              : new Answer(Step.Type.FAIL, "it holds something else");
    }
    return of(result);
  }

  private static Answer of(ProposeResult result) {
    Step.Type type =
        switch (result.fate()) {
          case APPLIED -> Step.Type.OK;
          case NEVER -> Step.Type.FAIL;
          case UNKNOWN -> Step.Type.INFO;
        };
    return new Answer(type, result.status() + " " + result.detail());
  }

  private static List<MembershipChange> changes(Ask ask) {
    List<MembershipChange> changes = new ArrayList<>();
    for (Ask.Change each : ask.changes()) {
      if (each.in().isEmpty()) {
        changes.add(new MembershipChange.Remove(each.out()));
      } else if (each.out() == 0) {
        changes.add(new MembershipChange.Add(Member.parse(each.in())));
      } else {
        changes.add(new MembershipChange.Replace(each.out(), Member.parse(each.in())));
      }
    }
    return changes;
  }
}
