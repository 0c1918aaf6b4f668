package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.machine.Ballot;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GrantsTest {

  private static final Ballot OF_TWO = new Ballot(0, 1, 2, 5);

  private final Grants grants = new Grants(1, 3, Long.MIN_VALUE);

  @Test
  void aGrantProtectsThePromiseOfItsOwnerAgainstEverybodyElseUntilItRunsOut() {
    grants.give(2, 5, 100);
    assertEquals(90, grants.protectedFor(OF_TWO, false, 3, 10));
    assertEquals(90, grants.protectedFor(OF_TWO, false, 1, 10));
    assertEquals(0, grants.protectedFor(OF_TWO, false, 2, 10));
    assertEquals(0, grants.protectedFor(OF_TWO, true, 3, 10));
    assertEquals(0, grants.protectedFor(OF_TWO, false, 3, 100));
    assertEquals(0, grants.protectedFor(Ballot.ZERO, false, 3, 10));
    assertEquals(0, grants.protectedFor(new Ballot(0, 1, 3, 5), false, 2, 10));
  }

  @Test
  void onlyTheNewestGrantCountsAndOnlyForItsOwnLife() {
    grants.give(2, 4, 100);
    assertEquals(0, grants.protectedFor(OF_TWO, false, 3, 10));
    grants.give(2, 5, 100);
    assertEquals(90, grants.protectedFor(OF_TWO, false, 3, 10));
    grants.give(2, 6, 200);
    assertEquals(0, grants.protectedFor(OF_TWO, false, 3, 10));
    assertEquals(Stamp.NONE, grants.give(2, 5, 300));
    assertEquals(0, grants.protectedFor(OF_TWO, false, 3, 10));
  }

  @Test
  void aGrantIsNeverCutShortInTheSameLife() {
    grants.give(2, 5, 100);
    grants.give(2, 5, 50);
    assertEquals(90, grants.protectedFor(OF_TWO, false, 3, 10));
  }

  @Test
  void theNumberRisesExactlyWhenAPromisePassesToAnotherNode() {
    assertEquals(new Stamp(3, 0), grants.stampFor(2));
    assertEquals(0, grants.pass(Ballot.ZERO, false, 3, 10));
    assertEquals(0, grants.pass(OF_TWO, false, 2, 10));
    assertEquals(new Stamp(3, 0), grants.stampFor(2));
    grants.give(2, 5, 100);
    assertEquals(90, grants.pass(OF_TWO, false, 3, 10));
    assertEquals(new Stamp(3, 0), grants.stampFor(2));
    assertEquals(0, grants.pass(OF_TWO, true, 3, 10));
    assertEquals(new Stamp(3, 1), grants.stampFor(2));
    assertEquals(new Stamp(3, 1), grants.give(2, 5, 100));
    grants.passed(OF_TWO, 1);
    assertEquals(new Stamp(3, 2), grants.stampFor(2));
    grants.passed(OF_TWO, 2);
    assertEquals(new Stamp(3, 2), grants.stampFor(2));
  }

  @Test
  void afterARestartNothingIsPromisedExceptWhereNobodyCanHoldALease() {
    Grants waiting = new Grants(1, 3, 100);
    assertEquals(100, waiting.waitEnd(10));
    assertEquals(90, waiting.protectedFor(OF_TWO, false, 3, 10));
    assertEquals(90, waiting.protectedFor(OF_TWO, true, 3, 10));
    assertEquals(90, waiting.pass(OF_TWO, false, 1, 10));
    assertEquals(90, waiting.protectedFor(new Ballot(0, 1, 1, 2), false, 3, 10));
    assertEquals(0, waiting.protectedFor(OF_TWO, false, 2, 10));
    assertEquals(0, waiting.protectedFor(new Ballot(0, 1, 1, 2), false, 1, 10));
    assertEquals(0, waiting.protectedFor(Ballot.ZERO, false, 3, 10));
    assertEquals(0, waiting.protectedFor(OF_TWO, false, 3, 100));
    assertEquals(Grants.NEVER, waiting.waitEnd(100));
    waiting.give(2, 5, 300);
    assertEquals(290, waiting.protectedFor(OF_TWO, false, 3, 10));
  }

  @Test
  void aHeldGrantCountsOnlyUnderTheStampThatItCarries() {
    assertEquals(Stamp.NONE, grants.stampOf(2));
    assertEquals(Long.MIN_VALUE, grants.heldUntil(2, new Stamp(1, 0)));
    assertTrue(grants.hold(2, new Stamp(1, 0), 10, 110, 10));
    assertEquals(110, grants.heldUntil(2, new Stamp(1, 0)));
    assertEquals(Long.MIN_VALUE, grants.heldUntil(2, new Stamp(1, 1)));
    assertFalse(grants.hold(2, new Stamp(1, 0), 20, 120, 20));
    assertEquals(120, grants.heldUntil(2, new Stamp(1, 0)));
    assertFalse(grants.hold(2, new Stamp(1, 0), 5, 105, 5), "an answer that was overtaken");
    assertEquals(120, grants.heldUntil(2, new Stamp(1, 0)));
    assertTrue(grants.hold(2, new Stamp(1, 1), 15, 115, 15), "a newer stamp");
    assertTrue(grants.hold(2, new Stamp(2, 0), 30, 130, 30), "a newer life");
    assertEquals(new Stamp(2, 0), grants.stampOf(2));
  }

  @Test
  void grantsGivenThatRunOutAreNoticedOnce() {
    assertEquals(Grants.NEVER, grants.nextLapse());
    assertFalse(grants.lapseGiven(10));
    grants.give(2, 5, 100);
    grants.give(3, 5, 200);
    assertEquals(100, grants.nextLapse());
    assertFalse(grants.lapseGiven(99));
    assertTrue(grants.lapseGiven(100));
    assertFalse(grants.lapseGiven(100));
    assertEquals(200, grants.nextLapse());
    grants.give(2, 5, 150);
    assertEquals(150, grants.nextLapse());
  }

  @Test
  void grantsHeldThatRunOutAreNoticedOnce() {
    grants.hold(2, new Stamp(1, 0), 10, 110, 10);
    grants.hold(3, new Stamp(1, 0), 10, 210, 10);
    assertEquals(110, grants.nextLapse());
    assertFalse(grants.lapseHeld(109));
    assertTrue(grants.lapseHeld(110));
    assertFalse(grants.lapseHeld(110));
    assertEquals(210, grants.nextLapse());
    grants.hold(2, new Stamp(1, 0), 50, 150, 50);
    assertEquals(150, grants.nextLapse());
    assertFalse(grants.lapseGiven(150), "those held are no grants given");
  }

  @Test
  void whatBringsALeaseBackOrEndsItIsToldAsANewStampIs() {
    grants.hold(2, new Stamp(1, 0), 10, 110, 10);
    grants.lapseHeld(110);
    assertTrue(grants.hold(2, new Stamp(1, 0), 20, 120, 111), "it lives again");
    assertFalse(grants.hold(2, new Stamp(1, 0), 30, 130, 112));
    assertTrue(grants.hold(2, new Stamp(1, 0), 40, 140, 140), "it comes too late");
    assertEquals(Grants.NEVER, grants.nextLapse());
    assertFalse(grants.hold(2, new Stamp(1, 0), 50, 150, 150), "and so does this one");
  }

  @Test
  void aPeerIsHeardOfWhileAGrantToThisLifeOfItLivesAndANodeHearsItself() {
    grants.give(2, 5, 100);
    assertTrue(grants.hears(2, 99));
    assertFalse(grants.hears(2, 100));
    assertFalse(grants.hears(3, 99));
    assertTrue(grants.hears(2, 5, 99));
    assertFalse(grants.hears(2, 5, 100));
    assertFalse(grants.hears(2, 4, 99));
    assertFalse(grants.hears(3, 5, 99));
    assertTrue(grants.hears(1, 3, 99));
    assertFalse(grants.hears(1, 2, 99));
  }

  /**
   * What grants are for, in a model so plain that it can be seen to be right: one acceptor with
   * many groups, one owner that holds grants and confirmations from it. Whenever the owner may
   * count the acceptor for a group, the group's promise is the owner's, unless an Accept took it.
   */
  @Test
  void whatIsCountedIsPromisedHoweverGrantsConfirmationsAndPromisesCross() {
    for (long seed = 1; seed <= 2_000; seed++) {
      new Crossing(seed).run();
    }
  }

  private static final class Crossing {
    private static final int OWNER = 2;
    private static final int GROUPS = 3;

    private final SplittableRandom random;
    private final Grants acceptor = new Grants(1, 1, Long.MIN_VALUE);
    private final Grants owner = new Grants(OWNER, 1, Long.MIN_VALUE);
    private final Ballot[] promised = new Ballot[GROUPS];
    private final boolean[] released = new boolean[GROUPS];
    private final Ballot[] ledIn = new Ballot[GROUPS];
    private final Map<Integer, Stamp> confirmed = new HashMap<>();
    private final Map<Integer, Stamp> confirming = new HashMap<>();
    private Stamp granting = Stamp.NONE;
    private long grantingSent;
    private long round = 1;
    private long now = 100;
    private final long seed;

    Crossing(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
      for (int group = 0; group < GROUPS; group++) {
        promised[group] = Ballot.ZERO;
      }
    }

    void run() {
      for (int step = 0; step < 200; step++) {
        int group = random.nextInt(GROUPS);
        switch (random.nextInt(7)) {
          case 0 -> now += random.nextInt(30);
          case 1 -> ask(group, OWNER);
          case 2 -> ask(group, 3);
          case 3 -> release(group);
          case 4 -> {
            grantingSent = now;
            granting = acceptor.give(OWNER, 1, now + 50);
          }
          case 5 -> {
            if (!granting.equals(Stamp.NONE)) {
              owner.hold(1, granting, grantingSent, grantingSent + 50, grantingSent);
            }
          }
          default -> confirm(group);
        }
        check();
      }
    }

    private void ask(int group, int node) {
      if (acceptor.pass(promised[group], released[group], node, now) == 0) {
        promised[group] = new Ballot(0, ++round, node, 1);
        released[group] = false;
        if (node == OWNER) {
          ledIn[group] = promised[group];
          confirmed.remove(group);
          confirming.remove(group);
        }
      }
    }

    private void release(int group) {
      if (ledIn[group] != null && ledIn[group].equals(promised[group])) {
        released[group] = true;
        ledIn[group] = null;
      }
    }

    /** A confirmation leaves, or arrives. */
    private void confirm(int group) {
      if (random.nextBoolean() && promised[group].equals(ledIn[group])) {
        confirming.put(group, acceptor.stampFor(OWNER));
      } else if (confirming.containsKey(group)) {
        confirmed.put(group, confirming.get(group));
      }
    }

    private void check() {
      for (int group = 0; group < GROUPS; group++) {
        Stamp stamp = confirmed.get(group);
        if (ledIn[group] != null && stamp != null && owner.heldUntil(1, stamp) > now) {
          assertEquals(ledIn[group], promised[group], "seed " + seed);
        }
      }
    }
  }
}
