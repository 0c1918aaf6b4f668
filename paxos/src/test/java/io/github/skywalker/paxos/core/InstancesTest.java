package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.CoreTesting.ballot;
import static io.github.skywalker.paxos.core.CoreTesting.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.machine.Value;
import org.junit.jupiter.api.Test;

/** How much of the log is held in memory. The simulator's values are too small for these bounds. */
class InstancesTest {

  private static final int MIB = 1 << 20;

  private final Instances instances = new Instances(0, 10);

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
  void thereIsRoomForVotesUpToTheBoundAndAgainWhenTheyAreChosenOrReplaced() {
    Value large = of(64 * MIB);
    for (int i = 1; i <= 3; i++) {
      assertTrue(instances.hasRoomFor(large));
      instances.accept(i, ballot(1), large);
    }
    assertFalse(instances.hasRoomFor(large), "the bytes of a value are more than its payload's");
    instances.accept(3, ballot(2), value("small"));
    assertTrue(instances.hasRoomFor(large));
    instances.accept(4, ballot(2), large);
    assertFalse(instances.hasRoomFor(large));
    instances.choose(1, large);
    assertTrue(instances.hasRoomFor(large));
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
