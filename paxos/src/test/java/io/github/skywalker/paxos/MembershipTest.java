package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Members come and go. */
@Timeout(120)
final class MembershipTest {

  @TempDir Path directory;

  private static ProposeResult change(
      TestCluster cluster, int node, long version, MembershipChange... changes) throws Exception {
    return cluster
        .node(node)
        .changeMembership(0, version, List.of(changes))
        .get(30, TimeUnit.SECONDS);
  }

  @Test
  void aNodeJoinsLearnsEverythingAndVotes() throws Exception {
    List<Membership> heard = new CopyOnWriteArrayList<>();
    TestCluster cluster = new TestCluster(directory, 3, 4);
    cluster.groupOptions = group -> group.onMembership((id, membership) -> heard.add(membership));
    try (cluster) {
      cluster.startFounders();
      for (int i = 0; i < 200; i++) {
        assertEquals(Status.OK, cluster.propose(1, "value " + i).status());
      }
      cluster.start(4);
      await(() -> cluster.machine(4).executed.size() == 200);
      ProposeResult added = change(cluster, 1, 0, new MembershipChange.Add(cluster.member(4)));
      assertEquals(Status.OK, added.status(), added.detail());
      await(() -> cluster.node(4).membership(0).contains(4));
      assertEquals(added.instance(), cluster.node(1).membership(0).version());
      assertEquals(Status.OK, cluster.propose(4, "from the new one").status());
      cluster.stop(3);
      assertEquals(Status.OK, cluster.propose(4, "with three of four").status());
      await(() -> !heard.isEmpty());
    }
  }

