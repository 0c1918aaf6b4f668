package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static io.github.skywalker.paxos.TestCluster.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Master;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Masterships: how they begin and end, and what rests on them. */
@Timeout(120)
final class MasterTest {

  @TempDir Path directory;

  @Test
  void allNodesAgreeOnTheMasterAndOnlyThatOneSaysItIs() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 3, 3).startFounders()) {
      int master = cluster.master();
      assertEquals(Status.OK, cluster.propose(master, "x").status());
      for (int id = 1; id <= 3; id++) {
        cluster.catchUp(id);
        assertEquals(master, cluster.node(id).master(0).orElseThrow().member().nodeId());
        assertEquals(id == master, cluster.node(id).isMaster(0));
      }
    }
  }

  @Test
  void whenTheMasterStopsAnotherTakesItsPlace() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 3, 3).startFounders()) {
      int first = cluster.master();
      long version = cluster.node(first).master(0).orElseThrow().version();
      cluster.stop(first);
      int second = cluster.master();
      assertNotEquals(first, second);
      Master now = cluster.node(second).master(0).orElseThrow();
      assertTrue(now.version() > version, "versions of masterships rise");
      assertEquals(Status.OK, cluster.propose(cluster.other(second), "x").status());
    }
  }

  @Test
  void aMasterThatRetiresIsFollowedByAnother() throws Exception {
    List<Optional<Master>> heard = new CopyOnWriteArrayList<>();
    TestCluster cluster = new TestCluster(directory, 3, 3);
    cluster.groupOptions = group -> group.onMaster((id, master) -> heard.add(master));
    try (cluster) {
      cluster.startFounders();
      int first = cluster.master();
      ProposeResult result = cluster.node(first).retireMaster(0).get(20, TimeUnit.SECONDS);
      assertEquals(Status.OK, result.status());
      await(() -> cluster.master() != first);
      int second = cluster.master();
      assertEquals(Status.OK, cluster.propose(first, "x").status());
      await(
          () ->
              heard.stream()
                  .anyMatch(
                      master -> master.isPresent() && master.get().member().nodeId() == second));
      ProposeResult refused = cluster.node(first).retireMaster(0).get(20, TimeUnit.SECONDS);
      assertEquals(Status.NOT_MASTER, refused.status());
    }
  }

  @Test
  void whereSoConfiguredANodeThatIsNotMasterRefusesAndNamesTheMaster() throws Exception {
    TestCluster cluster = new TestCluster(directory, 3, 3);
    cluster.groupOptions = group -> group.forwardToMaster(false);
    try (cluster) {
      cluster.startFounders();
      int master = cluster.master();
      assertEquals(Status.OK, cluster.propose(master, "x").status());
      int other = cluster.other(master);
      cluster.catchUp(other);
      ProposeResult refused = cluster.propose(other, "y");
      assertEquals(Status.NOT_MASTER, refused.status());
      assertEquals(cluster.member(master), refused.master().orElseThrow());
    }
  }

  @Test
  void aFenceRefusesWhatReliesOnAMastershipThatIsOver() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 3, 3).startFounders()) {
      int first = cluster.master();
      long version = cluster.node(first).master(0).orElseThrow().version();
      assertEquals(Status.OK, fenced(cluster, first, version).status());
      assertEquals(
          Status.OK, cluster.node(first).retireMaster(0).get(20, TimeUnit.SECONDS).status());
      await(() -> cluster.master() != first);
      cluster.catchUp(first);
      assertEquals(Status.CONFLICT, fenced(cluster, first, version).status());
    }
  }

  private static ProposeResult fenced(TestCluster cluster, int node, long version)
      throws Exception {
    CompletableFuture<ProposeResult> result = new CompletableFuture<>();
    cluster
        .node(node)
        .propose(
            0, bytes("x"), ProposeOptions.DEFAULT.withMasterVersion(version), result::complete);
    return result.get(20, TimeUnit.SECONDS);
  }
}
