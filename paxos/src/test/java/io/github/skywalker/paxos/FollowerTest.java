package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that host a group and are no members of it. */
@Timeout(120)
final class FollowerTest {

  @TempDir Path directory;

  /** Whom each node follows, that is none of the founders. */
  private final Map<Integer, List<Integer>> followed = new TreeMap<>();

  private TestCluster cluster(int founders, int all) throws Exception {
    TestCluster cluster = new TestCluster(directory, founders, all);
    cluster.followed =
        node -> followed.getOrDefault(node, List.of()).stream().map(cluster::member).toList();
    cluster.nodeOptions = node -> node.heartbeatPeriod(Duration.ofMillis(100));
    return cluster;
  }

  private static void propose(TestCluster cluster, int node, String what, int count)
      throws Exception {
    for (int i = 0; i < count; i++) {
      assertEquals(Status.OK, cluster.propose(node, what + " " + i).status());
    }
  }

  private static void change(TestCluster cluster, int node, MembershipChange change)
      throws Exception {
    long version = cluster.node(node).membership(0).version();
    ProposeResult changed =
        cluster.node(node).changeMembership(0, version, List.of(change)).get(30, TimeUnit.SECONDS);
    assertEquals(Status.OK, changed.status(), changed.detail());
  }

  private static Set<Integer> ids(Iterable<Member> members) {
    Set<Integer> ids = new TreeSet<>();
    members.forEach(member -> ids.add(member.nodeId()));
    return ids;
  }

  @Test
  void aFollowerLearnsAndServesReadsAndNeitherVotesNorProposes() throws Exception {
    followed.put(4, List.of(2));
    try (TestCluster cluster = cluster(3, 4).startFounders()) {
      cluster.start(4);
      propose(cluster, 1, "value", 50);
      cluster.catchUp(4);
      assertEquals(50, cluster.machine(4).executed.size());
      await(() -> ids(cluster.node(1).cluster(0).followers()).equals(Set.of(4)));
      assertEquals(Set.of(4), ids(cluster.node(4).cluster(0).followers()));
      assertEquals(Set.of(1, 2, 3), ids(cluster.node(4).cluster(0).members()));
      assertEquals(Status.INVALID_NODE, cluster.propose(4, "from the follower").status());

      int master = cluster.master();
      for (int id = 1; id <= 3; id++) {
        if (id != master) {
          cluster.stop(id);
        }
      }
      CompletableFuture<ProposeResult> alone = new CompletableFuture<>();
      ProposeOptions soon = ProposeOptions.DEFAULT.withTimeout(Duration.ofMillis(500));
      cluster.node(master).propose(0, TestCluster.bytes("alone"), soon, alone::complete);
      assertNotEquals(Status.OK, alone.get(30, TimeUnit.SECONDS).status());
      assertFalse(cluster.world(4).hasVoted(0), "A follower was asked for a vote, and gave it");
    }
  }

  @Test
  void aReadAtAFollowerDoesNotWaitForAHeartbeat() throws Exception {
    followed.put(4, List.of(1));
    try (TestCluster cluster = cluster(3, 4)) {
      cluster.nodeOptions =
          node -> node.lease(Duration.ofSeconds(60)).heartbeatPeriod(Duration.ofSeconds(15));
      cluster.groupOptions = group -> group.proposeTimeout(Duration.ofSeconds(30));
      cluster.startFounders().start(4);
      await(() -> ids(cluster.node(4).cluster(0).members()).size() == 3);
      long begin = System.nanoTime();
      for (int round = 1; round <= 3; round++) {
        propose(cluster, 1, "round " + round, 3);
        cluster.catchUp(4);
        assertEquals(3 * round, cluster.machine(4).executed.size());
      }
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
      assertTrue(millis < 12_000, "It took " + millis + " ms");
    }
  }

  @Test
  void aFollowerTeachesAnotherFromItsLog() throws Exception {
    aFollowerTeachesAnother(false);
  }

