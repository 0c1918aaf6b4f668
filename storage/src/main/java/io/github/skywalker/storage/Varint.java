package io.github.skywalker.storage;

import java.nio.ByteBuffer;

/** Numbers from 0 up in as few bytes as they need, seven bits to a byte, the lowest first. */
final class Varint {

  private Varint() {}

  static void put(ByteBuffer into, long number) {
    long rest = number;
    while ((rest & ~0x7FL) != 0) {
      into.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    into.put((byte) rest);
  }

  static long get(ByteBuffer from) {
    long number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = from.get();
      number |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return number;
      }
    }
    throw new IllegalArgumentException("A number of more than ten bytes.");
  }

  static int size(long number) {
    return number == 0 ? 1 : (70 - Long.numberOfLeadingZeros(number)) / 7;
  }

  /** Makes a number that may be negative one that is small if the first was near 0. */
  static long fold(long number) {
    return (number << 1) ^ (number >> 63);
  }

  static long unfold(long folded) {
    return (folded >>> 1) ^ -(folded & 1);
  }
}
