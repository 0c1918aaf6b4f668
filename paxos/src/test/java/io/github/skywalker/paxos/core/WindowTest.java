package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.CoreTesting.value;
import static io.github.skywalker.paxos.core.CoreTesting.voters;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.machine.Value;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The count of one ballot of node 1, from instance 5 on; its writes are the serials 1, 2, 3, … */
class WindowTest {

  private final Outbox disk = new Outbox(1);

  private Window window(int members, int open) {
    Window window = new Window(5, voters(members), 1);
    for (int i = 1; i <= open; i++) {
      window.open(value("v" + i), i);
    }
    return window;
  }

  @Test
  void instancesAreOpenedInOrderAndChosenInOrderByAMajority() {
    Window window = window(3, 2);
    assertEquals(7, window.next());
    assertEquals(4, window.counted());
    disk.synced(2);
    window.accepted(5, 2);
    Window.Open chosen = window.pollChosen(disk);
    assertNotNull(chosen);
    assertEquals(5, chosen.instance);
    assertEquals(value("v1"), chosen.value);
    assertEquals(5, window.counted());
    assertNull(window.pollChosen(disk));
    window.accepted(6, 3);
    assertEquals(6, window.pollChosen(disk).instance);
    assertTrue(window.isEmpty());
    assertEquals(6, window.counted());
    assertNull(window.pollChosen(disk));
  }

  @Test
  void aMajorityAboveAHoleMeansNothingYet() {
    Window window = window(3, 2);
    disk.synced(2);
    window.accepted(6, 2);
    window.accepted(6, 3);
    assertNull(window.pollChosen(disk));
    assertEquals(4, window.counted());
    window.accepted(5, 3);
    assertEquals(5, window.pollChosen(disk).instance);
    assertEquals(6, window.pollChosen(disk).instance);
  }

  @Test
  void theOwnVoteCountsOnlyOnceItIsOnDisk() {
    Window window = window(3, 2);
    window.accepted(5, 2);
    window.accepted(6, 2);
    assertNull(window.pollChosen(disk));
    disk.synced(1);
    assertEquals(5, window.pollChosen(disk).instance);
    assertNull(window.pollChosen(disk));
  }

  @Test
  void aMajorityOfOthersNeedsNoOwnVote() {
    Window window = window(3, 1);
    window.accepted(5, 2);
    window.accepted(5, 3);
    assertEquals(5, window.pollChosen(disk).instance);
  }

  @Test
  void whoVotesAgainCountsOnceAndWhoIsNoMemberNotAtAll() {
    Window window = window(5, 1);
    disk.synced(1);
    window.accepted(5, 2);
    window.accepted(5, 2);
    window.accepted(5, 9);
    assertNull(window.pollChosen(disk));
    window.accepted(5, 4);
    assertEquals(5, window.pollChosen(disk).instance);
  }

  @Test
  void aVoteForWhatIsNotOpenCountsForNothing() {
    Window window = window(3, 1);
    disk.synced(9);
    window.accepted(4, 2);
    window.accepted(6, 2);
    assertNull(window.pollChosen(disk));
    window.accepted(5, 2);
    assertNotNull(window.pollChosen(disk));
    window.accepted(5, 3);
    window.open(value("later"), 3);
    assertNull(window.pollChosen(disk), "a vote that came before the instance was open");
  }

  @Test
  void onlyWhatANodeHasNotAcceptedIsMissingThereTheLowestFirst() {
    Window window = window(3, 4);
    window.accepted(6, 2);
    assertEquals(List.of(5L, 7L, 8L), instances(window.missing(2, 10)));
    assertEquals(List.of(5L, 7L), instances(window.missing(2, 2)));
    assertEquals(List.of(5L, 6L, 7L, 8L), instances(window.missing(3, 10)));
  }

  @Test
  void anInstanceKeepsTheValueItWasOpenedWith() {
    Window window = new Window(1, voters(1), 1);
    Value first = value("first");
    window.open(first, 1);
    window.open(value("second"), 1);
    disk.synced(1);
    assertSame(first, window.pollChosen(disk).value);
  }

  private static List<Long> instances(List<Window.Open> open) {
    return open.stream().map(each -> each.instance).toList();
  }
}
