package io.github.skywalker.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers, outside the segments, a batch that was once on disk: a log that ends before it has
 * lost its newest segment, which nothing in the log itself would tell. Written now and then in the
 * background, into two places in turn, so that a crash in between leaves one.
 */
final class Mark {

  private static final String NAME = "mark";
  private static final long MAGIC = 0x534B594D41524B01L;
  private static final int PLACE_BYTES = 4096;
  private static final int USED_BYTES = 8 + 8 + 8 + 1;

  private static final Logger log = LoggerFactory.getLogger(Mark.class);

  /**
   * What is remembered.
   *
   * @param batch that was on disk
   * @param empty whether it held no record
   */
  record Reached(long batch, boolean empty) {}

  private final Disk.DiskFile file;
  private final long dataIdHash;
  private @Nullable Reached reached;
  private int next;
  private boolean failed;

  private Mark(Disk.DiskFile file, long dataIdHash) {
    this.file = file;
    this.dataIdHash = dataIdHash;
  }

  static Mark open(Disk disk, Path directory, long dataIdHash) throws IOException {
    Path path = directory.resolve(NAME);
    boolean fresh = !disk.exists(path);
    Mark mark = new Mark(disk.open(path), dataIdHash);
    if (fresh) {
      mark.file.write(ByteBuffer.allocate(2 * PLACE_BYTES), 0);
      mark.file.force();
      disk.syncDirectory(directory);
    } else {
      mark.load(path);
    }
    return mark;
  }

  /** What is remembered in a directory in which nothing is to be changed; null if nothing. */
  static @Nullable Reached read(Disk disk, Path directory, long dataIdHash) throws IOException {
    Path path = directory.resolve(NAME);
    if (!disk.exists(path)) {
      return null;
    }
    try (Disk.DiskFile file = disk.open(path)) {
      Mark mark = new Mark(file, dataIdHash);
      mark.load(path);
      return mark.reached;
    }
  }

  private void load(Path path) throws IOException {
    boolean blank = true;
    for (int place = 0; place < 2; place++) {
      ByteBuffer read = ByteBuffer.allocate(USED_BYTES + 4);
      file.read(read, (long) place * PLACE_BYTES);
      read.flip();
      if (read.limit() < USED_BYTES + 4
          || read.getLong(0) != MAGIC
          || BatchFormat.crcOf(new CRC32C(), read, 0, USED_BYTES) != read.getInt(USED_BYTES)) {
        blank &= isBlank(read);
        continue;
      }
      if (read.getLong(8) != dataIdHash) {
        throw new DamagedException(
            path
                + " belongs to the log of another data directory. Nothing was changed; put the"
                + " right files back.");
      }
      Reached found = new Reached(read.getLong(16), read.get(24) != 0);
      if (reached == null || found.batch > reached.batch) {
        reached = found;
        next = 1 - place;
      }
    }
    if (reached == null && !blank) {
      log.warn(
          "{} cannot be read: whether the log has lost its newest segment cannot be told.", path);
    }
  }

  /** As it is made: nothing was noted yet. */
  private static boolean isBlank(ByteBuffer place) {
    for (int i = 0; i < place.limit(); i++) {
      if (place.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** What the newest readable place says; null if neither can be read. */
  synchronized @Nullable Reached reached() {
    return reached;
  }

  /** Notes that a batch is on disk. An error ends the noting, and nothing else. */
  synchronized void write(Reached now) {
    if (failed || (reached != null && reached.batch >= now.batch)) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.allocate(USED_BYTES + 4);
    bytes.putLong(MAGIC).putLong(dataIdHash).putLong(now.batch).put((byte) (now.empty ? 1 : 0));
    int crc = BatchFormat.crcOf(new CRC32C(), bytes, 0, USED_BYTES);
    bytes.putInt(crc).flip();
    try {
      file.write(bytes, (long) next * PLACE_BYTES);
      file.force();
      reached = now;
      next = 1 - next;
    } catch (IOException e) {
      failed = true;
      log.warn("The mark of the log cannot be written: {}", e.getMessage());
    }
  }

  synchronized void close() throws IOException {
    failed = true;
    file.close();
  }
}
