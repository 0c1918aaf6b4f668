package io.github.skywalker.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file that holds one segment after the other in its life. It is made with its whole length, and
 * gets its blocks when it is written for the first time: a few more than are written, since a sync
 * takes half again as long when it has to note where new blocks lie. To write all of it before it
 * is needed would make no sync wait for that, and keep the disk busy with the double of the log.
 */
final class SegmentFile {

  static final String SUFFIX = ".segment";

  /** What has blocks, from its beginning on, when a batch was the first to come so far. */
  private static final int AHEAD_BYTES = 128 << 10;

  private static final int BLOCK_BYTES = Disk.PAGE_BYTES;

  private static final ByteBuffer ZEROS =
      ByteBuffer.allocateDirect(AHEAD_BYTES + 2 * BLOCK_BYTES)
          .alignedSlice(BLOCK_BYTES)
          .asReadOnlyBuffer();

  private final Path path;
  private final Disk.DiskFile file;
  private final int capacity;

  /** Up to here it has blocks, or nobody knows. Written by the writer alone. */
  private volatile int filled;

  private SegmentFile(Path path, Disk.DiskFile file, int capacity, int filled) {
    this.path = path;
    this.file = file;
    this.capacity = capacity;
    this.filled = filled;
  }

  /** One that is there; where it has blocks is not known. */
  static SegmentFile found(Path path, Disk.DiskFile file) throws IOException {
    int capacity = Math.toIntExact(file.size());
    return new SegmentFile(path, file, capacity, capacity);
  }

  /** One that has its length, and no blocks yet. */
  static SegmentFile made(Path path, Disk.DiskFile file, int capacity) {
    return new SegmentFile(path, file, capacity, 0);
  }

  /** Its name. */
  Path path() {
    return path;
  }

  /** Open as long as the journal is. */
  Disk.DiskFile file() {
    return file;
  }

  /** Its length in bytes. */
  int capacity() {
    return capacity;
  }

  /** How many bytes of it are not taken from the disk yet. */
  int unfilledBytes() {
    return capacity - filled;
  }

  /**
   * Writes zeros behind a batch that is the first to come so far. What has gone to the disk with
   * the batch is there for those that follow, and their syncs have nothing to note.
   *
   * @param from where the batch begins
   * @param end where it ends
   */
  void fillAhead(int from, int end) throws IOException {
    if (end <= filled) {
      return;
    }
    long blocks = (Math.max(end, from + (long) AHEAD_BYTES) + BLOCK_BYTES - 1) / BLOCK_BYTES;
    int to = (int) Math.min(capacity, blocks * BLOCK_BYTES);
    if (to > end) {
      file.write(ZEROS.slice(0, to - end), end);
    }
    filled = to;
  }

  /** Opens those of a log, in the order of their names; none if the directory is not there. */
  static List<SegmentFile> openAll(Disk disk, Path directory) throws IOException {
    return disk.exists(directory) ? open(disk, directory, disk.list(directory)) : List.of();
  }

  /** Opens those among the files of a directory. */
  static List<SegmentFile> open(Disk disk, Path directory, List<String> names) throws IOException {
    List<SegmentFile> opened = new ArrayList<>();
    for (String name : names) {
      if (isSegment(name)) {
        Path path = directory.resolve(name);
        opened.add(found(path, disk.open(path)));
      }
    }
    return opened;
  }

  /** Whether a name is that of a segment file. */
  static boolean isSegment(String name) {
    return name.endsWith(SUFFIX);
  }

  /** What to say of the directory of a log in which there is none of them. */
  static DamagedException gone(Path directory) {
    return new DamagedException(
        "There was a log in "
            + directory
            + ", and its segment files are gone. Put them back, or give the node up and let a new"
            + " one, with a new id and an empty data directory, take its place.");
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
