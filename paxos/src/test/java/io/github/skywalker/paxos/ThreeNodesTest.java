package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Execution;
import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.StateMachine;
import io.github.skywalker.api.Status;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes with real threads, sockets and files. */
@Timeout(60)
final class ThreeNodesTest {

  /** Remembers what it has executed, in order. */
  private static final class Recorder implements StateMachine {
    final List<String> executed = new CopyOnWriteArrayList<>();

    @Override
    public int machineId() {
      return FIRST_USER_MACHINE_ID;
    }

    @Override
    public Object execute(Execution execution) {
      executed.add(new String(execution.copyValue(), StandardCharsets.UTF_8));
      return executed.size();
    }
  }

  @TempDir Path directory;
  private final List<Member> members = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<Recorder> machines = new ArrayList<>();

  @BeforeEach
  void startThreeNodes() throws Exception {
    List<ServerSocket> reserved = new ArrayList<>();
    for (int id = 1; id <= 3; id++) {
      ServerSocket socket = new ServerSocket(0);
      reserved.add(socket);
      members.add(new Member(id, "127.0.0.1", socket.getLocalPort()));
    }
    for (ServerSocket socket : reserved) {
      socket.close();
    }
    for (int i = 0; i < 3; i++) {
      machines.add(new Recorder());
      nodes.add(start(i));
    }
  }

  private Node start(int i) throws Exception {
    return PaxosNode.start(
        NodeOptions.builder()
            .self(members.get(i))
            .dataDirectory(directory.resolve("node-" + (i + 1)))
            .lease(Duration.ofSeconds(1))
            .segmentBytes(4 << 20)
            .diskReserveBytes(0)
            .groupLoops(2)
            .group(
                GroupOptions.builder(0)
                    .membership(Membership.founding(members))
                    .machine(machines.get(i))
                    .build())
            .build());
  }

  @AfterEach
  void stop() {
    nodes.forEach(Node::close);
  }

  private ProposeResult propose(int node, String value) throws Exception {
    return nodes
        .get(node)
        .propose(0, value.getBytes(StandardCharsets.UTF_8))
        .get(20, TimeUnit.SECONDS);
  }

  @Test
  void whatAnyNodeProposesIsExecutedOnAllInOneOrder() throws Exception {
    for (int i = 0; i < 30; i++) {
      assertEquals(Status.OK, propose(i % 3, "value " + i).status());
    }
    for (int i = 0; i < 3; i++) {
      nodes.get(i).readBarrier(0, ReadConsistency.LINEARIZABLE).get(10, TimeUnit.SECONDS);
      assertEquals(machines.get(0).executed, machines.get(i).executed);
    }
    assertEquals(30, machines.get(0).executed.size());
  }

  @Test
  void proposalsOfOneNodeAreAnsweredInTheOrderOfTheirSubmission() throws Exception {
    List<Integer> answered = new CopyOnWriteArrayList<>();
    CompletableFuture<Void> last = new CompletableFuture<>();
    for (int i = 0; i < 10_000; i++) {
      int number = i;
      nodes
          .get(1)
          .propose(
              0,
              Integer.toString(i).getBytes(StandardCharsets.UTF_8),
              result -> {
                assertEquals(Status.OK, result.status());
                answered.add(number);
                if (number == 9_999) {
                  last.complete(null);
                }
              });
    }
    last.get(30, TimeUnit.SECONDS);
    for (int i = 0; i < 10_000; i++) {
      assertEquals(i, answered.get(i));
      assertEquals(Integer.toString(i), machines.get(1).executed.get(i));
    }
  }

  @Test
  void aNodeThatIsStartedAgainHasWhatItHadAndCatchesUp() throws Exception {
    assertEquals(Status.OK, propose(0, "before").status());
    nodes.get(2).close();
    assertEquals(Status.OK, propose(0, "while it is away").status());
    machines.set(2, new Recorder());
    nodes.set(2, start(2));
    nodes.get(2).readBarrier(0, ReadConsistency.LINEARIZABLE).get(20, TimeUnit.SECONDS);
    assertEquals(List.of("before", "while it is away"), machines.get(2).executed);
    assertTrue(propose(2, "after").fate() == Status.Fate.APPLIED);
  }
}
