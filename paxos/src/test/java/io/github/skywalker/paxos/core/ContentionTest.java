package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.CoreTesting.RETRY;
import static io.github.skywalker.paxos.core.CoreTesting.members;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.Value;
import org.junit.jupiter.api.Test;

/** When groups of one node contend of which only two may at a time. */
class ContentionTest {

  private static final long LONGEST_DELAY = 1_000;

  private final Contenders contenders = new Contenders(2);
  private final Contention first = contention();
  private final Contention second = contention();
  private final Contention third = contention();
  private long now = 5;

  private Contention contention() {
    GroupState state = new GroupState(members(5));
    Instances instances = new Instances(0, 100, () -> Long.MAX_VALUE);
    Learner.Execution nothing =
        new Learner.Execution() {
          @Override
          public void execute(long instance, Value value) {}

          @Override
          public void founded() {}
        };
    return new Contention(
        new Replica.Options(
            1, 1, true, 8, 1_000, RETRY, LONGEST_DELAY, 10_000, () -> Long.MAX_VALUE, 3),
        Ballot.ZERO,
        state,
        instances,
        new Learner(
            1, RETRY, new Grants(1, 1, Long.MIN_VALUE), state, instances, new Outbox(1), nothing),
        contenders);
  }

  @Test
  void whoIsTurnedAwayComesAgainWhenAnotherIsOver() {
    assertTrue(first.begin(now));
    assertTrue(second.begin(now));
    assertFalse(third.begin(now));
    assertTrue(third.deadline() >= now + RETRY);
    assertTrue(third.deadline() <= now + RETRY + LONGEST_DELAY);
    first.over();
    now = third.deadline();
    assertTrue(third.isDue(now));
    assertTrue(third.begin(now));
    assertFalse(first.begin(now));
  }

  @Test
  void aGroupCountsOnceHoweverOftenItBeginsAndEnds() {
    assertTrue(first.begin(now));
    assertTrue(first.begin(now));
    assertTrue(second.begin(now));
    first.over();
    first.over();
    assertTrue(third.begin(now));
    assertFalse(first.begin(now));
  }

  @Test
  void whoIsTurnedAwayAgainAndAgainComesTheLaterAndNotForEverLater() {
    assertTrue(first.begin(now));
    assertTrue(second.begin(now));
    long early = 0;
    long late = 0;
    long longest = 0;
    for (int i = 0; i < 400; i++) {
      assertFalse(third.begin(now));
      long pause = third.deadline() - now;
      longest = Math.max(longest, pause);
      early += i < 2 ? pause : 0;
      late += i >= 398 ? pause : 0;
      now = third.deadline();
    }
    assertTrue(late > early, late + " after " + early);
    assertTrue(longest > RETRY + 8 * LONGEST_DELAY, () -> "never long");
    assertTrue(longest <= RETRY + 16 * LONGEST_DELAY, () -> "too long");
    first.over();
    assertTrue(third.begin(now));
    assertEquals(now, third.deadline());
  }
}
