package io.github.skywalker.examples.journey;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The keys of a database: one letter for what stands there, then the rest. */
final class Layout {

  /** Where {@link Applied} stands. */
  static final byte[] APPLIED = {'a'};

  private static final byte DATA = 'd';
  private static final byte LINK = 'l';

  private Layout() {}

  /** Where the value of a client's key stands. */
  static byte[] data(byte[] key) {
    return ByteBuffer.allocate(1 + key.length).put(DATA).put(key).array();
  }

  /** Before the first key of a client. */
  static byte[] firstData() {
    return new byte[] {DATA};
  }

  /** The client's key that stands there. */
  static byte[] keyOf(byte[] data) {
    return Arrays.copyOfRange(data, 1, data.length);
  }

  static boolean isData(byte[] key) {
    return key.length > 0 && key[0] == DATA;
  }

  /** Where a link stands; links sort by their numbers. */
  static byte[] link(long number) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(LINK).putLong(number).array();
  }

  static boolean isLink(byte[] key) {
    return key.length == 1 + Long.BYTES && key[0] == LINK;
  }

  static long numberOf(byte[] link) {
    return ByteBuffer.wrap(link).getLong(1);
  }
}
