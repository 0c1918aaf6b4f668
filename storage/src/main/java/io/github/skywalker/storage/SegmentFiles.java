package io.github.skywalker.storage;

import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a journal: makes them, in the background and ahead of need where it can, and takes
 * them back when what they held is needed no more. Overwriting a file that is there in full syncs
 * faster than letting it grow, so files are used again and again.
 */
final class SegmentFiles {

  /** Empty files that are always kept. */
  private static final int MIN_FREE = 2;

  /** Empty files that are kept where there is room: what a log uses between two checkpoints. */
  static final int MAX_FREE = 64;

  private static final long MAX_FREE_BYTES = 4L << 30;

  /** What is kept takes no more than this part of what could be written. */
  private static final int SHARE_OF_ROOM = 8;

  private static final Logger log = LoggerFactory.getLogger(SegmentFiles.class);

  private final Disk disk;
  private final Path directory;
  private final int segmentBytes;
  private final long reserveBytes;
  private final RunLoop background;
  private final ArrayDeque<SegmentFile> free = new ArrayDeque<>();

  /** Held while files are made and deleted in the background, so that closing waits for it. */
  private final Object work = new Object();

  /** What was handed out last. */
  private @Nullable SegmentFile taken;

  private long nextName;
  private boolean preparing;
  private boolean closed;

  SegmentFiles(Disk disk, Path directory, int segmentBytes, long reserveBytes, RunLoop background) {
    this.disk = disk;
    this.directory = directory;
    this.segmentBytes = segmentBytes;
    this.reserveBytes = reserveBytes;
    this.background = background;
  }

  /**
   * Opens all files that are there, and makes the directory if it is not. Called once, before
   * anything else.
   *
   * @param mustExist whether a directory without any file is refused
   */
  synchronized List<SegmentFile> find(boolean mustExist) throws IOException {
    List<String> names = disk.exists(directory) ? disk.list(directory) : List.of();
    if (mustExist && names.stream().noneMatch(SegmentFile::isSegment)) {
      throw SegmentFile.gone(directory);
    }
    DurableFiles.createDirectories(disk, directory);
    disk.syncDirectory(directory); // The names that a killed process left may not be on disk.
    for (String name : names) {
      if (name.endsWith(DurableFiles.ASIDE)) {
        disk.delete(directory.resolve(name));
      } else if (SegmentFile.isSegment(name)) {
        nextName = Math.max(nextName, nameAfter(name));
      }
    }
    return SegmentFile.open(disk, directory, names);
  }

  private static long nameAfter(String name) {
    String number = name.substring(0, name.length() - SegmentFile.SUFFIX.length());
    try {
      return Long.parseLong(number) + 1;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Takes back a file of which nothing is needed any more. */
  synchronized void free(SegmentFile file) {
    if (file.capacity() == segmentBytes && isWorthKeepingAnother()) {
      free.addLast(file);
    } else {
      background.execute(() -> delete(file));
    }
  }

  private boolean isWorthKeepingAnother() {
    if (free.size() < MIN_FREE) {
      return true;
    }
    try {
      long bytes = (free.size() + 1L) * segmentBytes;
      return free.size() < MAX_FREE
          && bytes <= MAX_FREE_BYTES
          && bytes <= (usableBytes() - reserveBytes) / SHARE_OF_ROOM;
    } catch (IOException unknown) {
      return false;
    }
  }

  /** Makes a file in the background, unless one is free or being made. */
  synchronized void prepare() {
    if (closed || preparing || !free.isEmpty()) {
      return;
    }
    preparing = true;
    background.execute(() -> prepareNow());
  }

  /**
   * A file to write to, at least so large.
   *
   * @throws IOException if there is none and none can be made, above all for want of space
   */
  SegmentFile take(int minBytes) throws IOException {
    synchronized (this) {
      SegmentFile file = free.peekFirst();
      if (file != null && file.capacity() >= minBytes) {
        taken = free.removeFirst();
        return taken;
      }
    }
    int bytes = Math.max(segmentBytes, minBytes);
    long usable = usableBytes();
    if (usable - bytes < reserveBytes) {
      throw new IOException(
          "The log in "
              + directory
              + " needs "
              + bytes
              + " bytes for its next segment, and would leave less than the reserve of "
              + reserveBytes
              + " bytes: only "
              + usable
              + " are free");
    }
    SegmentFile file = make(bytes);
    synchronized (this) {
      taken = file;
    }
    return file;
  }

  /** What can be written still, without what files that are made will take. */
  private synchronized long usableBytes() throws IOException {
    long promised = taken == null ? 0 : taken.unfilledBytes();
    for (SegmentFile file : free) {
      promised += file.unfilledBytes();
    }
    return disk.usableBytes(directory) - promised;
  }

  /** Stops what goes on in the background, and closes the free files. */
  void close() throws IOException {
    synchronized (work) {
      synchronized (this) {
        closed = true;
        for (SegmentFile file : free) {
          file.file().close();
        }
        free.clear();
      }
    }
  }

  private synchronized long nextName() {
    return nextName++;
  }

  private void prepareNow() {
    synchronized (work) {
      SegmentFile file = null;
      try {
        if (isClosed()) {
          return;
        }
        if (usableBytes() - segmentBytes < reserveBytes) {
          log.warn(
              "There is no room for another segment in {} above the reserve of {} bytes.",
              directory,
              reserveBytes);
        } else {
          file = make(segmentBytes);
        }
      } catch (IOException e) {
        log.warn("A segment could not be prepared in {}: {}", directory, e.getMessage());
      }
      donePreparing(file);
    }
  }

  private synchronized void donePreparing(@Nullable SegmentFile file) {
    preparing = false;
    if (file != null) {
      free.addLast(file);
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void delete(SegmentFile file) {
    try {
      synchronized (work) {
        file.file().close();
        if (!isClosed()) {
          disk.delete(file.path());
          disk.syncDirectory(directory);
        }
      }
    } catch (IOException e) {
      log.warn("The empty segment {} could not be deleted: {}", file, e.getMessage());
    }
  }

  /** Makes a file: it gets its name when it has its length on disk. */
  private SegmentFile make(int bytes) throws IOException {
    String number = String.format(Locale.ROOT, "%08d", nextName());
    Path path = directory.resolve(number + SegmentFile.SUFFIX);
    Path aside = directory.resolve(number + DurableFiles.ASIDE);
    try (Disk.DiskFile file = disk.open(aside)) {
      file.write(ByteBuffer.allocate(1), bytes - 1L);
      file.force();
    }
    disk.rename(aside, path);
    disk.syncDirectory(directory);
    return SegmentFile.made(path, disk.open(path), bytes);
  }
}
