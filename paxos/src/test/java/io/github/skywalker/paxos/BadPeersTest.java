package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static io.github.skywalker.paxos.TestCluster.bytes;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.paxos.core.Heartbeats;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.proto.Accept;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.GroupMark;
import io.github.skywalker.proto.Heartbeat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that serves, whatever somebody who knows its name says to it. */
@Timeout(120)
final class BadPeersTest {

  private static final int NOBODY = 9;
  private static final int GROUPS = 2;
  private static final int MAX_INCOMING = 1 << 20;

  @TempDir Path directory;

  private final Map<String, Integer> refused = new ConcurrentHashMap<>();
  private TestCluster cluster;

  @BeforeEach
  void aClusterThatServes() throws Exception {
    cluster = new TestCluster(directory, 3, 3);
    cluster.groups = GROUPS;
    cluster.nodeOptions =
        options -> {
          return options
              // With one, what is not read from the socket holds the sender up.
              .groupLoops(Math.max(2, TestCluster.GROUP_LOOPS))
              .maxIncomingBytes(MAX_INCOMING)
              .observer(
                  new NodeObserver() {
                    @Override
                    public void refused(String peer, String reason) {
                      refused.merge(peer + ": " + reason, 1, Integer::sum);
                    }
                  });
        };
    cluster.startFounders();
    assertEquals(Status.OK, cluster.propose(1, "before").status());
    for (int group = 0; group < GROUPS; group++) {
      cluster.master(group);
    }
    cluster.catchUp(1);
  }

  /** Nobody halted, and every node still gets its proposals executed, in both groups. */
  @AfterEach
  void theClusterServes() throws Exception {
    try (TestCluster serving = cluster) {
      for (int id = 1; id <= 3; id++) {
        assertEquals(Status.OK, serving.propose(id, "after " + id).status());
        ProposeResult other = serving.node(id).propose(1, bytes("other")).get(30, SECONDS);
        assertEquals(Status.OK, other.status());
        assertEquals(id, other.output()); // Nothing but these was executed.
      }
      for (int id = 1; id <= 3; id++) {
        serving.catchUp(id);
        assertEquals(
            List.of("before", "after 1", "after 2", "after 3"), serving.machine(id).executed);
      }
    }
  }

  @Test
  void whatIsNotWellFormedOrForNobodyIsRefusedAndCounted() throws Exception {
    Heartbeat.Builder boastful = Heartbeat.newBuilder();
    for (int i = 0; i <= Heartbeats.MAX_MARKS; i++) {
      boastful.addMarks(GroupMark.newBuilder().setGroup(i).setChosenUpTo(Long.MAX_VALUE));
    }
    try (Stranger stranger = Stranger.at(cluster.member(1)).as(NOBODY, 1)) {
      stranger.say(
          Wire.write(77, new Message.Learn(1)),
          Wire.write(-1, new Message.Learn(1)),
          Envelope.newBuilder()
              .setAccept(Accept.newBuilder().setValue(ByteString.copyFromUtf8("no value")))
              .build(),
          Envelope.newBuilder().setHeartbeat(boastful).build(),
          Envelope.getDefaultInstance());
      for (String reason :
          List.of(
              "no group 77 here",
              "no group -1 here",
              "a malformed ACCEPT",
              "a heartbeat with more than",
              "of a kind that this node does not know")) {
        awaitRefused(NOBODY, reason);
      }
    }
  }

  @Test
  void numbersThatCannotBeChangeNothingHoweverOftenTheyCome() throws Exception {
    try (Stranger stranger = Stranger.at(cluster.member(1)).as(NOBODY, 1)) {
      for (long odd : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
        for (int boot : new int[] {1, 0, -1}) {
          for (Message message : MessageSamples.in(new Ballot(0, odd, NOBODY, boot))) {
            // What others have learned is believed: nodes that lie are not defended against.
            if (!(message instanceof Message.Learned)) {
              Envelope said = Wire.write(0, message);
              stranger.say(said, said);
              stranger.say(said.toBuilder().setGroup(1).build());
              stranger.say(said.toBuilder().setGroup(77).build());
            }
          }
        }
        stranger.say(
            Wire.write(
                new Heartbeats.Heartbeat(odd, odd, List.of(new Heartbeats.Mark(0, odd, true)))),
            Wire.write(new Heartbeats.Grant(odd, 1, odd, MessageSamples.STAMP, odd)));
      }
      stranger.say(Wire.write(78, new Message.Learn(1)));
      awaitRefused(NOBODY, "no group 78 here");
    }
  }

