package io.github.skywalker.paxos.sim;

import java.nio.ByteBuffer;

/** What clients propose: the number of the operation, and bytes that follow from it. */
final class Payload {

  static final int LEAST_BYTES = Long.BYTES;

  private Payload() {}

  static byte[] of(long operation, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.max(LEAST_BYTES, length));
    bytes.putLong(operation);
    while (bytes.hasRemaining()) {
      bytes.put((byte) (operation * 31 + bytes.position()));
    }
    return bytes.array();
  }

  /** The number of the operation; -1 if these are not the bytes of one. */
  static long operation(ByteBuffer payload) {
    if (payload.remaining() < LEAST_BYTES) {
      return -1;
    }
    ByteBuffer bytes = payload.duplicate();
    long operation = bytes.getLong();
    while (bytes.hasRemaining()) {
      int at = bytes.position();
      if (bytes.get() != (byte) (operation * 31 + at)) {
        return -1;
      }
    }
    return operation;
  }
}
