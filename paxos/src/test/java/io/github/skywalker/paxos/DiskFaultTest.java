package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static io.github.skywalker.paxos.TestCluster.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.storage.CrashDisk.Operation;
import io.github.skywalker.storage.SmallMount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes of two groups, and the disk of one of them fails, fills up, or has changed what was
 * written to it. The lease is longer than any test may take: whoever takes over was let.
 */
@Timeout(180)
final class DiskFaultTest {

  private static final int GROUPS = 2;
  private static final Duration LEASE = Duration.ofSeconds(60);

  @TempDir Path directory;
  private final Map<Integer, List<String>> halted = new ConcurrentHashMap<>();
  private TestCluster cluster;

  @BeforeEach
  void startThreeNodes() throws IOException {
    cluster = new TestCluster(directory, 3, 3);
    cluster.groups = GROUPS;
    cluster.groupOptions =
        group ->
            group
                .maxElectionDelay(Duration.ofMillis(200))
                .onHalt(
                    (id, reason) ->
                        halted
                            .computeIfAbsent(id, unused -> new CopyOnWriteArrayList<>())
                            .add(reason));
    cluster.nodeOptions = node -> node.lease(LEASE);
    cluster.startFounders();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private static boolean isLog(Path file) {
    return file.toString().endsWith(".segment") || file.toString().endsWith(".new");
  }

  private void failLog(int node, Operation failing) {
    cluster.world(node).faults =
        (operation, file) ->
            operation == failing && isLog(file)
                ? new IOException("Input/output error at " + file)
                : null;
  }

  private void assertHalted(int node, String what) {
    for (int group = 0; group < GROUPS; group++) {
      int each = group;
      await(() -> cluster.node(node).report(each).haltReason().isPresent());
      String reason = cluster.node(node).report(group).haltReason().orElseThrow();
      assertTrue(reason.contains(what), reason);
      assertTrue(reason.contains("start the node anew") || reason.contains("a new one"), reason);
      await(() -> halted.getOrDefault(each, List.of()).contains(reason));
    }
  }

  @Test
  void anErrorFromASyncOfTheMasterHaltsItsGroupsAndAnotherTakesOver() throws Exception {
    theMastersLogFails(Operation.FORCE);
  }

  @Test
  void anErrorFromAWriteOfTheMasterHaltsItsGroupsAndAnotherTakesOver() throws Exception {
    theMastersLogFails(Operation.WRITE);
  }

  private void theMastersLogFails(Operation operation) throws Exception {
    cluster.master(1);
    int master = cluster.master();
    assertEquals(Status.OK, cluster.propose(master, "before").status());
    Map<Integer, List<ProposeResult>> results = new ConcurrentHashMap<>();
    for (int i = 0; i < 40; i++) {
      if (i == 20) {
        failLog(master, operation);
      }
      List<ProposeResult> heard =
          results.computeIfAbsent(i, unused -> new CopyOnWriteArrayList<>());
      cluster.node(master).propose(0, bytes("value " + i), ProposeOptions.DEFAULT, heard::add);
    }
    assertHalted(master, "the log failed: Input/output error at ");
    await(() -> results.values().stream().noneMatch(List::isEmpty));
    List<String> acknowledged = new ArrayList<>(List.of("before"));
    for (Map.Entry<Integer, List<ProposeResult>> each : results.entrySet()) {
      assertEquals(1, each.getValue().size(), "a callback that came twice");
      Status status = each.getValue().get(0).status();
      assertTrue(status == Status.OK || status == Status.HALTED, status.toString());
      if (status == Status.OK) {
        acknowledged.add("value " + each.getKey());
      } else {
        assertEquals(Status.Fate.UNKNOWN, status.fate());
      }
    }
    assertEquals(Status.HALTED, cluster.propose(master, "to the halted").status());
    int other = cluster.other(master);
    assertEquals(Status.OK, cluster.propose(other, "after").status());
    acknowledged.add("after");
    assertFalse(cluster.node(master).isMaster(0));

    cluster.world(master).faults = (each, file) -> null;
    cluster.stop(master);
    cluster.start(master);
    for (int node = 1; node <= 3; node++) {
      cluster.catchUp(node);
      for (String value : acknowledged) {
        assertEquals(
            1, Collections.frequency(cluster.machine(node).executed, value), node + ": " + value);
      }
    }
  }

  @Test
  void anErrorOnTheDiskOfAFollowerStopsNobodyElse() throws Exception {
    int master = cluster.master();
    cluster.master(1);
    int follower = cluster.other(master);
    failLog(follower, Operation.FORCE);
    for (int i = 0; i < 10; i++) {
      assertEquals(Status.OK, cluster.propose(master, "value " + i).status());
    }
    assertHalted(follower, "the log failed: Input/output error at ");
    assertTrue(cluster.node(master).isMaster(0));
    assertEquals(1, halted.get(0).size());
  }

  @Test
  void aFailedLogIsToldOnceToAGroupThatHasNothingToWrite() throws Exception {
    cluster.stop(3);
    Map<Integer, AtomicInteger> halts = Map.of(0, new AtomicInteger(), 1, new AtomicInteger());
    AtomicInteger unsynced = new AtomicInteger();
    cluster.probe =
        new Probe() {
          @Override
          public void stepped(int group, Replica replica, Event event, Ready ready) {
            if (event instanceof Event.Halt) {
              halts.get(group).incrementAndGet();
            }
            if (group == 1 && !(ready.writes.isEmpty() && ready.released.isEmpty())) {
              unsynced.incrementAndGet();
            }
          }

          @Override
          public void synced(int group, Ready ready) {
            if (group == 1) {
              unsynced.decrementAndGet();
            }
          }
        };
    cluster.start(3);
    cluster.catchUp(3);
    cluster.master(1);
    cluster.node(3).readBarrier(1, ReadConsistency.LINEARIZABLE).get(30, TimeUnit.SECONDS);
    await(() -> unsynced.get() == 0);
    failLog(3, Operation.FORCE);
    for (int i = 0; i < 100; i++) {
      var unused = cluster.node(1).propose(0, bytes("value " + i));
    }
    assertHalted(3, "the log failed: Input/output error at ");
    cluster.stop(3);
    assertTrue(halts.get(0).get() >= 1);
    assertEquals(1, halts.get(1).get());
  }

  @Test
  void aFullDiskHaltsTheGroupsAtTheReserveAndTheyGoOnWhenThereIsRoom() throws Exception {
    int master = cluster.master();
    cluster.world(master).full = true;
    byte[] large = new byte[100_000];
    Arrays.fill(large, (byte) 'x');
    int acknowledged = 0;
    Status status = Status.OK;
    for (int i = 0; i < 200 && status == Status.OK; i++) {
      status = cluster.node(master).propose(0, large).get(30, TimeUnit.SECONDS).status();
      acknowledged += status == Status.OK ? 1 : 0;
    }
    assertEquals(Status.HALTED, status);
    assertTrue(acknowledged > 0);
    assertHalted(master, "would leave less than the reserve");
    assertEquals(Status.OK, cluster.propose(cluster.other(master), "the others go on").status());

    cluster.world(master).full = false;
    cluster.stop(master);
    cluster.start(master);
    assertEquals(Status.OK, cluster.propose(master, "there is room again").status());
    cluster.catchUp(master);
    List<String> executed = cluster.machine(master).executed;
    String value = new String(large, StandardCharsets.UTF_8);
    assertTrue(Collections.frequency(executed, value) >= acknowledged);
  }

  /** The same on a file system that is full, with the real disk and the real index. */
  @Test
  void aFileSystemThatIsFullHaltsTheGroupsAtTheReserveAndTheyGoOnWhenThereIsRoom()
      throws Exception {
    int master = cluster.master();
    int small = cluster.other(master);
    long reserve = 8 << 20;
    cluster.stop(small);
    Path data = cluster.dataDirectory(small);
    Path before = Files.move(data, directory.resolve("before"));
    Files.createDirectory(data);
    try (SmallMount mount = SmallMount.at(data, 64)) {
      copy(before, data);
      cluster.nodeOptions = node -> node.lease(LEASE).diskReserveBytes(reserve);
      cluster.start(small);
      cluster.catchUp(small);
      Path filler = mount.fill(reserve + (12 << 20));
      byte[] large = new byte[100_000];
      while (cluster.node(small).report(0).haltReason().isEmpty()) {
        ProposeResult result = cluster.node(master).propose(0, large).get(30, TimeUnit.SECONDS);
        assertEquals(Status.OK, result.status());
      }
      assertHalted(small, "would leave less than the reserve");
      assertTrue(Files.getFileStore(data).getUsableSpace() >= reserve);
      assertEquals(Status.OK, cluster.propose(master, "the others go on").status());

      Files.delete(filler);
      cluster.stop(small);
      cluster.start(small);
      cluster.catchUp(small);
      assertEquals(cluster.machine(master).executed, cluster.machine(small).executed);
      cluster.stop(small);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.sorted().toList()) {
        Path copy = to.resolve(from.relativize(each));
        if (!Files.isDirectory(each)) {
          Files.copy(each, copy);
        } else if (!each.equals(from)) {
          Files.createDirectory(copy);
        }
      }
    }
  }

