package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
}