  @Test
  void aFollowerTeachesAnotherByACheckpoint() throws Exception {
    aFollowerTeachesAnother(true);
  }

  private void aFollowerTeachesAnother(boolean byCheckpoint) throws Exception {
    followed.put(2, List.of(1));
    followed.put(3, List.of(2));
    try (TestCluster cluster = cluster(1, 3)) {
      cluster.groupOptions = group -> group.keptCheckpoints(1).keptInstances(0);
      cluster.startFounders().start(2);
      propose(cluster, 1, "value", 100);
      cluster.catchUp(2);
      if (byCheckpoint) {
        cluster.node(2).checkpoint(0).get(30, TimeUnit.SECONDS);
        await(() -> cluster.node(2).report(0).logInstances() == 0);
      }
      cluster.stop(1);
      cluster.start(3);
      await(() -> cluster.machine(3).executed.size() == 100);
      assertEquals(cluster.machine(2).executed, cluster.machine(3).executed);
      assertEquals(byCheckpoint, cluster.node(3).report(0).checkpointInstance() > 0);
    }
  }

  @Test
  void aFollowerBecomesAMemberAndARemovedMemberFollows() throws Exception {
    followed.put(4, List.of(1));
    try (TestCluster cluster = cluster(3, 4).startFounders()) {
      cluster.start(4);
      propose(cluster, 1, "value", 5);
      cluster.catchUp(4);
      change(cluster, 1, new MembershipChange.Replace(3, cluster.member(4)));
      await(() -> cluster.node(4).membership(0).contains(4));
      propose(cluster, 4, "as a member", 5);
      cluster.catchUp(3);
      assertEquals(10, cluster.machine(3).executed.size());
      await(() -> ids(cluster.node(4).cluster(0).followers()).equals(Set.of(3)));
    }
  }

  /**
   * All founders are replaced while a follower is down, and gone when it comes back. The other
   * follower, which it knows, has halted: it teaches nothing, but it says who votes now.
   */
  @Test
  void whoComesBackWhenAllMembersThatItKnewAreGoneFindsTheNewOnes() throws Exception {
    followed.put(7, List.of(1, 8));
    followed.put(8, List.of(1));
    try (TestCluster cluster = cluster(3, 8).startFounders()) {
      cluster.start(8);
      cluster.start(7);
      propose(cluster, 1, "early", 10);
      cluster.catchUp(7);
      cluster.stop(7);
      for (int next = 4; next <= 6; next++) {
        cluster.start(next);
        cluster.catchUp(next);
        Member by = cluster.member(next);
        change(cluster, next == 4 ? 1 : 4, new MembershipChange.Replace(next - 3, by));
      }
      propose(cluster, 4, "late", 10);
      cluster.catchUp(8);
      cluster.machine(8).failsAt = "late 10";
      assertEquals(Status.OK, cluster.propose(4, "late 10").status());
      await(() -> cluster.node(8).report(0).haltReason().isPresent());
      List<Integer> founders = List.of(1, 2, 3);
      founders.forEach(cluster::stop);
      long version = cluster.node(4).membership(0).version();

      cluster.start(7);
      await(() -> cluster.machine(7).executed.size() == 21);
      Membership learned = cluster.node(7).membership(0);
      assertEquals(version, learned.version());
      assertEquals(Set.of(4, 5, 6), ids(learned.members()));
      assertEquals(learned, cluster.node(7).cluster(0).newestMembership());
      cluster.catchUp(7);
    }
  }

  @Test
  void aFounderCannotFollow() throws Exception {
    followed.put(1, List.of(2));
    try (TestCluster cluster = cluster(3, 3)) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> cluster.start(1));
      assertTrue(
          String.valueOf(refused.getMessage()).contains("GroupOptions.follow: node 1"),
          refused.getMessage());
    }
  }
}
