package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.util.Invariant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OriginTest {

  private final Outbox out = new Outbox(1);
  private final Origin origin = new Origin(1, 3, out);

  @Test
  void entriesAreNumberedFromOneWithoutGaps() {
    propose("a", 100, 10);
    propose("b", 100, 10);
    assertEquals(List.of("3#1", "3#2"), names(handOut(1000)));
  }

  @Test
  void whatWasHandedOutIsHandedOutAgainOnlyAfterARewind() {
    propose("a", 100, 10);
    assertEquals(List.of("3#1"), names(handOut(1000)));
    assertFalse(origin.hasMore());
    origin.rewind();
    assertEquals(List.of("3#1"), names(handOut(1000)));
  }

  @Test
  void aBatchTakesOneEntryHoweverLargeAndThenOnlyWhatFits() {
    propose("a", 100, 10);
    propose("b", 100, 10);
    assertEquals(List.of("3#1"), names(handOut(0)));
    assertEquals(List.of("3#2"), names(handOut(0)));
  }

  @Test
  void whatIsExecutedIsNotHandedOutAgain() {
    propose("a", 100, 10);
    propose("b", 100, 10);
    List<Entry> both = handOut(1000);
    assertEquals("a", origin.executed(both.get(0)));
    origin.rewind();
    assertEquals(List.of("3#2"), names(handOut(1000)));
    assertEquals(1, origin.size());
  }

  @Test
  void anEntryThatWasNeverHandedOutHereMayBeExecutedFromAFormerBallot() {
    propose("a", 100, 10);
    Entry first = handOut(1000).get(0);
    origin.rewind();
    assertEquals("a", origin.executed(first));
    assertFalse(origin.hasMore());
    assertTrue(origin.isEmpty());
    assertEquals(0, origin.onTheWayBytes());
    assertEquals(0, origin.waitingBytes());
  }

  @Test
  void entriesOfAFormerLifeAreNobodys() {
    assertNull(origin.executed(Entry.tombstone(1, 2, 7)));
  }

  @Test
  void anOwnEntryThatIsNotPendingOrOutOfTurnIsABreach() {
    assertThrows(Invariant.Breach.class, () -> origin.executed(Entry.tombstone(1, 3, 1)));
    propose("a", 100, 10);
    assertThrows(Invariant.Breach.class, () -> origin.executed(Entry.tombstone(1, 3, 2)));
  }

  @Test
  void afterItsDeadlineATombstoneIsSentAndAfterItsPatienceItsOutcomeIsUnknown() {
    propose("a", 100, 10);
    handOut(1000);
    origin.due(99);
    assertFalse(origin.hasMore());
    origin.due(100);
    assertTrue(handOut(1000).get(0).isTombstone());
    assertEquals(110, origin.deadline());
    origin.due(110);
    assertEquals(List.of("a TIMEOUT"), ended());
    assertEquals(Grants.NEVER, origin.deadline());
    origin.rewind();
    assertTrue(handOut(1000).get(0).isTombstone());
    assertNull(origin.executed(Entry.tombstone(1, 3, 1)));
  }

  @Test
  void theTicketOfATombstoneComesBackWhenEitherIsExecuted() {
    propose("a", 100, 10);
    origin.due(100);
    assertEquals("a", origin.executed(Entry.tombstone(1, 3, 1)));
  }

  @Test
  void aDeadlineIsNeverEarlierThanThatOfTheEntryBeforeIt() {
    propose("a", 100, 10);
    propose("b", 50, 10);
    origin.due(99);
    assertEquals(100, origin.deadline());
    assertEquals(0, names(handOut(1000)).indexOf("3#1"));
    origin.due(100);
    origin.rewind();
    assertTrue(handOut(1000).stream().allMatch(Entry::isTombstone));
  }

  @Test
  void whenNothingIsPendingADeadlineDependsOnNoneBeforeIt() {
    propose("a", 1_000_000, 10);
    origin.executed(handOut(1000).get(0));
    propose("b", 100, 10);
    assertEquals(100, origin.deadline());
  }

  @Test
  void anImpatientTombstoneWaitsForThoseBeforeItWithoutAskingForTheTime() {
    propose("a", 100, 500);
    propose("b", 100, 10);
    origin.due(100);
    assertEquals(600, origin.deadline());
    origin.due(600);
    assertEquals(List.of("a TIMEOUT", "b TIMEOUT"), ended());
  }

  @Test
  void whatIsPendingAtTheEndIsAnsweredInOrderAndOnce() {
    propose("a", 100, 10);
    origin.due(100);
    origin.due(110);
    propose("b", 200, 10);
    propose("c", 200, 10);
    ended();
    origin.end(Status.HALTED, "so");
    assertEquals(List.of("b HALTED", "c HALTED"), ended());
    origin.end(Status.HALTED, "so");
    assertEquals(List.of(), ended());
  }

  @Test
  void manyEntriesPassThroughInOrder() {
    long executed = 0;
    for (int round = 0; round < 300; round++) {
      for (int i = 0; i < 10; i++) {
        propose("x", 1_000_000, 10);
      }
      for (Entry entry : handOut(round % 2 == 0 ? 10_000 : 4)) {
        origin.executed(entry);
        assertEquals(++executed, entry.sequence());
      }
    }
    assertEquals(3000 - executed, origin.size());
  }

  private void propose(String ticket, long deadline, long patience) {
    origin.propose(new Event.Proposal(ticket, 1001, 0, new byte[] {1}, deadline, patience));
  }

  private List<Entry> handOut(long maxBytes) {
    List<Entry> batch = new ArrayList<>();
    origin.handOut(batch, maxBytes);
    return batch;
  }

  private static List<String> names(List<Entry> entries) {
    return entries.stream().map(entry -> entry.boot() + "#" + entry.sequence()).toList();
  }

  private List<String> ended() {
    return out.take().outcomes.stream()
        .map(outcome -> (Outcome.Ended) outcome)
        .map(ended -> ended.ticket() + " " + ended.status())
        .toList();
  }
}
