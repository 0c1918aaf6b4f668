package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Write;
import io.github.skywalker.storage.LogRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Which losses can be learned again, and which may be votes. */
final class GroupLossesTest {

  private static final Ballot LOW = new Ballot(0, 1, 1, 1);
  private static final Ballot HIGH = new Ballot(0, 2, 2, 1);

  private final Records records =
      new Records(
          1, new GroupState(new Membership(0, new TreeSet<>(List.of(new Member(1, "a", 1))))));

  /** What is left of the log: records, and numbers of lost batches. */
  private final List<Object> left = new ArrayList<>();

  private GroupLosses losses() throws IOException {
    GroupLosses losses = new GroupLosses();
    for (Object each : left) {
      if (each instanceof LogRecord record) {
        losses.record(record);
      } else {
        losses.lost((Long) each);
      }
    }
    return losses;
  }

  private LogRecord record(Write write, Ballot promised, long votedUpTo, long madeAfter) {
    return records.of(List.of(write), new Records.Stamp(promised, votedUpTo, madeAfter)).get(0);
  }

  private LogRecord vote(long instance, long hint, long madeAfter) {
    return record(new Write.Accepted(instance, LOW, Value.NOOP, hint), LOW, instance, madeAfter);
  }

  private LogRecord learned(long instance, long votedUpTo, long madeAfter) {
    return record(new Write.Chosen(instance, Value.NOOP, instance - 1), LOW, votedUpTo, madeAfter);
  }

  private void left(Object... all) {
    left.addAll(Arrays.asList(all));
  }

  @Test
  void whatWasVotedForAndIsKnownChosenCanBeLearned() throws IOException {
    left(vote(1, 0, 0), 2L, vote(3, 1, 2), vote(4, 3, 3));
    assertTrue(losses().canBeLearned());
    assertEquals(3, losses().hint());
  }

  @Test
  void aVoteForWhatIsNotKnownChosenMayBeLost() throws IOException {
    left(vote(1, 0, 0), 2L, vote(3, 1, 2), vote(4, 2, 3));
    assertFalse(losses().canBeLearned());
  }

  @Test
  void whereNothingWasWrittenAfterwardsNobodyKnows() throws IOException {
    left(vote(1, 0, 0), vote(2, 1, 1), 3L);
    assertFalse(losses().canBeLearned());
  }

  /** What was copied behind the loss, or was on its way to the log, does not know of it. */
  @Test
  void aRecordThatWasMadeBeforeSaysNothingOfWhatIsLost() throws IOException {
    left(5L, vote(3, 2, 1), learned(3, 3, 4));
    assertFalse(losses().canBeLearned());
    left(learned(4, 4, 5));
    assertTrue(losses().canBeLearned());
  }

  @Test
  void eachLossNeedsAWitnessOfItsOwn() throws IOException {
    left(2L, learned(3, 3, 2), 5L);
    assertFalse(losses().canBeLearned());
    left(learned(4, 4, 5));
    assertTrue(losses().canBeLearned());
  }

  @Test
  void whoOnlyLearnedAfterALossGoesOnLearning() throws IOException {
    left(vote(1, 0, 0), 2L, vote(5, 1, 2));
    for (long instance = 2; instance < 10; instance++) {
      left(learned(instance, Records.UNKNOWN, 3));
    }
    assertFalse(losses().canBeLearned());
    assertEquals(9, losses().hint());
  }

  @Test
  void damageWithoutALossIsNotUnderstood() throws IOException {
    left(vote(1, 0, 0), vote(2, 1, 1));
    assertFalse(losses().canBeLearned());
  }

  @Test
  void thePromiseIsTheHighestBallotOfAnyRecord() throws IOException {
    left(record(new Write.Promised(LOW, false, 0), LOW, 0, 0), 2L);
    left(record(new Write.Accepted(3, HIGH, Value.NOOP, 2), HIGH, 3, 2), learned(3, 3, 3));
    assertEquals(HIGH, losses().promised());
    left.clear();
    left(2L, record(new Write.Chosen(3, Value.NOOP, 2), HIGH, 3, 2));
    assertEquals(HIGH, losses().promised());
  }

  /** At 1, all is known chosen; 2 is marked; the vote at 3 may have been replaced; 4 is newer. */
  @Test
  void aValueWhosePlaceALostOneMayHaveTakenIsDoubtful() throws IOException {
    left(vote(1, 0, 0), vote(3, 1, 0), vote(4, 1, 0), learned(2, 4, 1));
    left(5L, vote(4, 2, 5), vote(6, 5, 6));
    GroupLosses losses = losses();
    assertEquals(
        List.of(false, false, true, false),
        List.of(
            losses.isDoubtful(1),
            losses.isDoubtful(2),
            losses.isDoubtful(3),
            losses.isDoubtful(4)));
    assertTrue(losses.isDoubtfulWithin(2, 3));
    assertFalse(losses.isDoubtfulWithin(0, 2));
    assertFalse(losses.isDoubtfulWithin(3, 9));
  }

  @Test
  void aRecordOfTheFormatBeforeIsReadAndKnowsNothingOfVotes() throws IOException {
    LogRecord newer = vote(3, 2, 9);
    byte[] head = Arrays.copyOf(newer.head(), newer.head().length - 16);
    head[0] = 1;
    LogRecord older = new LogRecord(1, LogRecord.Kind.VALUE, 3, head, newer.body());
    Records.Held held = Records.readHeld(older);
    assertEquals(new Records.Stamp(LOW, Records.UNKNOWN, 0), held.stamp());
    assertEquals(new Records.Stamp(LOW, 3, 9), Records.readHeld(newer).stamp());
    assertEquals(2, held.hint());
  }
}
