package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of processes, through the doors that a user has. */
@Timeout(180)
class ClusterTest {

  @TempDir Path directory;

  @Test
  void aClusterOutlivesAKilledNodeWhichCatchesUpWhenItIsBack() throws Exception {
    try (LocalCluster cluster = new LocalCluster(directory, null)) {
      Process process = cluster.start();
      try (Servers servers = cluster.servers()) {
        cluster.put(servers, "before");

        int master = cluster.masterOf(servers, 0);
        cluster.kill(master);
        cluster.put(servers, "without");
        cluster.expect(servers, "before");

        cluster.startNode(master);
        cluster.put(servers, "after");
        cluster.awaitCaughtUp(servers, master);
        for (String key : List.of("before", "without", "after")) {
          cluster.expect(servers, key);
        }
      }

      process.destroy();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the cluster does not stop");
      for (Map.Entry<Integer, ProcessHandle> node : cluster.nodes().entrySet()) {
        assertFalse(node.getValue().isAlive(), "node " + node.getKey() + " is still there");
      }

      cluster.start();
      try (Servers servers = cluster.servers()) {
        for (String key : List.of("before", "without", "after")) {
          cluster.expect(servers, key);
        }
      }
    }
  }

  @Test
  void nodesStopWhenTheProcessThatStartedThemIsKilled() throws Exception {
    try (LocalCluster cluster = new LocalCluster(directory, null)) {
      cluster.start().destroyForcibly();
      for (ProcessHandle node : cluster.nodes().values()) {
        node.onExit().get(60, TimeUnit.SECONDS);
      }
    }
  }
}
