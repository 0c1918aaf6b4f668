package io.github.skywalker.examples.benchmark;

import java.nio.ByteBuffer;

/**
 * What a replica of a group holds.
 *
 * @param executed how many values it has executed
 * @param hash of all of them, in their order
 */
record Digest(long executed, long hash) {

  /** Holds nothing. */
  static final Digest NOTHING = new Digest(0, 0);

  /** An odd number without pattern: the golden ratio, in 64 bits. */
  private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

  /** A hash with one more value. Each value begins with a number of its own: that is enough. */
  static long mix(long hash, ByteBuffer value) {
    int length = value.remaining();
    long head = length;
    if (length >= Long.BYTES) {
      head ^= value.getLong(value.position());
    } else {
      for (int i = 0; i < length; i++) {
        head = head << Byte.SIZE | (value.get(value.position() + i) & 0xff);
      }
    }
    long mixed = (hash ^ head) * FACTOR;
    return mixed ^ mixed >>> Integer.SIZE;
  }

  @Override
  public String toString() {
    return executed + ":" + hash;
  }

  static Digest parse(String text) {
    int colon = text.indexOf(':');
    return new Digest(
        Long.parseLong(text.substring(0, colon)), Long.parseLong(text.substring(colon + 1)));
  }
}
