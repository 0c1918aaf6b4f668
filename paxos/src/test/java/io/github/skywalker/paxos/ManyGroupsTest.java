package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.skywalker.api.Node;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Groups that share a node's loops, its log, its connections and its grants. */
@Timeout(120)
final class ManyGroupsTest {

  private static final int GROUPS = 8;
  private static final int PROPOSALS = 100;

  private record Place(int node, int group) {}

  @TempDir Path directory;

  @Test
  void allGroupsOfAllNodesServeAtOnceAndEachKeepsItsOrder() throws Exception {
    Map<Place, TestCluster.Recorder> machines = new ConcurrentHashMap<>();
    TestCluster cluster = new TestCluster(directory, 3, 3);
    cluster.nodeOptions =
        options -> {
          int id = options.build().self().nodeId();
          for (int group = 1; group < GROUPS; group++) {
            TestCluster.Recorder machine = new TestCluster.Recorder();
            machines.put(new Place(id, group), machine);
            options.group(cluster.group(group, id, machine));
          }
          return options;
        };
    try (cluster) {
      cluster.startFounders();
      List<CompletableFuture<ProposeResult>> answers = new ArrayList<>();
      for (int i = 0; i < PROPOSALS; i++) {
        for (int id = 1; id <= 3; id++) {
          for (int group = 1; group < GROUPS; group++) {
            answers.add(cluster.node(id).propose(group, bytes(id + " " + i)));
          }
        }
      }
      for (CompletableFuture<ProposeResult> each : answers) {
        assertEquals(Status.OK, each.get(60, TimeUnit.SECONDS).status());
      }
      for (int group = 1; group < GROUPS; group++) {
        List<String> first = executed(cluster.node(1), machines, 1, group);
        assertEquals(3 * PROPOSALS, first.size());
        for (int id = 1; id <= 3; id++) {
          assertEquals(first, executed(cluster.node(id), machines, id, group));
          String own = id + " ";
          List<String> ofOne = first.stream().filter(each -> each.startsWith(own)).toList();
          for (int i = 0; i < PROPOSALS; i++) {
            assertEquals(own + i, ofOne.get(i));
          }
        }
      }
    }
  }

  private static List<String> executed(
      Node node, Map<Place, TestCluster.Recorder> machines, int id, int group) throws Exception {
    node.readBarrier(group, ReadConsistency.LINEARIZABLE).get(30, TimeUnit.SECONDS);
    return machines.get(new Place(id, group)).executed;
  }
}
