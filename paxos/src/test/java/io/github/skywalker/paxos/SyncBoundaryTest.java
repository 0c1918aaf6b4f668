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
import io.github.skywalker.network.Admission;
import io.github.skywalker.network.Network;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.storage.Disk;
import io.github.skywalker.storage.SegmentIndex;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

  /** The world of production, with a gate before each sync and a look at its votes. */
  private static final class GatedWorld implements World {
    final Gate gate = new Gate();

    /** The highest instance for which a vote has left. */
    final AtomicLong voted = new AtomicLong();

    private final Machine machine = new Machine();

    @Override
    public Clock clock() {
      return machine.clock();
    }

    @Override
    public RunLoop loop(String name) {
      return machine.loop(name);
    }

    @Override
    public Disk disk() {
      return new GatedDisk(machine.disk(), gate);
    }

    @Override
    public SegmentIndex index(Path directory, long reserveBytes) throws IOException {
      return machine.index(directory, reserveBytes);
    }

    @Override
    public Network network(
        NodeOptions options,
        byte[] dataId,
        int boot,
        Admission admission,
        Network.Receiver receiver)
        throws IOException {
      Network network = machine.network(options, dataId, boot, admission, receiver);
      return new Network() {
        @Override
        public void send(int node, Lane lane, Envelope message) {
          if (message.hasAccepted()) {
            voted.accumulateAndGet(message.getAccepted().getInstance(), Math::max);
          }
          network.send(node, lane, message);
        }

        @Override
        public void know(Member peer) {
          network.know(peer);
        }

        @Override
        public void forget(int node) {
          network.forget(node);
        }

        @Override
        public void close() {
          network.close();
        }
      };
    }

    @Override
    public byte[] freshDataId() {
      return machine.freshDataId();
    }

    @Override
    public long seed() {
      return machine.seed();
    }
  }

  private record GatedDisk(Disk disk, Gate gate) implements Disk {

    @Override
    public DiskFile open(Path file) throws IOException {
      return new GatedFile(disk.open(file), gate);
    }

    @Override
    public boolean exists(Path path) throws IOException {
      return disk.exists(path);
    }

    @Override
    public Kind kind(Path path) throws IOException {
      return disk.kind(path);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
      return disk.list(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
      disk.createDirectories(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      disk.rename(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
      disk.delete(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
      disk.syncDirectory(directory);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
      return disk.usableBytes(directory);
    }

    @Override
    public Closeable lock(Path file) throws IOException {
      return disk.lock(file);
    }
  }

  private record GatedFile(Disk.DiskFile file, Gate gate) implements Disk.DiskFile {

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      return file.read(into, position);
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      file.write(from, position);
    }

    @Override
    public void force() throws IOException {
      gate.pass();
      file.force();
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  @TempDir Path directory;
  private final List<GatedWorld> worlds = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();

  @BeforeEach
  void startThreeNodes() throws IOException {
    try (TestCluster addresses = new TestCluster(directory, 3, 3)) {
      Membership founding = addresses.founding();
      for (Member self : founding.members()) {
        worlds.add(new GatedWorld());
        nodes.add(
            new PaxosNode(
                NodeOptions.builder()
                    .self(self)
                    .dataDirectory(directory.resolve("gated-" + self.nodeId()))
                    .segmentBytes(4 << 20)
                    .diskReserveBytes(0)
                    .group(
                        GroupOptions.builder(0)
                            .membership(founding)
                            .machine(new TestCluster.Recorder())
                            .build())
                    .build(),
                worlds.get(worlds.size() - 1),
                Probe.NONE));
      }
    }
  }

  @AfterEach
  void stop() {
    worlds.forEach(world -> world.gate.set(false));
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
    return worlds.get(node).voted.get();
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
