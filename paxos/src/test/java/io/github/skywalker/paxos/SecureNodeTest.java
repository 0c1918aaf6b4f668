package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.Status;
import io.github.skywalker.api.TestAuthority;
import io.github.skywalker.api.TlsFiles;
import io.github.skywalker.api.TlsOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that talk only with those whose certificates name them. */
@Timeout(120)
final class SecureNodeTest {

  private static final String CLUSTER = "skywalker";
  private static final TestAuthority AUTHORITY = new TestAuthority("authority");

  @TempDir Path directory;

  private final Map<String, Integer> refused = new ConcurrentHashMap<>();

  private TestCluster cluster() throws IOException {
    TestCluster cluster = new TestCluster(directory, 3, 3);
    cluster.nodeOptions =
        options -> {
          int id = options.build().self().nodeId();
          return options
              .tls(AUTHORITY.issueNode(directory.resolve("tls-" + id), CLUSTER, id))
              .observer(
                  new NodeObserver() {
                    @Override
                    public void refused(String peer, String reason) {
                      refused.merge(reason, 1, Integer::sum);
                    }
                  });
        };
    return cluster;
  }

  @Test
  void aClusterWithCertificatesServesAndAStrangerChangesNothing() throws Exception {
    try (TestCluster cluster = cluster().startFounders()) {
      assertEquals(Status.OK, cluster.propose(1, "before").status());
      cluster.master();
      cluster.catchUp(1);
      GroupReport before = cluster.node(1).report(0);

      // The key of node 3 was stolen: it does not pass for node 2, nor for a node that is new.
      TlsFiles stolen =
          TlsFiles.read(
              new TlsOptions(
                  directory.resolve("tls-3").resolve("cert.pem"),
                  directory.resolve("tls-3").resolve("key.pem"),
                  directory.resolve("tls-3").resolve("authority.pem")));
      for (int claimed : List.of(2, 9)) {
        try (Stranger stranger = Stranger.at(cluster.member(1), stolen)) {
          String refusal = stranger.greet(Stranger.hello(claimed, 1).build());
          assertTrue(refusal.contains("does not name node " + claimed), refusal);
        }
      }
      // Somebody without a certificate is not even told why.
      try (Stranger stranger = Stranger.at(cluster.member(1))) {
        assertThrows(Exception.class, () -> stranger.greet(Stranger.hello(2, 1).build()));
      }
      TestCluster.await(() -> refused.containsKey("it does not speak TLS"));

      GroupReport after = cluster.node(1).report(0);
      assertEquals(before.promised(), after.promised());
      assertEquals(before.chosenUpTo(), after.chosenUpTo());
      assertEquals(before.master(), after.master());
      // Had its data directory been noted, a true node 9 could never come.
      try (Stranger ninth =
          Stranger.at(
              cluster.member(1),
              TlsFiles.read(AUTHORITY.issueNode(directory.resolve("tls-9"), CLUSTER, 9)))) {
        String refusal =
            ninth.greet(
                Stranger.hello(9, 1)
                    .setDataId(com.google.protobuf.ByteString.copyFromUtf8("true"))
                    .build());
        assertEquals("", refusal);
      }
      assertEquals(Status.OK, cluster.propose(2, "after").status());
    }
  }
}
