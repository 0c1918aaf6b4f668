package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose machine does not keep up with what the others decide. */
@Timeout(120)
final class SlowMachineTest {

  private static final int BOUND = 64 << 10;
  private static final int PAYLOAD = 1000;
  private static final int PROPOSALS = 2000;

  @TempDir Path directory;

  private final CountDownLatch gate = new CountDownLatch(1);

  /** Three nodes; the machine of the third one stands still until the gate is opened. */
  private TestCluster cluster() throws Exception {
    TestCluster cluster = new TestCluster(directory, 3, 3);
    cluster.groupOptions = group -> group.maxUnappliedBytes(BOUND);
    cluster.startFounders();
    cluster.machine(3).gate = gate;
    return cluster;
  }

  private static String value(int number) {
    return number + "x".repeat(PAYLOAD);
  }

  private static void proposeAll(TestCluster cluster, int node) throws Exception {
    for (int from = 0; from < PROPOSALS; from += 50) {
      List<CompletableFuture<ProposeResult>> results = new ArrayList<>();
      for (int i = from; i < from + 50; i++) {
        results.add(cluster.node(node).propose(0, TestCluster.bytes(value(i))));
      }
      for (int i = 0; i < 50; i++) {
        Status status = results.get(i).get(30, TimeUnit.SECONDS).status();
        while (status == Status.OVERLOADED) { // The bound is small for a busy machine.
          status = cluster.propose(node, value(from + i)).status();
        }
        assertEquals(Status.OK, status);
      }
    }
  }

  @Test
  void aNodeWhoseMachineStandsStillHoldsNoMoreThanItsBoundAndCatchesUpFromItsLog()
      throws Exception {
    try (TestCluster cluster = cluster();
        Closeable open = gate::countDown) {
      assertNotNull(open);
      proposeAll(cluster, 1);
      Group slow = ((PaxosNode) cluster.node(3)).find(0);
      TestCluster.await(
          () -> slow.chosenUpTo() == ((PaxosNode) cluster.node(1)).find(0).chosenUpTo());
      assertTrue(slow.applier().unappliedBytes() > PROPOSALS * PAYLOAD / 2);
      assertTrue(
          slow.applier().heldBytes() < 2 * BOUND + (1 << 20),
          () -> slow.applier().heldBytes() + " bytes are held");
      assertEquals(Status.OVERLOADED, cluster.propose(3, "one more").status());

      gate.countDown();
      cluster.catchUp(3);
      assertEquals(cluster.machine(1).executed, cluster.machine(3).executed);
      assertEquals(0, slow.applier().heldBytes());
      assertEquals(Status.OK, cluster.propose(3, "one more").status());
    }
  }

  @Test
  void aNodeThatIsClosedWhileItsMachineStandsStillAnswersEveryProposal() throws Exception {
    try (TestCluster cluster = cluster();
        Closeable open = gate::countDown) {
      assertNotNull(open);
      List<CompletableFuture<ProposeResult>> results = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        results.add(cluster.node(3).propose(0, TestCluster.bytes(value(i))));
      }
      proposeAll(cluster, 1);
      Thread closing = new Thread(() -> cluster.stop(3));
      closing.start();
      gate.countDown();
      closing.join();
      for (CompletableFuture<ProposeResult> result : results) {
        assertTrue(result.isDone());
      }
    }
  }
}