  @Test
  void aMemberIsReplacedAndTheOldOneProposesNoMore() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 3, 4).startFounders()) {
      assertEquals(Status.OK, cluster.propose(1, "x").status());
      cluster.start(4);
      await(() -> cluster.machine(4).executed.size() == 1);
      int master = cluster.master();
      ProposeResult replaced =
          change(
              cluster,
              cluster.other(master),
              0,
              new MembershipChange.Replace(master, cluster.member(4)));
      assertEquals(Status.OK, replaced.status(), replaced.detail());
      await(() -> !cluster.node(master).membership(0).contains(master));
      assertEquals(Status.INVALID_NODE, cluster.propose(master, "y").status());
      await(() -> cluster.node(4).membership(0).contains(4));
      assertEquals(Status.OK, cluster.propose(4, "z").status());
    }
  }

  /** Else who is left may wait for ever for a vote that is gone. */
  @Test
  void whoWasRemovedKeepsTheGroupUntilTheOthersNeedItsVoteNoMore() throws Exception {
    TestCluster cluster = new TestCluster(directory, 3, 3);
    cluster.groupOptions = group -> group.useMaster(false);
    try (cluster) {
      cluster.startFounders();
      assertEquals(Status.OK, cluster.propose(1, "x").status());
      ProposeResult removed = change(cluster, 1, 0, new MembershipChange.Remove(3));
      assertEquals(Status.OK, removed.status(), removed.detail());
      await(() -> !cluster.node(3).membership(0).contains(3));
      ExecutionException tooEarly =
          assertThrows(
              ExecutionException.class,
              () -> cluster.node(3).removeGroup(0).get(30, TimeUnit.SECONDS));
      NodeException why = assertInstanceOf(NodeException.class, tooEarly.getCause());
      assertEquals(Status.NOT_CAUGHT_UP, why.status());
      assertEquals(Set.of(0), Set.copyOf(cluster.node(3).groups()));
      assertEquals(Status.OK, cluster.propose(1, "something more").status());
      cluster.catchUp(3);
      cluster.node(3).removeGroup(0).get(30, TimeUnit.SECONDS);
      assertTrue(cluster.node(3).groups().isEmpty());
    }
  }

  @Test
  void aChangeForAnotherVersionIsAConflict() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 3, 3).startFounders()) {
      ProposeResult first = change(cluster, 1, 0, new MembershipChange.Remove(3));
      assertEquals(Status.OK, first.status(), first.detail());
      ProposeResult late = change(cluster, 1, 0, new MembershipChange.Remove(2));
      assertEquals(Status.CONFLICT, late.status());
      assertTrue(cluster.node(1).membership(0).contains(2));
    }
  }

  @Test
  void aChangeThatWouldLeaveNoMajorityThatIsCaughtUpIsRefusedWithTheReason() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 3).startFounders()) {
      assertEquals(Status.OK, cluster.propose(1, "x").status());
      ProposeResult refused =
          change(
              cluster,
              1,
              0,
              new MembershipChange.Add(cluster.member(2)),
              new MembershipChange.Add(cluster.member(3)));
      assertEquals(Status.NOT_CAUGHT_UP, refused.status());
      assertTrue(refused.detail().contains("2=127.0.0.1"), refused.detail());
      assertEquals(Status.OK, cluster.propose(1, "the group goes on").status());
    }
  }

  /** The group then waits for them, as whoever forces it must know. */
  @Test
  void aChangeThatIsForcedLeavesTheGroupWaitingForItsNewMembers() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 3).startFounders()) {
      assertEquals(Status.OK, cluster.propose(1, "before").status());
      ProposeResult forced =
          cluster
              .node(1)
              .changeMembership(
                  0,
                  0,
                  List.of(
                      new MembershipChange.Add(cluster.member(2)),
                      new MembershipChange.Add(cluster.member(3))),
                  true)
              .get(30, TimeUnit.SECONDS);
      assertEquals(Status.OK, forced.status(), forced.detail());
      CompletableFuture<ProposeResult> waits = new CompletableFuture<>();
      ProposeOptions soon = ProposeOptions.DEFAULT.withTimeout(Duration.ofMillis(300));
      cluster.node(1).propose(0, TestCluster.bytes("too early"), soon, waits::complete);
      assertNotEquals(Status.OK, waits.get(30, TimeUnit.SECONDS).status());
      cluster.start(2);
      await(() -> cluster.node(2).membership(0).contains(2));
      assertEquals(Status.OK, cluster.propose(1, "with two of three").status());
    }
  }

  /** It does not leave the others to wait until its lease is over. */
  @Test
  void aMasterThatIsRemovedHandsOver() throws Exception {
    TestCluster longLease = new TestCluster(directory, 3, 3);
    longLease.nodeOptions =
        node -> node.lease(Duration.ofSeconds(30)).heartbeatPeriod(Duration.ofMillis(100));
    longLease.groupOptions = group -> group.proposeTimeout(Duration.ofSeconds(25));
    try (TestCluster cluster = longLease.startFounders()) {
      int master = cluster.master();
      List<CompletableFuture<ProposeResult>> load = new ArrayList<>();
      int other = cluster.other(master);
      for (int i = 0; i < 100; i++) {
        load.add(cluster.node(other).propose(0, TestCluster.bytes("before " + i)));
      }
      ProposeResult removed = change(cluster, other, 0, new MembershipChange.Remove(master));
      assertEquals(Status.OK, removed.status(), removed.detail());
      for (int i = 0; i < 100; i++) {
        load.add(cluster.node(other).propose(0, TestCluster.bytes("after " + i)));
      }
      for (CompletableFuture<ProposeResult> each : load) {
        ProposeResult result = each.get(20, TimeUnit.SECONDS);
        assertEquals(Status.OK, result.status(), result.detail());
      }
      assertFalse(cluster.node(master).isMaster(0));
      await(() -> cluster.node(other).master(0).orElseThrow().member().nodeId() != master);
    }
  }

  /** It was down when it was removed: it learns that, and leaves those who lead in peace. */
  @Test
  void aNodeThatWasRemovedStopsQuietlyAndSaysSo() throws Exception {
    Map<Integer, List<Long>> rounds = new ConcurrentHashMap<>();
    List<Membership> heard = new CopyOnWriteArrayList<>();
    try (TestCluster cluster = new TestCluster(directory, 3, 4).startFounders()) {
      int master = cluster.master();
      int gone = cluster.other(master);
      assertEquals(Status.OK, cluster.propose(gone, "as a member").status());
      cluster.stop(gone);
      cluster.start(4);
      cluster.catchUp(4);
      ProposeResult replaced =
          change(cluster, master, 0, new MembershipChange.Replace(gone, cluster.member(4)));
      assertEquals(Status.OK, replaced.status(), replaced.detail());
      await(() -> cluster.node(4).membership(0).contains(4));
      assertEquals(Status.OK, cluster.propose(4, "without it").status());
      int present = cluster.master();

      cluster.groupOptions = group -> group.onMembership((id, membership) -> heard.add(membership));
      cluster.nodeOptions =
          node ->
              node.observer(
                  new NodeObserver() {
                    @Override
                    public void preparing(int group, long round) {
                      rounds.computeIfAbsent(group, id -> new CopyOnWriteArrayList<>()).add(round);
                    }
                  });
      cluster.start(gone);
      await(() -> !cluster.node(gone).membership(0).contains(gone));
      ProposeResult refused = cluster.propose(gone, "as nobody");
      assertEquals(Status.INVALID_NODE, refused.status());
      assertTrue(refused.detail().contains("version " + replaced.instance()), refused.detail());
      assertEquals(Optional.of(cluster.member(present)), refused.master());
      await(() -> heard.stream().anyMatch(membership -> !membership.contains(gone)));
      cluster.catchUp(gone);
      for (int id : List.of(1, 2, 3, 4)) {
        if (id != gone) {
          cluster.stop(id);
        }
      }
      assertEquals(GroupReport.Phase.FOLLOWING, cluster.node(gone).report(0).phase());
      assertEquals(Map.of(), rounds);
    }
  }

  @Test
  void aNodeThatComesBackUnderItsIdWithAnEmptyDiskIsRefusedAndToldWhy() throws Exception {
    List<String> refusals = new CopyOnWriteArrayList<>();
    TestCluster observed = new TestCluster(directory, 3, 3);
    observed.nodeOptions =
        node ->
            node.observer(
                new NodeObserver() {
                  @Override
                  public void refusedBy(String peer, String reason) {
                    refusals.add(peer + ": " + reason);
                  }
                });
    try (TestCluster cluster = observed.startFounders()) {
      assertEquals(Status.OK, cluster.propose(3, "whole").status());
      cluster.stop(3);
      Files.move(cluster.dataDirectory(3), directory.resolve("lost"));
      cluster.start(3);
      await(() -> refusals.size() >= 2);
      String why = refusals.get(0);
      assertTrue(why.contains("not admitted with this data directory"), why);
      assertTrue(why.contains("new id"), why);
      assertEquals(Status.OK, cluster.propose(1, "without it").status());
      assertEquals(List.of(), cluster.machine(3).executed);
    }
  }
}
