package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static io.github.skywalker.paxos.TestCluster.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node as its users see it. */
@Timeout(120)
final class NodeTest {

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  @TempDir Path directory;

  private TestCluster cluster(int founders) throws IOException {
    return new TestCluster(directory, founders, founders);
  }

  @Test
  void whatAnyNodeProposesIsExecutedOnAllInOneOrder() throws Exception {
    try (TestCluster cluster = cluster(3).startFounders()) {
      for (int i = 0; i < 30; i++) {
        assertEquals(Status.OK, cluster.propose(1 + i % 3, "value " + i).status());
      }
      for (int id = 1; id <= 3; id++) {
        cluster.catchUp(id);
        assertEquals(cluster.machine(1).executed, cluster.machine(id).executed);
      }
      assertEquals(30, cluster.machine(1).executed.size());
    }
  }

  @Test
  void proposalsOfOneNodeAreAnsweredInTheOrderOfTheirSubmission() throws Exception {
    try (TestCluster cluster = cluster(3).startFounders()) {
      int id = cluster.other(cluster.master());
      List<Integer> answered = new CopyOnWriteArrayList<>();
      CountDownLatch left = new CountDownLatch(10_000);
      for (int i = 0; i < 10_000; i++) {
        int number = i;
        cluster
            .node(id)
            .propose(
                0,
                bytes(Integer.toString(i)),
                result -> {
                  answered.add(result.status() == Status.OK ? number : -1);
                  left.countDown();
                });
      }
      assertTrue(left.await(60, TimeUnit.SECONDS));
      for (int i = 0; i < 10_000; i++) {
        assertEquals(i, answered.get(i));
        assertEquals(Integer.toString(i), cluster.machine(id).executed.get(i));
      }
    }
  }

  @Test
  void aNodeThatIsStartedAgainHasWhatItHadAndLearnsWhatItMissed() throws Exception {
    try (TestCluster cluster = cluster(3).startFounders()) {
      assertEquals(Status.OK, cluster.propose(1, "before").status());
      cluster.stop(3);
      for (int i = 0; i < 500; i++) {
        assertEquals(Status.OK, cluster.propose(1, "away " + i).status());
      }
      cluster.start(3);
      cluster.catchUp(3);
      assertEquals(501, cluster.machine(3).executed.size());
      assertEquals(Status.OK, cluster.propose(3, "after").status());
    }
  }

  @Test
  void aClusterThatIsStoppedAndStartedHasLostNothing() throws Exception {
    try (TestCluster cluster = cluster(3).startFounders()) {
      for (int i = 0; i < 100; i++) {
        assertEquals(Status.OK, cluster.propose(1, "value " + i).status());
      }
      for (int id = 1; id <= 3; id++) {
        cluster.stop(id);
      }
      cluster.startFounders();
      cluster.catchUp(2);
      assertEquals(100, cluster.machine(2).executed.size());
    }
  }

  @Test
  void aNodeAloneIsItsOwnMajority() throws Exception {
    try (TestCluster cluster = cluster(1).startFounders()) {
      assertEquals(Status.OK, cluster.propose(1, "alone").status());
      assertEquals(1, cluster.master());
      assertTrue(
          cluster.node(1).readBarrier(0, ReadConsistency.MAJORITY).get(10, TimeUnit.SECONDS) > 0);
    }
  }

  @Test
  void whatCannotBeProposedIsRefusedAtOnce() throws Exception {
    TestCluster cluster = cluster(1);
    cluster.groupOptions = group -> group.maxProposalBytes(100).maxPendingProposals(3);
    try (cluster) {
      cluster.startFounders();
      cluster.master();
      assertEquals(Status.INVALID_NODE, cluster.node(1).propose(7, bytes("x")).get().status());
      assertEquals(Status.TOO_LARGE, cluster.node(1).propose(0, new byte[101]).get().status());
      assertThrows(
          IllegalArgumentException.class,
          () ->
              cluster
                  .node(1)
                  .propose(0, bytes("x"), ProposeOptions.DEFAULT.withMachine(9), result -> {}));
      assertThrows(NodeException.class, () -> cluster.node(1).report(7));
    }
  }

