package io.github.skywalker.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.MembershipChange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ValueCodecTest {

  private static final int MUTATIONS = Integer.getInteger("mutations", 100_000);

  private static final List<Value> VALUES =
      List.of(
          Value.NOOP,
          Value.batch(List.of(entry(1, 1, 1, 0, ""))),
          Value.batch(
              List.of(
                  entry(1, 1, 1, 0, "a"),
                  entry(1, 1, 2, 77, "bc"),
                  Entry.tombstone(1, 1, 3),
                  entry(2, 9, 1L << 40, 0, "d"),
                  entry(2, 10, 1, Long.MAX_VALUE, "e"),
                  entry(Integer.MAX_VALUE, Integer.MAX_VALUE, Long.MAX_VALUE - 1, 1, "f"))),
          Value.change(new Value.Change(0, 1, 1, 1, List.of())),
          Value.change(
              new Value.Change(
                  Long.MAX_VALUE,
                  Integer.MAX_VALUE,
                  7,
                  Long.MAX_VALUE,
                  List.of(
                      new MembershipChange.Add(new Member(4, "zürich.example", 65_535)),
                      new MembershipChange.Remove(3),
                      new MembershipChange.Replace(2, new Member(5, "::1", 1))))),
          Value.mastership(new Value.Mastership(3, 10_000_000_000L, new Ballot(9, 8, 3, 2))),
          Value.mastership(
              new Value.Mastership(
                  Integer.MAX_VALUE,
                  Long.MAX_VALUE,
                  new Ballot(
                      Long.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE))));

  private static Entry entry(int node, int boot, long sequence, long fence, String payload) {
    byte[] bytes = ("--" + payload + "--").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return new Entry(node, boot, sequence, 1001, fence, bytes, 2, payload.length());
  }

  @Test
  void whatIsWrittenIsReadAgain() throws MalformedValueException {
    for (Value value : VALUES) {
      assertSame(value, Value.decode(value.bytes().clone()));
    }
  }

  private static void assertSame(Value value, Value read) {
    assertEquals(value, read);
    assertEquals(value.kind(), read.kind());
    assertEquals(value.entries().size(), read.entries().size());
    for (int i = 0; i < value.entries().size(); i++) {
      Entry one = value.entries().get(i);
      Entry other = read.entries().get(i);
      assertEquals(one.payload(), other.payload());
      assertEquals(
          List.of(one.node(), one.boot(), one.sequence(), one.machine(), one.fence()),
          List.of(other.node(), other.boot(), other.sequence(), other.machine(), other.fence()));
    }
    if (value.kind() == Value.Kind.CHANGE) {
      assertEquals(value.change(), read.change());
    }
    if (value.kind() == Value.Kind.MASTER) {
      assertEquals(value.mastership(), read.mastership());
    }
  }

  @Test
  void aBatchOfManyEntriesIsReadAgainWhateverRunsTheyForm() throws MalformedValueException {
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 200; round++) {
      List<Entry> entries = new ArrayList<>();
      long sequence = 1;
      for (int i = 0; i < 1 + random.nextInt(40); i++) {
        sequence = random.nextInt(4) == 0 ? 1 + random.nextLong(1L << 50) : sequence + 1;
        int node = 1 + random.nextInt(2);
        entries.add(entry(node, 1, sequence, random.nextInt(3), "x".repeat(random.nextInt(300))));
      }
      Value value = Value.batch(entries);
      assertSame(value, Value.decode(value.bytes()));
    }
  }

  @Test
  void everyCutIsMalformed() {
    for (Value value : VALUES) {
      for (int length = 0; length < value.bytes().length; length++) {
        byte[] cut = Arrays.copyOf(value.bytes(), length);
        assertTrue(isMalformedOrWhole(cut), () -> value + " cut to " + cut.length);
      }
    }
  }

  /**
   * A batch may be cut between two runs: what is left is a batch, and is written as it was read.
   */
  private static boolean isMalformedOrWhole(byte[] cut) {
    try {
      Value read = Value.decode(cut);
      return read.kind() == Value.Kind.BATCH
          && Arrays.equals(cut, Value.batch(read.entries()).bytes());
    } catch (MalformedValueException expected) {
      return true;
    }
  }

  @Test
  void trailingBytesAreMalformed() {
    for (Value value : VALUES) {
      byte[] longer = Arrays.copyOf(value.bytes(), value.bytes().length + 1);
      assertThrows(MalformedValueException.class, () -> Value.decode(longer), value::toString);
    }
  }

  @Test
  void anyOtherByteAnywhereIsAValueOrMalformedAndNothingElse() {
    for (Value value : VALUES) {
      for (int at = 0; at < value.bytes().length; at++) {
        for (int other = 0; other < 256; other++) {
          byte[] wrong = value.bytes().clone();
          wrong[at] = (byte) other;
          survive(wrong);
        }
      }
    }
  }

  @Test
  void mutatedBytesAreAValueOrMalformedAndNothingElse() {
    SplittableRandom random = new SplittableRandom(20);
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] bytes = VALUES.get(random.nextInt(VALUES.size())).bytes();
      byte[] wrong = Arrays.copyOf(bytes, Math.max(0, bytes.length + random.nextInt(9) - 4));
      for (int changes = random.nextInt(6); changes >= 0 && wrong.length > 0; changes--) {
        wrong[random.nextInt(wrong.length)] = (byte) random.nextInt();
      }
      survive(wrong);
    }
  }

  /** What is read has only parts that can be, prints, and executes. */
  private static void survive(byte[] bytes) {
    byte[] before = bytes.clone();
    try {
      Value value = Value.decode(bytes);
      assertFalse(value.toString().isEmpty());
      for (Entry entry : value.entries()) {
        assertTrue(entry.node() > 0 && entry.boot() > 0 && entry.sequence() > 0);
        assertTrue(entry.fence() >= 0 && entry.machine() >= 0);
        assertEquals(entry.length(), entry.payload().remaining());
      }
      new GroupState(GroupStateTest.membership(0, 1, 2, 3)).execute(1, value);
    } catch (MalformedValueException declared) {
      assertFalse(declared.getMessage().isEmpty());
    }
    assertArrayEquals(before, bytes);
  }

  @Test
  void aRunThatGoesBeyondTheLastNumberIsMalformed() {
    byte[] bytes = Value.batch(List.of(entry(1, 1, Long.MAX_VALUE, 0, ""))).bytes();
    assertThrows(MalformedValueException.class, () -> Value.decode(bytes));
  }

  @Test
  void anEmptyBatchIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Value.batch(List.of()));
    assertThrows(MalformedValueException.class, () -> Value.decode(new byte[] {1, 1}));
  }
}
