package io.github.skywalker.examples.journey;

import java.nio.ByteBuffer;

/** Lengths from 0 up, seven bits to a byte, the low ones first. */
final class Varint {

  private Varint() {}

  static int length(int value) {
    return value == 0 ? 1 : (38 - Integer.numberOfLeadingZeros(value)) / 7;
  }

  static void put(ByteBuffer to, int value) {
    int rest = value;
    while (rest >= 0x80) {
      to.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    to.put((byte) rest);
  }

  static int get(ByteBuffer from) {
    long value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      byte next = from.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return checked(value);
      }
    }
    throw new IllegalArgumentException("A length of more than five bytes");
  }

  private static int checked(long value) {
    if (value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("A length of " + value);
    }
    return (int) value;
  }
}
