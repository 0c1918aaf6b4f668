package io.github.skywalker.storage;

import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A write, or a cut if there are no bytes, that was not synced. */
final class PendingWrite {
  private final long position;
  private final byte @Nullable [] bytes;

  PendingWrite(long position, byte @Nullable [] bytes) {
    this.position = position;
    this.bytes = bytes;
  }

  void applyTo(DiskImage image) {
    if (bytes == null) {
      image.cut(position);
    } else {
      image.write(position, bytes, 0, bytes.length);
    }
  }

  /** Applies some pieces of it. */
  void applyTo(DiskImage image, Random random, int keptInTen) {
    if (bytes == null) {
      if (random.nextInt(10) < keptInTen) {
        image.cut(position);
      }
      return;
    }
    int from = 0;
    while (from < bytes.length) {
      int toBoundary = (int) (CrashDisk.PIECE_BYTES - (position + from) % CrashDisk.PIECE_BYTES);
      int length = Math.min(toBoundary, bytes.length - from);
      if (random.nextInt(10) < keptInTen) {
        image.write(position + from, bytes, from, length);
      }
      from += length;
    }
  }
}