  @Test
  void aFlippedBitLeavesTheGroupThatItConcernsToLearnAndConcernsNoOther() throws Exception {
    int damaged = cluster.other(cluster.master());
    cluster.master(1);
    int first = cluster.master(1);
    String marker = "the value whose bits are flipped";
    for (int i = 0; i < 3; i++) {
      ProposeResult result =
          cluster
              .node(first)
              .propose(1, bytes(i == 1 ? marker : "value"))
              .get(30, TimeUnit.SECONDS);
      assertEquals(Status.OK, result.status());
    }
    cluster.node(damaged).readBarrier(1, ReadConsistency.LINEARIZABLE).get(30, TimeUnit.SECONDS);
    cluster.stop(damaged);
    Path file = flip(cluster.dataDirectory(damaged).resolve("log"), bytes(marker));
    halted.clear();
    byte[] before = Files.readAllBytes(file);
    HookedWorld world = cluster.freshWorld(damaged);
    cluster.start(damaged);
    assertTrue(cluster.node(damaged).report(0).haltReason().isEmpty());
    await(() -> cluster.node(damaged).report(1).haltReason().isPresent());
    String reason = cluster.node(damaged).report(1).haltReason().orElseThrow();
    assertTrue(reason.contains(file.toString()), reason);
    assertTrue(reason.contains("cannot be read"), reason);
    await(() -> halted.getOrDefault(1, List.of()).equals(List.of(reason)));
    for (int i = 0; i < 5; i++) {
      assertEquals(Status.OK, cluster.propose(damaged, "group 0 goes on " + i).status());
      int asked = cluster.other(damaged);
      assertEquals(
          Status.OK,
          cluster.node(asked).propose(1, bytes("group 1, too")).get(30, TimeUnit.SECONDS).status());
    }
    cluster.catchUp(damaged);
    await(() -> world.hasVoted(0));
    assertLearns(damaged);
    cluster.stop(damaged);
    cluster.start(damaged);
    assertLearns(damaged);
    assertFalse(world.hasVoted(1), "a vote of the damaged group");
    assertEquals(
        Status.HALTED,
        cluster.node(damaged).propose(1, bytes("refused")).get(30, TimeUnit.SECONDS).status());
    cluster.stop(damaged);
    byte[] after = Files.readAllBytes(file);
    int written = before.length - 1;
    while (before[written] == 0) {
      written--;
    }
    assertEquals(
        -1,
        Arrays.mismatch(Arrays.copyOf(before, written + 1), Arrays.copyOf(after, written + 1)),
        "overwritten");
  }

