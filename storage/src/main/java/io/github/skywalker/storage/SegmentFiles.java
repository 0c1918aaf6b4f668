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
 * much faster than letting it grow.
 */
final class SegmentFiles {

  /** Written in one go when a file is made, so that the log's own syncs get their turn. */
  private static final int PIECE_BYTES = 1 << 20;

  /** Empty files that are kept; more are deleted. */
  private static final int MAX_FREE = 2;

  private static final Logger log = LoggerFactory.getLogger(SegmentFiles.class);

  private final Disk disk;
  private final Path directory;
  private final int segmentBytes;
  private final long reserveBytes;
  private final RunLoop background;
  private final ArrayDeque<SegmentFile> free = new ArrayDeque<>();

  /** Held while files are made and deleted in the background, so that closing waits for it. */
  private final Object work = new Object();

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
    if (free.size() < MAX_FREE && file.capacity() == segmentBytes) {
      free.addLast(file);
    } else {
      background.execute(() -> delete(file));
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
        free.removeFirst();
        return file;
      }
    }
    int bytes = Math.max(segmentBytes, minBytes);
    long usable = disk.usableBytes(directory);
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
    Draft draft = new Draft(nextName(), bytes);
    while (draft.writePiece()) {}
    return draft.finish();
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
    try {
      if (isClosed()) {
        return;
      }
      if (disk.usableBytes(directory) - segmentBytes < reserveBytes) {
        log.warn(
            "There is no room for another segment in {} above the reserve of {} bytes.",
            directory,
            reserveBytes);
        donePreparing(null);
        return;
      }
      continuePreparing(new Draft(nextName(), segmentBytes));
    } catch (IOException e) {
      failPreparing(e);
    }
  }

  private void continuePreparing(Draft draft) {
    try {
      synchronized (work) {
        if (isClosed()) {
          draft.close();
        } else if (draft.writePiece()) {
          background.execute(() -> continuePreparing(draft));
        } else {
          donePreparing(draft.finish());
        }
      }
    } catch (IOException e) {
      failPreparing(e);
    }
  }

  private void failPreparing(IOException e) {
    log.warn("A segment could not be prepared in {}: {}", directory, e.getMessage());
    donePreparing(null);
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

  /** A file that is being made: it gets its name when all of it is on disk. */
  private final class Draft {
    private final Path path;
    private final Path aside;
    private final int bytes;
    private final Disk.DiskFile file;
    private int written;

    Draft(long name, int bytes) throws IOException {
      String number = String.format(Locale.ROOT, "%08d", name);
      this.path = directory.resolve(number + SegmentFile.SUFFIX);
      this.aside = directory.resolve(number + DurableFiles.ASIDE);
      this.bytes = bytes;
      this.file = disk.open(aside);
    }

    /** Writes and forces some zeros; false if there is nothing left to be written. */
    boolean writePiece() throws IOException {
      if (written == bytes) {
        return false;
      }
      int length = Math.min(PIECE_BYTES, bytes - written);
      file.write(ByteBuffer.allocateDirect(length), written);
      file.force();
      written += length;
      return true;
    }

    SegmentFile finish() throws IOException {
      file.close();
      disk.rename(aside, path);
      disk.syncDirectory(directory);
      return new SegmentFile(path, disk.open(path), bytes);
    }

    void close() throws IOException {
      file.close();
    }
  }
}
