package io.github.skywalker.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A file or directory, whatever its names. */
final class DiskNode {
  private static final int FORCES_FOR_ONE_OLD_IMAGE = 16;

  final boolean directory;
  final DiskImage current = new DiskImage();
  final DiskImage durable = new DiskImage();

  /** What was there some time ago. */
  final DiskImage old = new DiskImage();

  final List<PendingWrite> pending = new ArrayList<>();
  private int forces;

  DiskNode(boolean directory) {
    this.directory = directory;
  }

  void force() {
    if (forces++ % FORCES_FOR_ONE_OLD_IMAGE == 0) {
      old.become(durable);
    }
    for (PendingWrite each : pending) {
      each.applyTo(durable);
    }
    pending.clear();
  }

  void crash(Random random, int keptInTen) {
    settle(random, keptInTen);
    current.become(durable);
  }

  /** Lets some of the pending writes reach the durable image and forgets the others. */
  void settle(Random random, int keptInTen) {
    for (PendingWrite each : pending) {
      each.applyTo(durable, random, keptInTen);
    }
    pending.clear();
  }

  DiskNode durableCopy() {
    DiskNode copy = new DiskNode(directory);
    copy.durable.become(durable);
    copy.current.become(durable);
    return copy;
  }
}
