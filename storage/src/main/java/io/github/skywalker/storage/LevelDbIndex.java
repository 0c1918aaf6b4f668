package io.github.skywalker.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.fusesource.leveldbjni.JniDBFactory;
import org.iq80.leveldb.CompressionType;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.DBFactory;
import org.iq80.leveldb.DBIterator;
import org.iq80.leveldb.Options;
import org.iq80.leveldb.ReadOptions;
import org.iq80.leveldb.WriteBatch;
import org.iq80.leveldb.impl.Iq80DBFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An index in LevelDB: the native one where it loads, else the one in Java. Written without sync.
 * Its first error is its last call: from then on it refuses everything, and the journal does
 * without it.
 *
 * <p>A native LevelDB maps its files into memory, so that a full disk ends the process. Nothing is
 * written, and no database opened, below a reserve of free space.
 */
public final class LevelDbIndex implements SegmentIndex {

  private static final byte ENTRY = 'e';
  private static final byte SUMMARY = 's';

  /** Entries written in one go. */
  private static final int MAX_PUT_ENTRIES = 1000;

  /**
   * What LevelDB may write of its own accord after it was given something: log, tables, manifest.
   */
  static final long MIN_RESERVE_BYTES = 32 << 20;

  private static final Logger log = LoggerFactory.getLogger(LevelDbIndex.class);

  private final Path directory;
  private final long reserveBytes;
  private final @Nullable DB db;
  private boolean failed;
  private boolean closed;

  private LevelDbIndex(Path directory, long reserveBytes, @Nullable DB db) {
    this.directory = directory;
    this.reserveBytes = reserveBytes;
    this.db = db;
    this.failed = db == null;
  }

  /**
   * Opens the index, or makes a new one where it cannot be read. Where the disk is full, it is an
   * index that refuses everything.
   *
   * @param directory of the database, nobody else's
   * @param reserveBytes free space below which nothing is written; less than 32 MiB counts as that
   */
  public static LevelDbIndex open(Path directory, long reserveBytes) throws IOException {
    return open(directory, reserveBytes, factory());
  }

  private static DBFactory factory() {
    try {
      return JniDBFactory.factory;
    } catch (LinkageError e) {
      log.info("The native LevelDB does not load here; the one in Java is used.");
      return Iq80DBFactory.factory;
    }
  }

  /** As {@link #open(Path, long)}, with a LevelDB of the caller's choice. */
  static LevelDbIndex open(Path directory, long reserveBytes, DBFactory factory)
      throws IOException {
    long reserve = Math.max(reserveBytes, MIN_RESERVE_BYTES);
    Files.createDirectories(directory);
    long usable = usable(directory);
    if (usable < reserve) {
      log.warn("The index in {} is not used: only {} bytes are free.", directory, usable);
      return new LevelDbIndex(directory, reserve, null);
    }
    DB db;
    try {
      db = openDatabase(directory, factory);
    } catch (IOException | RuntimeException e) {
      log.warn("The index in {} cannot be read, and is made again: {}", directory, e.getMessage());
      deleteAll(directory);
      db = openDatabase(directory, factory);
    }
    return new LevelDbIndex(directory, reserve, db);
  }

  private static DB openDatabase(Path directory, DBFactory factory) throws IOException {
    Options options =
        new Options()
            .createIfMissing(true)
            .verifyChecksums(true)
            .compressionType(CompressionType.NONE);
    return factory.open(directory.toFile(), options);
  }

  private static void deleteAll(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public synchronized void put(long segment, List<Entry> entries, byte[] summary)
      throws IOException {
    DB db = usable();
    checkRoom();
    try {
      for (int from = 0; from < entries.size(); from += MAX_PUT_ENTRIES) {
        try (WriteBatch batch = db.createWriteBatch()) {
          int to = Math.min(entries.size(), from + MAX_PUT_ENTRIES);
          for (Entry entry : entries.subList(from, to)) {
            batch.put(entryKey(segment, entry.group()), entry.bytes());
          }
          db.write(batch);
        }
      }
      db.put(summaryKey(segment), summary);
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  @Override
  public synchronized byte @Nullable [] entry(long segment, int group) throws IOException {
    return get(entryKey(segment, group));
  }

  @Override
  public synchronized byte @Nullable [] summary(long segment) throws IOException {
    return get(summaryKey(segment));
  }

  private byte @Nullable [] get(byte[] key) throws IOException {
    DB db = usable();
    try {
      return db.get(key, new ReadOptions().verifyChecksums(true));
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  @Override
  public synchronized List<Long> segments() throws IOException {
    DB db = usable();
    List<Long> segments = new ArrayList<>();
    try (DBIterator iterator = db.iterator(new ReadOptions().verifyChecksums(true))) {
      iterator.seek(new byte[] {SUMMARY});
      while (iterator.hasNext()) {
        byte[] key = iterator.next().getKey();
        if (key.length != 1 + Long.BYTES || key[0] != SUMMARY) {
          break;
        }
        segments.add(ByteBuffer.wrap(key).getLong(1));
      }
    } catch (RuntimeException e) {
      throw failure(e);
    }
    return segments;
  }

  @Override
  public synchronized void remove(long segment) throws IOException {
    DB db = usable();
    checkRoom();
    byte[] prefix = Arrays.copyOf(entryKey(segment, 0), 1 + Long.BYTES);
    try (DBIterator iterator = db.iterator()) {
      db.delete(summaryKey(segment));
      iterator.seek(prefix);
      boolean more = true;
      while (more) {
        try (WriteBatch batch = db.createWriteBatch()) {
          int count = 0;
          more = false;
          while (iterator.hasNext()) {
            Map.Entry<byte[], byte[]> next = iterator.next();
            if (!startsWith(next.getKey(), prefix)) {
              break;
            }
            batch.delete(next.getKey());
            if (++count == MAX_PUT_ENTRIES) {
              more = true;
              break;
            }
          }
          db.write(batch);
        }
      }
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    DB open = db;
    boolean before = closed;
    closed = true;
    try {
      if (!before && open != null) {
        open.close();
      }
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  private DB usable() throws IOException {
    DB open = db;
    if (closed || failed || open == null) {
      throw new IOException(
          "The index in " + directory + (closed ? " is closed." : " failed before."));
    }
    return open;
  }

  private void checkRoom() throws IOException {
    long usable = usable(directory);
    if (usable < reserveBytes) {
      throw new IOException(
          "The index in " + directory + " is not written: only " + usable + " bytes are free.");
    }
  }

  private static long usable(Path directory) throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  /** The one in Java throws whatever it stumbles over in files that are not what they were. */
  private IOException failure(RuntimeException e) {
    failed = true;
    return new IOException("The index in " + directory + " failed: " + e.getMessage(), e);
  }

  private static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] entryKey(long segment, int group) {
    return ByteBuffer.allocate(1 + Long.BYTES + Integer.BYTES)
        .put(ENTRY)
        .putLong(segment)
        .putInt(group)
        .array();
  }

  private static byte[] summaryKey(long segment) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(SUMMARY).putLong(segment).array();
  }
}