  /** Only its owner speaks in a ballot, and only members answer him, each for one group. */
  @Test
  void whatMembersMaySayIsNotHeardFromAnotherNodeInTheirGroupOrInAnotherOne() throws Exception {
    Map<Integer, String> promised = new TreeMap<>();
    Set<Ballot> ballots = new HashSet<>();
    for (int group = 0; group < GROUPS; group++) {
      promised.put(group, cluster.node(1).report(group).promised());
      ballots.add(cluster.world(cluster.other(cluster.master(group))).ballotOfVote(group));
    }
    try (Stranger stranger = Stranger.at(cluster.member(1)).as(NOBODY, 1)) {
      for (Ballot ballot : ballots) {
        for (Message message : MessageSamples.in(ballot)) {
          // These are believed, whoever says them: nodes that lie are not defended against.
          if (!(message instanceof Message.Learned) && !(message instanceof Message.Change)) {
            for (int group = 0; group < GROUPS; group++) {
              Envelope said = Wire.write(group, message);
              stranger.say(said, said);
            }
          }
        }
      }
      stranger.say(Wire.write(79, new Message.Learn(1)));
      awaitRefused(NOBODY, "no group 79 here");
    }
    for (int group = 0; group < GROUPS; group++) {
      cluster.node(1).readBarrier(group, ReadConsistency.LINEARIZABLE).get(30, SECONDS);
      assertEquals(promised.get(group), cluster.node(1).report(group).promised());
    }
  }

  @Test
  void aFloodThatMeetsALoopWhichStandsStillIsDroppedAndCountedAndTheNodeServesAfterwards()
      throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    cluster
        .world(1)
        .loopNamed("skywalker-1-groups-0")
        .execute(
            () -> {
              try {
                gate.await();
              } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
              }
            });
    Envelope[] flood = new Envelope[1_000];
    Arrays.fill(flood, Wire.write(0, new Message.Learn(1)));
    try (Stranger stranger = Stranger.at(cluster.member(1)).as(NOBODY, 1)) {
      for (int i = 0; i < 10; i++) {
        stranger.say(flood);
      }
      stranger.say(Wire.write(77, new Message.Learn(1)));
      awaitRefused(NOBODY, "no group 77 here");
      Mailbox mailbox = ((PaxosNode) cluster.node(1)).mailboxOf(0);
      long waiting = mailbox.waitingBytes();
      assertTrue(waiting <= MAX_INCOMING, () -> waiting + " bytes wait");
      assertTrue(mailbox.dropped() > 5_000, () -> mailbox.dropped() + " messages were dropped");
      int told = refused.get("node 9: more than 1048576 bytes wait for loop skywalker-1-groups-0");
      assertTrue(told > 5_000 && told <= mailbox.dropped(), () -> told + " were told of");
    } finally {
      gate.countDown();
    }
  }

  @Test
  void whoeverClaimsToBeSomebodyElseIsNotHeard() throws Exception {
    greet(1, "own id");
    greet(2, "not admitted with this data directory");
    greet(0, "cannot be one");
    greet(-7, "cannot be one");
    try (Stranger stranger = Stranger.at(cluster.member(1))) {
      String refusal = stranger.greet(Stranger.hello(NOBODY, 1).setClusterName("another").build());
      assertTrue(refusal.contains("another name"), refusal);
    }
  }

  private void greet(int claimed, String reason) throws IOException {
    try (Stranger stranger = Stranger.at(cluster.member(1))) {
      String refusal = stranger.greet(Stranger.hello(claimed, 1).build());
      assertTrue(refusal.contains(reason), refusal);
    }
  }

  private void awaitRefused(int node, String reason) {
    await(
        () ->
            refused.keySet().stream()
                .anyMatch(each -> each.startsWith("node " + node) && each.contains(reason)));
  }
}
