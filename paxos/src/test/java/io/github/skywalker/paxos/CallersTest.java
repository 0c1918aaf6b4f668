package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static io.github.skywalker.paxos.TestCluster.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Execution;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.StateMachine;
import io.github.skywalker.api.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** User's code that does what it should not. */
@Timeout(120)
final class CallersTest {

  private static final int BLOCKED_GROUP = 1;

  @TempDir Path directory;

  private final CountDownLatch released = new CountDownLatch(1);
  private final Map<Integer, Integer> blocked = new ConcurrentHashMap<>();

  /** Executes nothing until the test lets go of it. */
  private final class Stuck implements StateMachine {
    @Override
    public int machineId() {
      return FIRST_USER_MACHINE_ID;
    }

    @Override
    public Object execute(Execution execution) {
      try {
        released.await();
      } catch (InterruptedException end) {
        throw new IllegalStateException(end);
      }
      return "at last";
    }
  }

  @Test
  void whatIsMissingIsRefusedAtOnceAndNothingIsProposed() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 1).startFounders()) {
      var node = cluster.node(1);
      assertThrows(NullPointerException.class, () -> node.propose(0, null));
      assertThrows(NullPointerException.class, () -> node.propose(0, bytes("x"), null));
      assertThrows(
          NullPointerException.class, () -> node.propose(0, bytes("x"), null, result -> {}));
      assertThrows(
          NullPointerException.class,
          () -> node.propose(7, bytes("x"), ProposeOptions.DEFAULT, null));
      assertEquals(0, node.report(0).pendingProposals());
      assertEquals(Status.OK, cluster.propose(1, "x").status());
      assertEquals(1, cluster.machine(1).executed.size());
    }
  }

  /** Node 2's machine of one group is stuck: the others need its votes, and get them. */
  @Test
  void aMachineThatNeverComesBackHoldsUpNeitherVotesNorLearningNorOtherApplyLoops()
      throws Exception {
    TestCluster cluster = new TestCluster(directory, 3, 3);
    cluster.nodeOptions =
        options -> {
          int id = options.build().self().nodeId();
          StateMachine machine = id == 2 ? new Stuck() : new TestCluster.Recorder();
          return options
              .applyLoops(2)
              .group(cluster.group(BLOCKED_GROUP, id, machine))
              .observer(
                  new NodeObserver() {
                    @Override
                    public void machineBlocked(int group, int machineId, Duration time) {
                      blocked.put(group, machineId);
                    }
                  });
        };
    try (cluster) {
      cluster.startFounders();
      othersGoOn(cluster);
    }
  }

  private void othersGoOn(TestCluster cluster) throws Exception {
    try {
      assertEquals(Status.OK, propose(cluster, 1, BLOCKED_GROUP).status());
      cluster.stop(3);
      long before = cluster.node(2).report(BLOCKED_GROUP).chosenUpTo();
      for (int i = 0; i < 10; i++) {
        assertEquals(Status.OK, propose(cluster, 1, BLOCKED_GROUP).status());
      }
      await(() -> cluster.node(2).report(BLOCKED_GROUP).chosenUpTo() >= before + 10);
      assertEquals(Status.OK, propose(cluster, 2, 0).status());

      await(() -> cluster.node(2).report(BLOCKED_GROUP).blocked().isPresent());
      String says = cluster.node(2).report(BLOCKED_GROUP).blocked().get();
      assertTrue(says.startsWith("machine " + StateMachine.FIRST_USER_MACHINE_ID), says);
      await(() -> blocked.equals(Map.of(BLOCKED_GROUP, StateMachine.FIRST_USER_MACHINE_ID)));
      assertTrue(cluster.node(2).report(0).blocked().isEmpty());
      assertTrue(cluster.node(1).report(BLOCKED_GROUP).blocked().isEmpty());

      released.countDown();
      await(() -> cluster.node(2).report(BLOCKED_GROUP).blocked().isEmpty());
    } finally {
      released.countDown(); // Before the nodes are closed, which wait for what is stuck.
    }
  }

  @Test
  void aCallbackThatNeverComesBackHoldsUpNothingButCallbacks() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 1).startFounders()) {
      callbacksWait(cluster.node(1), cluster.machine(1));
    }
  }

  private void callbacksWait(Node node, TestCluster.Recorder machine) throws Exception {
    try {
      node.propose(
          0,
          bytes("first"),
          result -> {
            try {
              released.await();
            } catch (InterruptedException end) {
              throw new IllegalStateException(end);
            }
          });
      CompletableFuture<ProposeResult> second = node.propose(0, bytes("second"));
      await(() -> machine.executed.size() == 2);
      await(() -> node.report(0).blocked().isPresent());
      assertTrue(node.report(0).blocked().get().startsWith("a callback"));
      assertEquals(1, node.report(0).pendingProposals());
      released.countDown();
      assertEquals(Status.OK, second.get(20, TimeUnit.SECONDS).status());
      await(() -> node.report(0).blocked().isEmpty());
    } finally {
      released.countDown();
    }
  }

  private static ProposeResult propose(TestCluster cluster, int node, int group) throws Exception {
    return cluster.node(node).propose(group, bytes("value")).get(30, TimeUnit.SECONDS);
  }
}