  /** A read there sees all that was acknowledged, and so the damaged value, too. */
  private void assertLearns(int damaged) throws Exception {
    int other = cluster.other(damaged);
    assertEquals(
        Status.OK,
        cluster.node(other).propose(1, bytes("one more")).get(30, TimeUnit.SECONDS).status());
    cluster.node(damaged).readBarrier(1, ReadConsistency.LINEARIZABLE).get(30, TimeUnit.SECONDS);
    cluster.node(other).readBarrier(1, ReadConsistency.LINEARIZABLE).get(30, TimeUnit.SECONDS);
    assertEquals(cluster.machine(other, 1).executed, cluster.machine(damaged, 1).executed);
    assertEquals(GroupReport.Phase.LEARNING, cluster.node(damaged).report(1).phase());
    assertFalse(cluster.node(damaged).isMaster(1));
  }

  /** Every value before the last few is known chosen there, as the later ones say. */
  @Test
  void whatIsDamagedAndKnownChosenIsLearnedAgainAndTheGroupGoesOnVoting() throws Exception {
    int master = cluster.master(1);
    int damaged = cluster.other(master);
    int third = 1 + 2 + 3 - damaged - master;
    String marker = "the value whose bits are flipped";
    for (int i = 0; i < 12; i++) {
      byte[] value = bytes(i == 2 ? marker : "value " + i);
      assertEquals(
          Status.OK, cluster.node(master).propose(1, value).get(30, TimeUnit.SECONDS).status());
    }
    cluster.node(damaged).readBarrier(1, ReadConsistency.LINEARIZABLE).get(30, TimeUnit.SECONDS);
    cluster.stop(damaged);
    flip(cluster.dataDirectory(damaged).resolve("log"), bytes(marker));
    for (int start = 0; start < 2; start++) { // The damage is there at each.
      halted.clear();
      HookedWorld world = cluster.freshWorld(damaged);
      cluster.start(damaged);
      await(() -> cluster.node(damaged).report(1).phase() == GroupReport.Phase.FOLLOWING);
      assertTrue(cluster.node(damaged).report(1).haltReason().isEmpty());
      cluster.stop(third);
      for (int i = 0; i < 3; i++) {
        byte[] value = bytes("with the vote of the mended " + start + i);
        assertEquals(
            Status.OK, cluster.node(master).propose(1, value).get(60, TimeUnit.SECONDS).status());
      }
      assertTrue(world.hasVoted(1), "a vote of the mended group");
      cluster.node(damaged).readBarrier(1, ReadConsistency.LINEARIZABLE).get(30, TimeUnit.SECONDS);
      assertEquals(cluster.machine(master, 1).executed, cluster.machine(damaged, 1).executed);
      assertTrue(cluster.machine(damaged, 1).executed.contains(marker));
      assertEquals(Map.of(), halted);
      cluster.start(third);
      cluster.catchUp(third);
      cluster.stop(damaged);
    }
  }

