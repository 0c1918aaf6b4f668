package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.CoreTesting.ballot;
import static io.github.skywalker.paxos.core.CoreTesting.members;
import static io.github.skywalker.paxos.core.CoreTesting.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Value;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much of the log is held in memory. The simulator's values are too small for these bounds. */
class InstancesTest {

  private static final int MIB = 1 << 20;

  private final Instances instances = new Instances(0, 10, () -> Long.MAX_VALUE);

  private static Value of(int bytes) {
    return value("x".repeat(bytes));
  }

  @Test
  void ofWhatIsChosenTheLastValuesAreKept() {
    for (int i = 1; i <= 12; i++) {
      instances.choose(i, value("v" + i));
    }
    assertEquals(2, instances.floor());
    assertNull(instances.get(2));
    assertNotNull(instances.get(3));
  }

  @Test
  void largeValuesAreKeptOnlyUpToTheBoundInBytes() {
    for (int i = 1; i <= 4; i++) {
      instances.choose(i, of(MIB));
    }
    assertEquals(1, instances.floor(), "four of them are a little more than the bound");
    assertTrue(instances.tailBytes() <= Instances.MAX_TAIL_BYTES);
    instances.choose(5, of((int) Instances.MAX_TAIL_BYTES));
    assertEquals(5, instances.floor(), "not even one that is larger than all of it");
    assertEquals(0, instances.tailBytes());
    instances.choose(6, value("small"));
    assertNotNull(instances.get(6));
  }

  @Test
  void ofWhatTheNodeKeepsAGroupKeepsItsShareAlsoWhenThatShrinks() {
    long[] share = {3 * MIB};
    Instances shared = new Instances(0, 10, () -> share[0]);
    for (int i = 1; i <= 4; i++) {
      shared.choose(i, of(MIB / 2));
    }
    assertEquals(0, shared.floor());
    share[0] = MIB;
    shared.choose(5, of(MIB / 4));
    assertEquals(3, shared.floor());
    assertTrue(shared.tailBytes() <= MIB);
  }

  /**
   * Who led is gone before anything was chosen, and left as many votes here as may be held. Whoever
   * leads next begins with these instances.
   */
  @Test
  void whoIsFullOfVotesVotesForThemInTheNextBallot() {
    Value large = of(64 * MIB);
    List<String> said = new ArrayList<>();
    Site site =
        new Site(
            3,
            members(3),
            boot ->
                new Replica.Options(3, boot, false, 8, 1000, 100, 0, 1000, () -> Long.MAX_VALUE, 1),
            new Site.Watcher() {
              @Override
              public void sends(Site from, int to, Message message) {
                said.add(message.getClass().getSimpleName());
              }

              @Override
              public void tells(Site from, Outcome outcome) {}
            });
    site.start(Long.MIN_VALUE);
    for (int round = 1; round <= 2; round++) {
      Ballot its = new Ballot(0, round, round, 1);
      site.step(new Event.Received(round, new Message.Prepare(its, 1)), round);
      for (int i = 1; i <= 4; i++) {
        site.step(new Event.Received(round, new Message.Accept(its, i, large, 0)), round);
      }
      site.sync(round);
      said.removeIf("Promise"::equals);
      assertEquals(List.of("Accepted", "Accepted", "Accepted", "Accepted"), said, its.toString());
      said.clear();
    }
  }

  @Test
  void thereIsRoomForVotesUpToTheBoundAndAgainWhenTheyAreChosenOrReplaced() {
    Value large = of(64 * MIB);
    for (int i = 2; i <= 4; i++) {
      assertTrue(instances.hasRoomFor(i, large));
      instances.accept(i, ballot(1), large);
    }
    assertFalse(instances.hasRoomFor(5, large), "a value has more bytes than its payload");
    assertTrue(instances.hasRoomFor(4, large), "in the place of another");
    assertTrue(instances.hasRoomFor(1, large), "which is to be chosen next");
    instances.accept(1, ballot(1), large);
    assertTrue(instances.hasRoomFor(1, large));
    assertFalse(instances.hasRoomFor(5, large));
    instances.accept(4, ballot(2), value("small"));
    assertTrue(instances.hasRoomFor(5, large));
    instances.accept(5, ballot(2), large);
    assertFalse(instances.hasRoomFor(4, large), "in the place of one that is smaller");
    instances.choose(1, large);
    assertTrue(instances.hasRoomFor(4, large));
  }

  @Test
  void whatACheckpointCoversIsLetGoOf() {
    instances.choose(1, value("kept"));
    instances.accept(2, ballot(1), value("covered"));
    instances.accept(5, ballot(1), value("above"));
    instances.cover(4);
    assertEquals(0, instances.tailBytes());
    assertEquals(value("above").bytes().length, instances.openBytes());
    assertNull(instances.get(2));
    assertEquals(5, instances.top());
  }
}
