package io.github.skywalker.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A preallocated file that holds one segment after the other in its life.
 *
 * @param path its name
 * @param file open as long as the journal is
 * @param capacity bytes that were written when it was made
 */
record SegmentFile(Path path, Disk.DiskFile file, int capacity) {

  static final String SUFFIX = ".segment";

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
        Disk.DiskFile file = disk.open(path);
        opened.add(new SegmentFile(path, file, Math.toIntExact(file.size())));
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
