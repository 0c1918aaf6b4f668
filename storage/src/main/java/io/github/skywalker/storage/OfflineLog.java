package io.github.skywalker.storage;

import io.github.skywalker.util.Progress;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The data directory of a node that is not running, to be looked at. Nothing in it is changed, and
 * while it is open no node can start on it.
 */
final class OfflineLog implements Closeable {

  private final Disk disk = new ReadOnlyDisk();
  private final Path directory;
  private final @Nullable Closeable lock;
  private final NodeMeta meta;
  private final List<SegmentFile> files = new ArrayList<>();

  /**
   * Opens it.
   *
   * @throws DamagedException if it does not say whose it is
   * @throws IOException if it is not there, or a node runs on it
   */
  OfflineLog(Path dataDirectory) throws IOException {
    directory = dataDirectory.toAbsolutePath().normalize();
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory + " is not a directory.");
    }
    lock = lock(directory.resolve(NodeDirectory.LOCK));
    try {
      meta = readMeta();
      files.addAll(SegmentFile.openAll(disk, logDirectory()));
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Where nobody may write, nobody can have begun to. */
  private @Nullable Closeable lock(Path file) throws IOException {
    if (!disk.exists(file)) {
      return null;
    }
    try {
      return disk.lock(file);
    } catch (FileSystemException readOnly) {
      return null;
    }
  }

  private NodeMeta readMeta() throws IOException {
    Path file = directory.resolve(NodeDirectory.META);
    byte[] bytes = DurableFiles.read(disk, file);
    if (bytes == null) {
      throw new DamagedException(
          directory
              + " holds no "
              + NodeDirectory.META
              + ", so it does not say whose it is. If it was a node's, put the file back as it was,"
              + " or give the node up and let a new one, with a new id and an empty data directory,"
              + " take its place.");
    }
    return NodeMeta.decode(bytes, file);
  }

  Path directory() {
    return directory;
  }

  Path logDirectory() {
    return directory.resolve(NodeDirectory.LOG);
  }

  NodeMeta meta() {
    return meta;
  }

  List<SegmentFile> files() {
    return files;
  }

  /**
   * Reads the log as a node does that starts.
   *
   * @param positions learns where everything lies
   * @throws DamagedException if a node would refuse it as a whole
   */
  Recovery recover(Positions positions, PositionPages pages) throws IOException {
    long hash = Journal.hash(meta.dataId());
    if (meta.hasLog() && files.isEmpty()) {
      throw SegmentFile.gone(logDirectory());
    }
    Mark.@Nullable Reached reached =
        disk.exists(logDirectory()) ? Mark.read(disk, logDirectory(), hash) : null;
    Recovery recovery =
        new Recovery(logDirectory(), files, hash, reached, Progress.silent(), positions, pages);
    recovery.run(meta.hasLog());
    return recovery;
  }

  PositionPages pages() {
    return new PositionPages(new MemoryIndex(), Journal.hash(meta.dataId()));
  }

  /** Hears of each record that a file holds, needed or not. */
  interface Visitor {

    /** A batch begins. */
    void batch(SegmentFile file, BatchFormat.Header header, boolean intact);

    /** A record of the batch before. */
    void record(int code, int group, long instance, int offset, byte[] head, byte[] body);
  }

  /** Goes through a file, batch by batch. */
  void visit(SegmentFile file, Visitor visitor) throws IOException {
    ByteBuffer content = SegmentReplay.read(file, file.capacity(), null);
    CRC32C crc = new CRC32C();
    BatchFormat.Header batch = SegmentScan.next(content, 0, crc);
    while (batch != null) {
      boolean intact = batch.recordsIntact(content, crc);
      visitor.batch(file, batch, intact);
      if (intact) {
        SegmentReplay.records(
            content,
            batch,
            (code, group, instance, offset, length) -> {
              byte[] head = new byte[content.getInt(offset + 4) & BatchFormat.MAX_HEAD_BYTES];
              byte[] body = new byte[content.getInt(offset + 8)];
              content.get(offset + BatchFormat.RECORD_HEADER_BYTES, head);
              content.get(offset + BatchFormat.RECORD_HEADER_BYTES + head.length, body);
              visitor.record(code, group, instance, offset, head, body);
            });
      }
      int next = intact ? batch.end() : batch.offset() + BatchFormat.ALIGNMENT;
      batch = SegmentScan.next(content, next, crc);
    }
  }

  @Override
  public void close() throws IOException {
    for (SegmentFile file : files) {
      file.file().close();
    }
    Closeable held = lock;
    if (held != null) {
      held.close();
    }
  }
}
