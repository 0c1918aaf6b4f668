package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.CoreTesting.ballot;
import static io.github.skywalker.paxos.core.CoreTesting.value;
import static io.github.skywalker.paxos.core.CoreTesting.voters;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message.Promise;
import io.github.skywalker.paxos.core.Message.Report;
import io.github.skywalker.util.Invariant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the promises of ballot 9, from instance 5 on, oblige its proposer to. */
class RecoveryTest {

  private static final Ballot BALLOT = ballot(9);

  private final Recovery recovery = new Recovery(BALLOT, 5, voters(5));

  private static Report vote(long instance, long round, String value) {
    return new Report(instance, ballot(round), value(value));
  }

  private static Report chosen(long instance, String value) {
    return new Report(instance, null, value(value));
  }

  private void promise(int from, Report... reports) {
    recovery.add(from, new Promise(BALLOT, 5, 5, 0, List.of(reports), Stamp.NONE));
  }

  private void part(int from, long begin, long next, Report... reports) {
    recovery.add(from, new Promise(BALLOT, 5, begin, next, List.of(reports), Stamp.NONE));
  }

  @Test
  void nothingReportedObligesToNothing() {
    promise(1);
    promise(2);
    promise(3);
    assertTrue(recovery.isComplete());
    assertEquals(4, recovery.top());
  }

  @Test
  void theValueOfTheHighestBallotIsTakenInWhicheverOrderItComes() {
    promise(1, vote(5, 3, "low"), vote(6, 7, "high"));
    promise(2, vote(5, 7, "high"), vote(6, 3, "low"));
    promise(3, vote(5, 5, "middle"), vote(6, 5, "middle"));
    assertEquals(value("high"), recovery.pick(5));
    assertEquals(value("high"), recovery.pick(6));
  }

  @Test
  void whatIsReportedChosenBeatsEveryBallotInWhicheverOrderItComes() {
    promise(1, chosen(5, "chosen"), vote(6, 8, "other"));
    promise(2, vote(5, 8, "other"), chosen(6, "chosen"));
    assertEquals(value("chosen"), recovery.pick(5));
    assertEquals(value("chosen"), recovery.pick(6));
  }

  @Test
  void aHoleBelowTheHighestReportIsFilledWithANoop() {
    promise(1, vote(7, 3, "seven"));
    assertEquals(7, recovery.top());
    assertEquals(Value.NOOP, recovery.pick(5));
    assertEquals(Value.NOOP, recovery.pick(6));
    assertEquals(value("seven"), recovery.pick(7));
  }

  @Test
  void onlyCompletePromisesOfAMajorityCountAndEachNodeOnce() {
    promise(1);
    promise(2);
    promise(2);
    part(3, 5, 8, vote(5, 3, "five"));
    assertFalse(recovery.isComplete());
    assertFalse(recovery.has(3));
    part(3, 8, 0);
    assertTrue(recovery.isComplete());
    assertTrue(recovery.has(3));
  }

  @Test
  void aPartBehindAGapIsPassedOverUntilTheGapIsFilled() {
    promise(1);
    promise(2);
    part(3, 8, 0, vote(9, 3, "nine"));
    assertFalse(recovery.isComplete());
    part(3, 5, 8);
    assertFalse(recovery.isComplete());
    part(3, 8, 0, vote(9, 3, "nine"));
    assertTrue(recovery.isComplete());
    assertEquals(value("nine"), recovery.pick(9));
  }

  @Test
  void partsThatComeAgainMayBeCutElsewhere() {
    promise(1);
    promise(2);
    part(3, 5, 8, vote(5, 3, "five"));
    part(3, 5, 7, vote(5, 3, "five"));
    part(3, 7, 9, vote(8, 3, "eight"));
    assertFalse(recovery.isComplete());
    part(3, 8, 0, vote(8, 3, "eight"));
    assertTrue(recovery.isComplete());
    assertEquals(value("eight"), recovery.pick(8));
  }

  @Test
  void whatIsOfAnotherBallotOrAnotherFirstOrOfNoMemberCountsForNothing() {
    promise(1);
    promise(2);
    List<Report> reports = List.of(vote(5, 8, "wrong"));
    recovery.add(3, new Promise(ballot(8), 5, 5, 0, reports, Stamp.NONE));
    recovery.add(3, new Promise(BALLOT, 4, 5, 0, reports, Stamp.NONE));
    recovery.add(3, new Promise(BALLOT, 6, 6, 0, reports, Stamp.NONE));
    promise(9, vote(5, 8, "wrong"));
    assertFalse(recovery.isComplete());
    assertEquals(4, recovery.top());
  }

  @Test
  void whatIsBelowTheFirstInstanceIsLearnedAndNotRecovered() {
    promise(1, vote(4, 3, "four"), vote(5, 3, "five"));
    assertEquals(5, recovery.top());
    assertEquals(Value.NOOP, recovery.pick(4));
  }

  @Test
  void twoValuesChosenAtOneInstanceAreABreach() {
    promise(1, chosen(5, "one"));
    assertThrows(Invariant.Breach.class, () -> promise(2, chosen(5, "other")));
  }

  @Test
  void twoValuesAcceptedInOneBallotAreABreach() {
    promise(1, vote(5, 3, "one"));
    assertThrows(Invariant.Breach.class, () -> promise(2, vote(5, 3, "other")));
  }
}
