package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.CoreTesting.RETRY;
import static io.github.skywalker.paxos.core.CoreTesting.ballot;
import static io.github.skywalker.paxos.core.CoreTesting.said;
import static io.github.skywalker.paxos.core.CoreTesting.voters;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The read barriers at node 1 of five. */
class ReadsTest {

  private static final Ballot BALLOT = ballot(4);
  private static final int BOOT = 3;
  private static final long FIRST_ID = ((long) BOOT << 40) + 1;
  private static final long INDEX = 17;
  private static final long DEADLINE = 1_000_000;

  private final Outbox out = new Outbox(1);
  private final Reads reads = new Reads(1, BOOT, RETRY, voters(5), out);
  private final Lease dead = new Lease(1, new Grants(1, 1, Long.MIN_VALUE), voters(5));
  private long now = 1_000;

  /** Its own vote is a majority, and needs no grant. */
  private static Lease live() {
    Lease lease = new Lease(1, new Grants(1, 1, Long.MIN_VALUE), voters(1));
    lease.begin(BALLOT, voters(1));
    lease.prepared();
    assertTrue(lease.leftNanos(0) > 0);
    return lease;
  }

  private void read(String ticket, boolean majority) {
    reads.read(new Event.Read(ticket, majority, DEADLINE));
  }

  private void pump(Lease lease, int leader) {
    reads.pump(lease, INDEX, leader, true, now);
  }

  private void confirm(int from, long ticket) {
    reads.confirmed(from, BALLOT, ticket, now);
  }

  /** What was said and told since it was asked last, in few words. */
  private List<String> happened() {
    Ready ready = out.take();
    List<String> happened = new ArrayList<>(said(ready));
    for (Outcome outcome : ready.outcomes) {
      happened.add(
          outcome instanceof Outcome.ReadIndex it
              ? it.ticket() + " at " + it.index()
              : outcome instanceof Outcome.Answered it
                  ? it.ticket() + " " + it.status()
                  : outcome.toString());
    }
    return happened;
  }

  private static List<String> toAll(Object message) {
    List<String> all = new ArrayList<>();
    for (int node = 2; node <= 5; node++) {
      all.add("to " + node + ": " + message);
    }
    return all;
  }

  private static Message.Confirm confirmation(long ticket) {
    return new Message.Confirm(BALLOT, ticket);
  }

  @Test
  void withALiveLeaseABarrierIsAnsweredAtOnce() {
    reads.begin(BALLOT, voters(5));
    read("a", false);
    pump(live(), 1);
    assertEquals(List.of("a at 17"), happened());
    assertFalse(reads.isWaiting());
  }

  @Test
  void whoWantsAMajorityIsNotAnsweredByALease() {
    reads.begin(BALLOT, voters(5));
    read("a", true);
    pump(live(), 1);
    assertEquals(toAll(confirmation(1)), happened());
  }

  @Test
  void withoutALeaseAMajorityMustConfirmTheBallot() {
    reads.begin(BALLOT, voters(5));
    read("a", false);
    pump(dead, 1);
    assertEquals(toAll(confirmation(1)), happened());
    confirm(2, 1);
    assertEquals(List.of(), happened());
    confirm(5, 1);
    assertEquals(List.of("a at 17"), happened());
  }

  @Test
  void aRoundThatWasSentBeforeTheCallProvesNothing() {
    reads.begin(BALLOT, voters(5));
    read("a", false);
    pump(dead, 1);
    happened();
    confirm(2, 1);
    read("b", false);
    pump(dead, 1);
    assertEquals(List.of(), happened(), "one round at a time");
    confirm(3, 1);
    List<String> expected = new ArrayList<>(toAll(confirmation(2)));
    expected.add("a at 17");
    assertEquals(expected, happened());
    confirm(2, 1);
    confirm(4, 1);
    assertEquals(List.of(), happened());
    confirm(2, 2);
    confirm(4, 2);
    assertEquals(List.of("b at 17"), happened());
  }

  @Test
  void confirmationsOfAnotherBallotOrOfNoMemberOrSaidTwiceCountForNothing() {
    reads.begin(BALLOT, voters(5));
    read("a", false);
    pump(dead, 1);
    happened();
    reads.confirmed(2, ballot(5), 1, now);
    reads.confirmed(3, ballot(3), 1, now);
    confirm(9, 1);
    confirm(4, 1);
    confirm(4, 1);
    assertEquals(List.of(), happened());
    confirm(5, 1);
    assertEquals(List.of("a at 17"), happened());
  }

  @Test
  void aConfirmationThatIsNotAnsweredIsAskedForAgain() {
    reads.begin(BALLOT, voters(5));
    read("a", false);
    pump(dead, 1);
    happened();
    now += RETRY - 1;
    reads.due(now);
    assertEquals(List.of(), happened());
    now = reads.deadline();
    reads.due(now);
    assertEquals(toAll(confirmation(1)), happened());
  }