  /** That it was removed there may be what was lost. */
  @Test
  void aGroupWhoseLogIsDamagedIsNotCreatedWhileTheNodeRuns() throws Exception {
    String marker = "the value whose bits are flipped";
    int damaged = cluster.other(cluster.master(1));
    ProposeResult result =
        cluster.node(cluster.master(1)).propose(1, bytes(marker)).get(30, TimeUnit.SECONDS);
    assertEquals(Status.OK, result.status());
    cluster.node(damaged).readBarrier(1, ReadConsistency.LINEARIZABLE).get(30, TimeUnit.SECONDS);
    cluster.stop(damaged);
    flip(cluster.dataDirectory(damaged).resolve("log"), bytes(marker));
    cluster.groups = 1;
    cluster.start(damaged);
    GroupOptions again = cluster.group(1, damaged, new TestCluster.Recorder());
    ExecutionException refused =
        assertThrows(
            ExecutionException.class,
            () -> cluster.node(damaged).createGroup(again).get(30, TimeUnit.SECONDS));
    String why = String.valueOf(assertInstanceOf(NodeException.class, refused.getCause()));
    assertTrue(why.contains("cannot be read"), why);
    assertFalse(cluster.node(damaged).groups().contains(1));
  }

  private static Path flip(Path log, byte[] wanted) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(log)) {
      files = all.filter(file -> file.toString().endsWith(".segment")).toList();
    }
    for (Path file : files) {
      byte[] content = Files.readAllBytes(file);
      for (int at = 0; at + wanted.length <= content.length; at++) {
        if (Arrays.equals(content, at, at + wanted.length, wanted, 0, wanted.length)) {
          content[at] ^= 1;
          Files.write(file, content);
          return file;
        }
      }
    }
    throw new AssertionError("The value is in none of " + files);
  }

  @Test
  void theDirectoryOfAnotherNodeIsRefusedAndNothingInItChanged() throws Exception {
    cluster.master();
    cluster.stop(1);
    Path mine = cluster.dataDirectory(1).resolve("node.meta");
    byte[] theirs = Files.readAllBytes(cluster.dataDirectory(2).resolve("node.meta"));
    byte[] own = Files.readAllBytes(mine);
    Files.write(mine, theirs);
    IOException refused = assertThrows(IOException.class, () -> cluster.start(1));
    assertTrue(refused.getMessage().contains("belongs to node 2, not to node 1"));
    assertTrue(refused.getMessage().contains("Nothing was changed"));
    assertEquals(-1, Arrays.mismatch(theirs, Files.readAllBytes(mine)));
    Files.delete(mine);
    refused = assertThrows(IOException.class, () -> cluster.start(1));
    assertTrue(refused.getMessage().contains("no node.meta that says whose it is"));
    assertFalse(Files.exists(mine));
    Files.write(mine, own);
    cluster.start(1);
    assertEquals(Status.OK, cluster.propose(2, "with all three").status());
    cluster.catchUp(1);
  }

  @Test
  void aDirectoryThatCannotBeWrittenIsRefusedByName() throws Exception {
    cluster.stop(3);
    Path data = cluster.dataDirectory(3);
    try (Stream<Path> all = Files.walk(data)) {
      for (Path path : all.sorted(Collections.reverseOrder()).toList()) {
        if (!path.equals(data)) {
          Files.delete(path);
        }
      }
    }
    try (SmallMount small = SmallMount.at(data, 1)) {
      small.readOnly(true);
      IOException refused = assertThrows(IOException.class, () -> cluster.start(3));
      assertTrue(refused.getMessage().contains(data.toString()), refused.getMessage());
      assertTrue(refused.getMessage().contains("cannot be written"), refused.getMessage());
    }
  }
}
