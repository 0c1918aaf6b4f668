package io.github.skywalker.examples.journey;

import java.nio.ByteBuffer;

/**
 * The record in a database, written with every batch, that says what has been executed.
 *
 * @param instance the instance whose commands were in the last batch
 * @param oldestLink the oldest link that must be there
 * @param newestLink the link of the last batch
 */
record Applied(long instance, long oldestLink, long newestLink) {

  /** Before the first batch; it is not in any database. */
  static final Applied NOTHING = new Applied(0, 1, 0);

  private static final byte FORMAT = 1;
  private static final int BYTES = 1 + 3 * Long.BYTES;

  byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .put(FORMAT)
        .putLong(instance)
        .putLong(oldestLink)
        .putLong(newestLink)
        .array();
  }

  static Applied decode(byte[] bytes) throws DamageException {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    if (bytes.length != BYTES || from.get() != FORMAT) {
      throw new DamageException("it was written in a format that this version does not read");
    }
    Applied applied = new Applied(from.getLong(), from.getLong(), from.getLong());
    if (!applied.isPossible()) {
      throw new DamageException("it says of itself what cannot be: " + applied);
    }
    return applied;
  }

  private boolean isPossible() {
    return instance >= 0
        && oldestLink >= 1
        && newestLink >= oldestLink
        && newestLink < Long.MAX_VALUE;
  }
}