  @Test
  void aSegmentSizeThatTheJournalCannotHaveIsRefusedByItsName() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> NodeOptions.builder().segmentBytes((1 << 20) + 1));
    assertTrue(String.valueOf(refused.getMessage()).contains("NodeOptions.segmentBytes"));
  }

  @Test
  void aFrameThatIsTooSmallForWhatAGroupSaysIsRefused() throws Exception {
    TestCluster cluster = cluster(1);
    cluster.groupOptions = group -> group.maxProposalBytes(1000).maxValueBytes(1000 + 24);
    cluster.nodeOptions = node -> node.maxFrameBytes((2 << 20) - 1);
    try (cluster) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, cluster::startFounders);
      assertTrue(String.valueOf(refused.getMessage()).contains("NodeOptions.maxFrameBytes"));
    }
  }

  /** Together with the one before it, each is larger than a frame. */
  @Test
  void whoWasAwayLearnsValuesThatNearlyFillAFrame() throws Exception {
    TestCluster cluster = cluster(3);
    cluster.groupOptions = group -> group.maxProposalBytes(1_500_000).windowInstances(1);
    cluster.nodeOptions = node -> node.maxFrameBytes(2 << 20);
    try (cluster) {
      cluster.startFounders();
      int away = cluster.other(cluster.master());
      cluster.stop(away);
      for (int i = 0; i < 8; i++) {
        ProposeResult result =
            cluster
                .node(cluster.master())
                .propose(0, new byte[i % 2 == 0 ? 600_000 : 1_500_000])
                .get(30, TimeUnit.SECONDS);
        assertEquals(Status.OK, result.status());
      }
      cluster.start(away);
      cluster.catchUp(away);
      assertEquals(8, cluster.machine(away).executed.size());
    }
  }

  @Test
  void aFullQueueAnswersOverloadedAndEveryCallbackComesOnce() throws Exception {
    TestCluster cluster = cluster(1);
    cluster.groupOptions = group -> group.maxPendingProposals(10);
    try (cluster) {
      cluster.startFounders();
      cluster.master();
      AtomicInteger ok = new AtomicInteger();
      AtomicInteger refused = new AtomicInteger();
      for (int i = 0; i < 5_000; i++) {
        cluster
            .node(1)
            .propose(
                0,
                bytes("x"),
                result -> (result.status() == Status.OK ? ok : refused).incrementAndGet());
      }
      await(() -> ok.get() + refused.get() == 5_000);
      assertTrue(refused.get() > 0, "5,000 proposals at once never found 10 places taken");
      cluster.catchUp(1);
      assertEquals(ok.get(), cluster.machine(1).executed.size());
    }
  }

  @Test
  void aCallbackMayProposeAndOneThatThrowsHoldsUpNobody() throws Exception {
    try (TestCluster cluster = cluster(1).startFounders()) {
      CompletableFuture<ProposeResult> second = new CompletableFuture<>();
      cluster
          .node(1)
          .propose(
              0,
              bytes("first"),
              result -> {
                cluster.node(1).propose(0, bytes("second"), second::complete);
                throw new IllegalStateException("a callback that throws");
              });
      assertEquals(Status.OK, second.get(20, TimeUnit.SECONDS).status());
    }
  }

  @Test
  void aMachineThatThrowsHaltsItsGroupAndNoOther() throws Exception {
    CompletableFuture<String> told = new CompletableFuture<>();
    TestCluster cluster = cluster(1);
    cluster.groupOptions = group -> group.onHalt((id, reason) -> told.complete(reason));
    cluster.nodeOptions = node -> node.group(cluster.group(1, 1, new TestCluster.Recorder()));
    try (cluster) {
      cluster.startFounders();
      assertEquals(Status.HALTED, cluster.propose(1, "fail").status());
      assertTrue(told.get(10, TimeUnit.SECONDS).contains("told to fail"));
      assertEquals(Status.HALTED, cluster.propose(1, "again").status());
      assertTrue(cluster.node(1).report(0).haltReason().isPresent());
      ProposeResult other = cluster.node(1).propose(1, bytes("x")).get(20, TimeUnit.SECONDS);
      assertEquals(Status.OK, other.status());
    }
  }

  @Test
  void withoutAMajorityTheOutcomeIsUnknownAndLaterTheProposalIsNotExecuted() throws Exception {
    TestCluster cluster = cluster(3);
    cluster.groupOptions = group -> group.proposeTimeout(Duration.ofMillis(300));
    try (cluster) {
      cluster.start(1);
      ProposeResult result = cluster.propose(1, "lost");
      assertEquals(Status.TIMEOUT, result.status());
      assertEquals(Status.Fate.UNKNOWN, result.fate());
      cluster.start(2);
      await(() -> cluster.node(1).isMaster(0) || cluster.node(2).isMaster(0));
      ProposeResult next = cluster.propose(1, "next");
      while (next.status() != Status.OK) {
        next = cluster.propose(1, "next");
      }
      cluster.catchUp(2);
      assertFalse(cluster.machine(2).executed.contains("lost"), "it was cancelled, and executed");
    }
  }

  @Test
  void closingAnswersWhatIsPendingAndFreesThePortTheFilesAndTheThreads() throws Exception {
    try (TestCluster cluster = cluster(3)) {
      cluster.start(1);
      List<Status> answers = new CopyOnWriteArrayList<>();
      for (int i = 0; i < 100; i++) {
        cluster.node(1).propose(0, bytes("x"), result -> answers.add(result.status()));
      }
      Node closed = cluster.node(1);
      cluster.stop(1);
      assertEquals(100, answers.size());
      answers.forEach(status -> assertEquals(Status.STOPPED, status));
      assertEquals(Status.INVALID_NODE, closed.propose(0, bytes("late")).get().status());
      closed.close();
      assertEquals(List.of(), threadsOf(1));
      assertEquals(List.of(), openFilesBelow(cluster.dataDirectory(1)));
      cluster.start(1);
      assertFalse(threadsOf(1).isEmpty(), "they have other names");
      assertEquals(
          Files.isDirectory(DESCRIPTORS), !openFilesBelow(cluster.dataDirectory(1)).isEmpty());
    }
  }

  private static List<String> threadsOf(int node) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("skywalker-" + node + "-"))
        .toList();
  }

  /** Those of this process, native ones included, as Linux tells; nothing elsewhere. */
  private static List<Path> openFilesBelow(Path directory) throws IOException {
    List<Path> open = new ArrayList<>();
    if (Files.isDirectory(DESCRIPTORS)) {
      try (Stream<Path> each = Files.list(DESCRIPTORS)) {
        for (Path descriptor : each.toList()) {
          fileOf(descriptor).ifPresent(open::add);
        }
      }
    }
    Path real = directory.toRealPath();
    open.removeIf(file -> !file.startsWith(real));
    return open;
  }

  private static Optional<Path> fileOf(Path descriptor) throws IOException {
    try {
      return Optional.of(Files.readSymbolicLink(descriptor));
    } catch (NoSuchFileException closed) {
      return Optional.empty(); // Such as the one by which they are listed.
    }
  }

  @Test
  void aSecondNodeOnTheSameDirectoryIsKeptOut() throws Exception {
    try (TestCluster cluster = cluster(1).startFounders()) {
      IOException refused = assertThrows(IOException.class, () -> cluster.start(1));
      assertTrue(String.valueOf(refused.getMessage()).contains("node-1"), refused::getMessage);
    }
  }

  @Test
  void groupsComeAndGoWhileTheNodeRuns() throws Exception {
    try (TestCluster cluster = cluster(3).startFounders()) {
      List<CompletableFuture<Void>> created = new ArrayList<>();
      for (int id = 1; id <= 3; id++) {
        TestCluster.Recorder machine = new TestCluster.Recorder();
        created.add(cluster.node(id).createGroup(cluster.group(5, id, machine)));
      }
      for (CompletableFuture<Void> each : created) {
        each.get(20, TimeUnit.SECONDS);
      }
      ProposeResult result = cluster.node(2).propose(5, bytes("x")).get(20, TimeUnit.SECONDS);
      assertEquals(Status.OK, result.status());
      cluster.node(2).removeGroup(5).get(20, TimeUnit.SECONDS);
      assertEquals(Status.INVALID_NODE, cluster.node(2).propose(5, bytes("x")).get().status());
      GroupOptions again = cluster.group(5, 2, new TestCluster.Recorder());
      assertThrows(
          Exception.class, () -> cluster.node(2).createGroup(again).get(20, TimeUnit.SECONDS));
      ProposeResult elsewhere = cluster.node(1).propose(5, bytes("y")).get(20, TimeUnit.SECONDS);
      assertEquals(Status.OK, elsewhere.status());
    }
  }

  @Test
  void aGroupWithoutElectionHasNoMasterAndAnswersAllTheSame() throws Exception {
    TestCluster cluster = cluster(3);
    cluster.groupOptions = group -> group.useMaster(false);
    try (cluster) {
      cluster.startFounders();
      for (int i = 0; i < 30; i++) {
        assertEquals(Status.OK, cluster.propose(1 + i % 3, "value " + i).status());
      }
      for (int id = 1; id <= 3; id++) {
        cluster.catchUp(id);
        assertTrue(cluster.node(id).master(0).isEmpty());
        assertFalse(cluster.node(id).isMaster(0));
        assertEquals(cluster.machine(1).executed, cluster.machine(id).executed);
      }
    }
  }

  @Test
  void aReportTellsWhatTheGroupIsDoing() throws Exception {
    try (TestCluster cluster = cluster(3).startFounders()) {
      int master = cluster.master();
      assertEquals(Status.OK, cluster.propose(master, "x").status());
      GroupReport report = cluster.node(master).report(0);
      assertEquals(GroupReport.Phase.PREPARED, report.phase());
      assertTrue(report.isMaster());
      assertEquals(0, report.pendingProposals());
      assertTrue(report.appliedUpTo() > 0);
      assertEquals(3, report.membership().members().size());
      int follower = cluster.other(master);
      cluster.catchUp(follower);
      await(() -> cluster.node(follower).report(0).phase() == GroupReport.Phase.FOLLOWING);
    }
  }
}
