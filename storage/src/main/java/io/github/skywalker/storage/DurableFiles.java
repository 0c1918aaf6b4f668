package io.github.skywalker.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Directories and small files that are on disk when the call returns. */
final class DurableFiles {

  /** What a file is called while it is written. */
  static final String ASIDE = ".new";

  private static final Logger log = LoggerFactory.getLogger(DurableFiles.class);

  private DurableFiles() {}

  /**
   * Creates a directory and what is missing above it. One that is there may have been created by a
   * process that was killed before it was durable: so its name is synced too, where that is
   * allowed.
   */
  static void createDirectories(Disk disk, Path directory) throws IOException {
    Path last = directory.toAbsolutePath().normalize();
    Deque<Path> missing = new ArrayDeque<>();
    Path path = last;
    while (path != null && !disk.exists(path)) {
      missing.push(path);
      path = path.getParent();
    }
    disk.createDirectories(last);
    for (Path created : missing) {
      disk.syncDirectory(parent(created));
    }
    if (missing.isEmpty() && last.getParent() != null) {
      try {
        disk.syncDirectory(parent(last));
      } catch (AccessDeniedException e) {
        log.debug("{} may not be synced by this user.", last.getParent());
      }
    }
  }

  /** Replaces a file in one step: written aside, synced, renamed. */
  static void write(Disk disk, Path file, byte[] bytes) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + ASIDE);
    try (Disk.DiskFile open = disk.open(aside)) {
      open.truncate(0);
      open.write(ByteBuffer.wrap(bytes), 0);
      open.force();
    }
    disk.rename(aside, file);
    disk.syncDirectory(parent(file));
  }

  /** What a small file holds; null if it is not there. */
  static byte @Nullable [] read(Disk disk, Path file) throws IOException {
    if (!disk.exists(file)) {
      return null;
    }
    try (Disk.DiskFile open = disk.open(file)) {
      ByteBuffer into = ByteBuffer.allocate(Math.toIntExact(open.size()));
      open.read(into, 0);
      return into.array();
    }
  }

  static Path parent(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " is in no directory.");
    }
    return parent;
  }
}