  @Test
  void theIndexIsTheOneOfTheTimeAtWhichItWasAsked() {
    reads.begin(BALLOT, voters(5));
    read("a", false);
    reads.pump(dead, 17, 1, true, now);
    happened();
    reads.pump(dead, 99, 1, true, now);
    confirm(2, 1);
    confirm(3, 1);
    assertEquals(List.of("a at 17"), happened());
  }

  @Test
  void elsewhereTheLeaderIsAskedOnceAndOnlyItsAnswerCompletesTheBarrier() {
    read("a", true);
    pump(dead, 3);
    pump(dead, 3);
    assertEquals(List.of("to 3: " + new Message.Read(FIRST_ID, true)), happened());
    reads.readAt(1, 40);
    assertEquals(List.of(), happened(), "an answer to a barrier of another life");
    reads.readAt(FIRST_ID, 40);
    assertEquals(List.of("a at 40"), happened());
    reads.readAt(FIRST_ID, 41);
    assertEquals(List.of(), happened());
  }

  @Test
  void aLeaderThatDoesNotAnswerIsAskedAgainAndTheMembersInTurn() {
    read("a", false);
    pump(dead, 3);
    happened();
    TreeSet<Integer> others = new TreeSet<>();
    for (int i = 1; i <= 10; i++) {
      now = reads.deadline();
      reads.due(now);
      pump(dead, 3);
      List<Ready.Send> sends = out.take().sends;
      assertEquals(1, sends.size());
      if (i % 2 == 0) {
        assertEquals(3, sends.get(0).to(), "the leader, every other time");
      } else {
        others.add(sends.get(0).to());
      }
    }
    assertEquals(Set.of(2, 3, 4, 5), others);
  }

  @Test
  void whereNobodyIsKnownToLeadOnlyWhoWillNotContendAsksAround() {
    read("a", false);
    reads.pump(dead, INDEX, 0, true, now);
    assertEquals(List.of(), happened());
    reads.pump(dead, INDEX, 0, false, now);
    assertEquals(List.of("to 2: " + new Message.Read(FIRST_ID, false)), happened());
  }

  @Test
  void whoLosesItsBallotAsksTheNextLeaderAndAnswersNobodyElseAnyMore() {
    reads.begin(BALLOT, voters(5));
    read("a", false);
    reads.asked(4, new Message.Read(8, false), dead, INDEX, now);
    pump(dead, 1);
    happened();
    reads.end();
    confirm(2, 1);
    confirm(3, 1);
    pump(dead, 5);
    assertEquals(List.of("to 5: " + new Message.Read(FIRST_ID, false)), happened());
  }

  @Test
  void anotherNodesBarrierIsAnsweredOnceHoweverOftenItAsks() {
    reads.begin(BALLOT, voters(5));
    for (int i = 0; i < 3; i++) {
      reads.asked(4, new Message.Read(8, false), dead, INDEX, now);
    }
    assertEquals(toAll(confirmation(1)), happened());
    confirm(2, 1);
    confirm(3, 1);
    assertEquals(List.of("to 4: " + new Message.ReadAt(8, INDEX)), happened());
  }

  @Test
  void whoIsNotPreparedAnswersNoOther() {
    reads.asked(4, new Message.Read(8, false), live(), INDEX, now);
    assertEquals(List.of(), happened());
  }

  @Test
  void noMoreThanTenThousandBarriersOfOthersWait() {
    reads.begin(BALLOT, voters(5));
    for (int i = 1; i <= 10_001; i++) {
      // Many nodes: the same one would be looked for among its own.
      reads.asked(100 + i, new Message.Read(i, false), dead, INDEX, now);
    }
    happened();
    confirm(2, 1);
    confirm(3, 1);
    happened();
    confirm(2, 2);
    confirm(3, 2);
    assertEquals(10_000 - 1, happened().size());
  }

  @Test
  void aBarrierThatNobodyAnswersEndsAtItsTime() {
    read("a", false);
    pump(dead, 3);
    happened();
    reads.due(DEADLINE - 1);
    happened();
    assertTrue(reads.isWaiting());
    reads.due(DEADLINE);
    assertTrue(happened().contains("a " + Status.TIMEOUT));
    assertFalse(reads.isWaiting());
    reads.readAt(FIRST_ID, 40);
    assertEquals(List.of(), happened());
  }

  @Test
  void whenTheGroupStopsEveryBarrierIsTold() {
    read("a", false);
    read("b", true);
    reads.stop(Status.HALTED, "broken");
    assertEquals(List.of("a HALTED", "b HALTED"), happened());
  }

  /** Who led is not heard of any more; his answer may be lost. */
  @Test
  void whatWasAskedElsewhereIsAnsweredHereOnceThisNodeIsPrepared() {
    read("a", false);
    pump(dead, 2);
    assertEquals(List.of("to 2: " + new Message.Read(FIRST_ID, false)), happened());
    reads.begin(BALLOT, voters(5));
    pump(dead, 1);
    assertEquals(toAll(confirmation(1)), happened());
  }
}
