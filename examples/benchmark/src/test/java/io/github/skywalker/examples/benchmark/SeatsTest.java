package io.github.skywalker.examples.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeatsTest {

  private static final Digest TEN = new Digest(10, 77);

  private static String compare(Digest other, long done, long unknown) {
    return Seats.compare(0, List.of(List.of(TEN), List.of(TEN), List.of(other)), done, unknown);
  }

  @Test
  void equalReplicasThatExecutedWhatWasAcknowledgedPass() {
    assertEquals("", compare(TEN, 10, 0));
    assertEquals("", compare(TEN, 8, 2));
  }

  @Test
  void replicasThatDifferAreFound() {
    assertEquals(
        "the replicas of group 0 hold 10:77 and 10:78", compare(new Digest(10, 78), 10, 0));
    assertTrue(compare(new Digest(9, 77), 10, 0).startsWith("the replicas of group 0 hold"));
  }

  @Test
  void anAcknowledgedProposalThatIsMissingIsFound() {
    String wrong = "group 0 has executed 10 proposals; acknowledged were 11, unknown 3";
    assertEquals(wrong, compare(TEN, 11, 3));
  }

  @Test
  void aProposalThatWasExecutedThoughNobodyAskedForItIsFound() {
    assertTrue(compare(TEN, 7, 2).startsWith("group 0 has executed 10"));
  }

  @Test
  void theHashTellsOrdersApart() {
    ByteBuffer one = ByteBuffer.allocate(8).putLong(0, 1);
    ByteBuffer two = ByteBuffer.allocate(8).putLong(0, 2);
    assertNotEquals(Digest.mix(Digest.mix(0, one), two), Digest.mix(Digest.mix(0, two), one));
    ByteBuffer small = ByteBuffer.wrap(new byte[] {5});
    ByteBuffer zero = ByteBuffer.wrap(new byte[] {0});
    assertNotEquals(Digest.mix(0, small), Digest.mix(0, zero));
  }
}
