package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Execution;
import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.StateMachine;
import io.github.skywalker.api.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints, cleaning and catch-up, as a node's users see them. */
@Timeout(120)
final class CheckpointTest {

  @TempDir Path directory;

  private void propose(TestCluster cluster, int node, String what, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      assertEquals(Status.OK, cluster.propose(node, what + " " + i).status());
    }
  }

  private static long checkpoint(TestCluster cluster, int node) throws Exception {
    return cluster.node(node).checkpoint(0).get(30, TimeUnit.SECONDS);
  }

  private Path checkpointDirectory(long instance) {
    return directory.resolve("node-1/groups/0/checkpoint-" + instance);
  }

  @Test
  void aStartLoadsTheNewestCheckpointAndReplaysOnlyTheLogBehindIt() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 1)) {
      cluster.groupOptions = group -> group.keptCheckpoints(1).keptInstances(0);
      cluster.startFounders();
      propose(cluster, 1, "before", 20);
      long instance = checkpoint(cluster, 1);
      propose(cluster, 1, "behind", 5);
      List<String> executed = List.copyOf(cluster.machine(1).executed);
      await(() -> cluster.node(1).report(0).logInstances() <= 10);
      cluster.stop(1);
      cluster.start(1);
      cluster.catchUp(1);
      assertEquals(executed, cluster.machine(1).executed);
      GroupReport report = cluster.node(1).report(0);
      assertEquals(instance, report.checkpointInstance());
      assertEquals(report.chosenUpTo() - instance, report.logInstances());
    }
  }

  @Test
  void whoAsksWaitsUntilAsMuchIsKnownChosenAsTheMachineHolds() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 1)) {
      TestCluster.Recorder machine = new TestCluster.Recorder();
      machine.heldUpTo = 20;
      cluster.start(1, machine);
      propose(cluster, 1, "held", 5);
      assertTrue(cluster.node(1).report(0).chosenUpTo() < machine.heldUpTo);
      CompletableFuture<Long> asked = cluster.node(1).checkpoint(0);
      propose(cluster, 1, "more", 20);
      assertTrue(asked.get(30, TimeUnit.SECONDS) >= machine.heldUpTo);
    }
  }

  @Test
  void oneIsTakenAfterSoManyBytesOfLogHoweverFewInstancesTheyAre() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 1)) {
      cluster.groupOptions = group -> group.checkpointBytes(10_000);
      cluster.startFounders();
      propose(cluster, 1, "x".repeat(100), 20);
      assertEquals(0, cluster.node(1).report(0).checkpointInstance());
      propose(cluster, 1, "y".repeat(2_000), 7);
      await(() -> cluster.node(1).report(0).checkpointInstance() > 20);
    }
  }

  @Test
  void aDamagedCheckpointIsDiscardedAndTheOneBeforeItServes() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 1)) {
      cluster.groupOptions = group -> group.keptCheckpoints(2).keptInstances(0);
      cluster.startFounders();
      propose(cluster, 1, "first", 10);
      long older = checkpoint(cluster, 1);
      propose(cluster, 1, "second", 10);
      long newer = checkpoint(cluster, 1);
      propose(cluster, 1, "third", 10);
      List<String> executed = List.copyOf(cluster.machine(1).executed);
      cluster.stop(1);
      Path file = checkpointDirectory(newer).resolve("machine-1001/executed");
      Files.writeString(file, Files.readString(file).replace("first 3", "first 4"));
      cluster.start(1);
      cluster.catchUp(1);
      assertEquals(executed, cluster.machine(1).executed);
      assertEquals(older, cluster.node(1).report(0).checkpointInstance());
      assertTrue(Files.notExists(checkpointDirectory(newer)));
    }
  }

  @Test
  void whoFindsTheLogGoneEverywhereIsGivenACheckpointWhileWritesGoOn() throws Exception {
    AtomicLong received = new AtomicLong();
    try (TestCluster cluster = new TestCluster(directory, 3, 3)) {
      cluster.groupOptions = group -> group.checkpointInstances(40).keptInstances(5);
      cluster.nodeOptions =
          node ->
              node.catchUpPieceBytes(1 << 10)
                  .observer(
                      new NodeObserver() {
                        @Override
                        public void checkpointReceived(
                            int group, int fromNode, long instance, long bytes) {
                          received.incrementAndGet();
                        }
                      });
      cluster.startFounders();
      propose(cluster, 1, "early", 5);
      cluster.stop(3);
      propose(cluster, 1, "away", 300);
      cluster.start(3);
      propose(cluster, 2, "back", 100);
      cluster.catchUp(3);
      cluster.catchUp(1); // It only follows, and may be behind as well.
      assertEquals(405, cluster.machine(3).executed.size());
      assertEquals(cluster.machine(1).executed, cluster.machine(3).executed);
      assertTrue(received.get() >= 1);
      assertEquals(Status.OK, cluster.propose(3, "own").status());
    }
  }

  @Test
  void votesBelowACheckpointThatCameBeforeACrashAreNotServedAsChosen() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 3, 4)) {
      cluster.groupOptions = group -> group.keptCheckpoints(1).keptInstances(0).windowInstances(4);
      cluster.startFounders();
      cluster.start(4);
      propose(cluster, 1, "early", 5);
      int voter = cluster.master();
      cluster.catchUp(4);
      await(
          () ->
              cluster.node(4).report(0).chosenUpTo() == cluster.node(voter).report(0).chosenUpTo());
      cluster.stop(4);
      List<Integer> others = IntStream.of(1, 2, 3).filter(id -> id != voter).boxed().toList();
      others.forEach(cluster::stop);
      for (int i = 0; i < 3; i++) {
        var unused = cluster.node(voter).propose(0, TestCluster.bytes("never " + i));
      }
      cluster.stop(voter);
      for (int other : others) {
        cluster.start(other);
      }
      propose(cluster, others.get(0), "chosen", 20);
      for (int other : others) {
        cluster.catchUp(other);
        checkpoint(cluster, other);
        await(() -> cluster.node(other).report(0).logInstances() == 0);
      }

      Path checkpoints = cluster.dataDirectory(voter).resolve("groups/0");
      cluster.world(voter).faults =
          (operation, file) ->
              file.toString().endsWith(".segment") && holdsCheckpoint(checkpoints)
                  ? new IOException("the power goes")
                  : null;
      cluster.start(voter);
      await(() -> cluster.node(voter).report(0).haltReason().isPresent());
      cluster.stop(voter);
      others.forEach(cluster::stop);
      cluster.world(voter).faults = (operation, file) -> null;
      cluster.start(voter);
      TestCluster.Recorder learner = new TestCluster.Recorder();
      learner.failsAt = "never 0";
      cluster.start(4, learner);
      await(
          () ->
              cluster.node(4).report(0).haltReason().isPresent()
                  || cluster.node(4).report(0).checkpointInstance() > 0);
      assertEquals(Optional.empty(), cluster.node(4).report(0).haltReason());
      await(() -> cluster.machine(voter).executed.equals(learner.executed));
    }
  }

  private static boolean holdsCheckpoint(Path directory) {
    try (Stream<Path> names = Files.list(directory)) {
      return names.anyMatch(name -> name.getFileName().toString().startsWith("checkpoint-"));
    } catch (NoSuchFileException none) {
      return false;
    } catch (IOException unexpected) {
      throw new UncheckedIOException(unexpected);
    }
  }

  @Test
  void aJoinerIsGivenACheckpointWhereTheLogIsGone() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 2)) {
      cluster.groupOptions = group -> group.checkpointInstances(20).keptInstances(0);
      cluster.startFounders();
      propose(cluster, 1, "alone", 100);
      cluster.start(2);
      await(() -> cluster.node(2).report(0).appliedUpTo() > 60);
      assertEquals(cluster.node(1).membership(0), cluster.node(2).membership(0));
      assertEquals("alone 0", cluster.machine(2).executed.get(0));
    }
  }

  @Test
  void aRemovalThatIsNotOnDiskLeavesTheGroupWhatItNeeds() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 1)) {
      cluster.groupOptions = group -> group.keptCheckpoints(1).keptInstances(0);
      cluster.startFounders();
      propose(cluster, 1, "value", 10);
      checkpoint(cluster, 1);
      await(() -> cluster.node(1).report(0).logInstances() == 0);
      cluster.world(1).faults =
          (operation, file) ->
              file.toString().endsWith(".segment") ? new IOException("told to fail") : null;
      var unused = cluster.node(1).removeGroup(0);
      cluster.stop(1);
      cluster.world(1).faults = (operation, file) -> null;
      cluster.start(1);
      await(() -> cluster.machine(1).executed.size() == 10);
      propose(cluster, 1, "after", 1);
    }
  }

  @Test
  void aPausedCleanerDeletesNothing() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 1)) {
      cluster.groupOptions = group -> group.keptCheckpoints(1).keptInstances(0);
      cluster.startFounders();
      propose(cluster, 1, "value", 10);
      cluster.node(1).pauseLogCleaner(0);
      checkpoint(cluster, 1);
      GroupReport paused = cluster.node(1).report(0);
      assertEquals(paused.chosenUpTo(), paused.logInstances());
      cluster.node(1).resumeLogCleaner(0);
      await(() -> cluster.node(1).report(0).logInstances() == 0);
    }
  }

  @Test
  void aMachineWithoutCheckpointsHasNoneAndItsLogStays() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 1)) {
      cluster.startFounders();
      StateMachine plain =
          new StateMachine() {
            @Override
            public int machineId() {
              return FIRST_USER_MACHINE_ID;
            }

            @Override
            public Object execute(Execution execution) {
              return "done";
            }
          };
      cluster
          .node(1)
          .createGroup(
              GroupOptions.builder(7).membership(cluster.founding()).machine(plain).build())
          .get(30, TimeUnit.SECONDS);
      ExecutionException refused =
          assertThrows(
              ExecutionException.class,
              () -> cluster.node(1).checkpoint(7).get(30, TimeUnit.SECONDS));
      NodeException why = assertInstanceOf(NodeException.class, refused.getCause());
      assertTrue(String.valueOf(why.getMessage()).contains("not every machine"), why.getMessage());
    }
  }
}
