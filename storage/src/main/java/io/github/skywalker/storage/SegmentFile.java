package io.github.skywalker.storage;

import java.nio.file.Path;

/**
 * A preallocated file that holds one segment after the other in its life.
 *
 * @param path its name
 * @param file open as long as the journal is
 * @param capacity bytes that were written when it was made
 */
record SegmentFile(Path path, Disk.DiskFile file, int capacity) {

  static final String SUFFIX = ".segment";

  @Override
  public String toString() {
    return path.toString();
  }
}
