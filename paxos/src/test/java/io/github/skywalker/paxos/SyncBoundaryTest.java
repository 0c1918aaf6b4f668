package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static io.github.skywalker.paxos.TestCluster.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import io.github.skywalker.storage.CrashDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * No vote, and no callback with OK, before the sync that covers it: the disks of real nodes are
 * held up in the middle of a sync, and what leaves the nodes meanwhile is watched.
 */
@Timeout(120)
final class SyncBoundaryTest {

  /** Holds up whoever syncs while it is shut. */
  private static final class Gate {
    private boolean shut;
    private int waiting;

    synchronized void pass() {
      waiting++;
      while (shut) {
        try {
          wait();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      waiting--;
    }

    synchronized void set(boolean nowShut) {
      shut = nowShut;
      notifyAll();
    }

    synchronized boolean holdsSomebody() {
      return shut && waiting > 0;
    }
  }

  /** The world of production, with a gate before each sync. */
  private static final class Gated {
    final Gate gate = new Gate();
    final HookedWorld world = new HookedWorld();

    Gated() {
      world.faults =
          (operation, file) -> {
            if (operation == CrashDisk.Operation.FORCE) {
              gate.pass();
            }
            return null;
          };
    }
  }

  @TempDir Path directory;
  private final List<Gated> worlds = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();

  @BeforeEach
  void startThreeNodes() throws IOException {
    try (TestCluster addresses = new TestCluster(directory, 3, 3)) {
      Membership founding = addresses.founding();
      for (Member self : founding.members()) {
        worlds.add(new Gated());
        nodes.add(
            new PaxosNode(
                NodeOptions.builder()
                    .self(self)
                    .dataDirectory(directory.resolve("gated-" + self.nodeId()))
                    .segmentBytes(4 << 20)
                    .diskReserveBytes(0)
                    .groupLoops(TestCluster.GROUP_LOOPS)
                    .group(
                        GroupOptions.builder(0)
                            .membership(founding)
                            .machine(new TestCluster.Recorder())
                            .build())
                    .build(),
                worlds.get(worlds.size() - 1).world,
                Probe.NONE));
      }
    }
  }

  @AfterEach
  void stop() {
    worlds.forEach(each -> each.gate.set(false));
    nodes.forEach(Node::close);
  }

  /** The place of the master in the lists, when the log has fallen idle. */
  private int master() throws Exception {
    await(() -> TestCluster.isSettled(nodes));
    for (int i = 0; i < 3; i++) {
      if (nodes.get(i).isMaster(0)) {
        ProposeResult first = nodes.get(i).propose(0, bytes("first")).get(30, TimeUnit.SECONDS);
        assertEquals(Status.OK, first.status());
        return i;
      }
    }
    throw new AssertionError("The master has gone");
  }

  @Test
  void aVoteLeavesOnlyWhenTheSyncThatCoversItHasReturned() throws Exception {
    int master = master();
    int follower = (master + 1) % 3;
    int other = (master + 2) % 3;
    while (voted(follower) == 0 || voted(other) == 0) {
      nodes.get(master).propose(0, bytes("until both vote")).get(30, TimeUnit.SECONDS);
    }
    worlds.get(follower).gate.set(true);
    worlds.get(other).gate.set(true);
    long before = nodes.get(master).report(0).chosenUpTo();
    CompletableFuture<ProposeResult> result = nodes.get(master).propose(0, bytes("held up"));
    await(() -> worlds.get(follower).gate.holdsSomebody());
    await(() -> worlds.get(other).gate.holdsSomebody());
    assertTrue(voted(follower) <= before && voted(other) <= before, "a vote without its sync");
    assertFalse(result.isDone());
    worlds.get(follower).gate.set(false);
    assertEquals(Status.OK, result.get(30, TimeUnit.SECONDS).status());
    assertTrue(voted(follower) > before && voted(other) <= before);
  }

  private long voted(int node) {
    return worlds.get(node).world.voted();
  }

  @Test
  void theMastersOwnVoteCountsOnlyWhenItsSyncHasReturned() throws Exception {
    int master = master();
    int other = (master + 2) % 3;
    worlds.get(master).gate.set(true);
    worlds.get(other).gate.set(true);
    long before = nodes.get(master).report(0).chosenUpTo();
    CompletableFuture<ProposeResult> result = nodes.get(master).propose(0, bytes("held up"));
    await(() -> voted((master + 1) % 3) > before);
    await(() -> worlds.get(master).gate.holdsSomebody());
    assertFalse(result.isDone(), "one vote of three, and OK");
    worlds.get(master).gate.set(false);
    assertEquals(Status.OK, result.get(30, TimeUnit.SECONDS).status());
  }
}
