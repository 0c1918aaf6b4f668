package io.github.skywalker.examples.journey;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.DBIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directory of one database: opened, checked, and made anew when it is damaged. */
final class DatabaseFiles {

  /** Below this much free space nothing is written. */
  static final long RESERVE_BYTES = 128L << 20;

  private static final Logger log = LoggerFactory.getLogger(DatabaseFiles.class);

  private final Path directory;
  private final Engine engine;

  DatabaseFiles(Path directory, Engine engine) {
    this.directory = directory;
    this.engine = engine;
  }

  /** A database that holds what it says. */
  record Opened(DB db, Applied applied, Links links) {}

  /** Opens the database; makes it anew if it is damaged, marked so, or not there. */
  Opened open() throws IOException {
    Files.createDirectories(directory);
    delete(aside());
    requireFreeSpace();
    if (Files.exists(mark())) {
      return makeAnew("a damaged record was read from it");
    }
    try {
      return load();
    } catch (IOException | RuntimeException unusable) {
      return makeAnew(String.valueOf(unusable.getMessage()));
    }
  }

  /** Remembers across a restart that the database is damaged. */
  void markForRebuild() throws IOException {
    if (!Files.exists(mark())) {
      Files.createFile(mark());
    }
  }

  void requireFreeSpace() throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free < RESERVE_BYTES) {
      throw new IOException(
          "the disk has "
              + (free >> 20)
              + " MiB left, and nothing is written below "
              + (RESERVE_BYTES >> 20)
              + " MiB");
    }
  }

  /**
   * Puts the old database aside until a new one is open: if that fails too, the fault was not the
   * database's.
   */
  private Opened makeAnew(String reason) throws IOException {
    log.warn("{}: {}; it is deleted, and rebuilt from the log", this, reason);
    Files.move(directory, aside());
    Opened opened;
    try {
      Files.createDirectories(directory);
      opened = load();
    } catch (IOException | RuntimeException cannot) {
      delete(directory);
      Files.move(aside(), directory);
      throw new IOException(this + " cannot be made: " + cannot.getMessage(), cannot);
    }
    delete(aside());
    Files.deleteIfExists(mark());
    return opened;
  }

  private Opened load() throws IOException {
    DB db = engine.open(directory);
    try {
      Applied applied = applied(db);
      return new Opened(db, applied, Links.open(db, applied, Links.WINDOW_BYTES));
    } catch (IOException | RuntimeException damaged) {
      db.close();
      throw damaged;
    }
  }

  private static Applied applied(DB db) throws IOException {
    byte[] record = db.get(Layout.APPLIED, Engine.verified());
    if (record != null) {
      return Applied.decode(Seal.open(Layout.APPLIED, record));
    }
    try (DBIterator all = db.iterator(Engine.verified())) {
      all.seekToFirst();
      if (all.hasNext()) {
        throw new DamageException("it does not say what it holds");
      }
      return Applied.NOTHING;
    }
  }

  private Path aside() {
    return directory.resolveSibling(directory.getFileName() + ".damaged");
  }

  private Path mark() {
    return directory.resolveSibling(directory.getFileName() + ".rebuild");
  }

  private static void delete(Path tree) throws IOException {
    if (Files.exists(tree)) {
      MoreFiles.deleteRecursively(tree, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  @Override
  public String toString() {
    return "The database " + directory;
  }
}
