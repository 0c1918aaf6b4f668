package io.github.skywalker.examples.journey;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.Execution;
import io.github.skywalker.api.StateMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.DBIterator;
import org.iq80.leveldb.WriteBatch;
import org.jspecify.annotations.Nullable;

/**
 * The keys and values of one group on one node, in a LevelDB.
 *
 * <p>It is a copy: the group's log can make it anew. So it writes without a sync, all commands of
 * an instance in one batch with the number of that instance, and after a crash it may stand at an
 * earlier instance, from where the log goes on. What it must never do is claim more than it holds:
 * see {@link Links} for the batches, {@link Seal} for the values. If it is damaged it is deleted,
 * and starts at 0.
 *
 * <p>A checkpoint of it is a snapshot of LevelDB, written out beside further executions. One that
 * is loaded takes the place of everything; reads wait meanwhile. That is not synced either: after a
 * crash the database stands where it stood before, or at 0, and the library loads again.
 *
 * <p>The group's apply loop executes; {@link #get} may be called by any thread.
 */
final class Database implements StateMachine, AutoCloseable {

  /** The id that proposals name. */
  static final int MACHINE_ID = FIRST_USER_MACHINE_ID;

  /** Bytes written between two looks at the free space of the disk. */
  private static final long BYTES_BETWEEN_LOOKS = 1 << 20;

  private final DatabaseFiles files;
  private final DB db;
  private final Links links;

  /** Held to use LevelDB, and exclusively to close it: the native one does not survive both. */
  private final ReadWriteLock open = new ReentrantReadWriteLock();

  private boolean closed;
  private long bytesSinceLook;
  private volatile long executedUpTo;
  private volatile @Nullable String broken;

  private Database(DatabaseFiles files, DatabaseFiles.Opened opened) {
    this.files = files;
    this.db = opened.db();
    this.links = opened.links();
    this.executedUpTo = opened.applied().instance();
  }

  /**
   * Opens the database in a directory, and makes it if it is not there. No other process may do so
   * at the same time.
   *
   * @throws IOException if it cannot be opened, and not be made anew either
   */
  static Database open(Path directory, Engine engine) throws IOException {
    DatabaseFiles files = new DatabaseFiles(directory, engine);
    return new Database(files, files.open());
  }

  @Override
  public int machineId() {
    return MACHINE_ID;
  }

  @Override
  public @Nullable Object execute(Execution execution) throws IOException {
    return executeAll(List.of(execution))[0];
  }

  @Override
  @SuppressWarnings("NullAway") // does not see the annotation of the elements in another module
  public @Nullable Object[] executeAll(List<Execution> executions) throws IOException {
    @Nullable Object[] outputs = new @Nullable Object[executions.size()];
    if (outputs.length == 0) {
      return outputs;
    }
    long instance = executions.get(0).instance();
    if (instance <= executedUpTo) {
      throw new IllegalStateException(
          "Instance " + instance + " again: " + files + " holds all up to " + executedUpTo);
    }
    Batch batch = new Batch(this::get);
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = batch.execute(Command.decode(executions.get(i).value()));
    }
    write(batch, instance);
    executedUpTo = instance;
    return outputs;
  }

  @Override
  public long executedUpTo() {
    return executedUpTo;
  }

  @Override
  public Optional<Checkpoint> checkpoint() {
    return Optional.of(saving);
  }

  private final Checkpoint saving =
      new Checkpoint() {
        @Override
        public Snapshot capture() throws IOException {
          enter();
          try {
            return new Saved(db.getSnapshot());
          } catch (RuntimeException error) {
            throw fail(error);
          } finally {
            leave();
          }
        }

        @Override
        public void restore(long instance, Path directory) throws IOException {
          open.writeLock().lock(); // Reads see what was before, or all that is loaded.
          try {
            requireUsable();
            load(instance, directory);
          } catch (IOException | RuntimeException error) {
            throw fail(error);
          } finally {
            open.writeLock().unlock();
          }
        }
      };

  /** What the database held at one moment. */
  private final class Saved implements Checkpoint.Snapshot {
    private final org.iq80.leveldb.Snapshot held;

    Saved(org.iq80.leveldb.Snapshot held) {
      this.held = held;
    }

    @Override
    public void writeTo(Path directory) throws IOException {
      enter();
      try (Dump.Writer out = new Dump.Writer(directory);
          DBIterator all = db.iterator(Engine.verified().snapshot(held))) {
        for (all.seek(Layout.firstData()); all.hasNext(); ) {
          Map.Entry<byte[], byte[]> entry = all.next();
          if (!Layout.isData(entry.getKey())) {
            break;
          }
          byte[] key = Layout.keyOf(entry.getKey());
          out.put(key, Seal.open(key, entry.getValue()));
        }
        out.end();
      } finally {
        leave();
      }
    }

    @Override
    public void close() {
      open.readLock().lock();
      try {
        if (!closed) {
          held.close();
        }
      } catch (IOException cannot) {
        throw new UncheckedIOException(cannot);
      } finally {
        leave();
      }
    }
  }

  /** In batches, of which only the last one says that everything is there. */
  private void load(long instance, Path directory) throws IOException {
    executedUpTo = 0;
    Loader loader = new Loader();
    try (DBIterator all = db.iterator(Engine.verified())) {
      for (all.seek(Layout.firstData()); all.hasNext(); ) {
        byte[] key = all.next().getKey();
        if (!Layout.isData(key)) {
          break;
        }
        loader.add(batch -> batch.delete(key), key.length);
      }
    }
    try (Dump.Reader in = new Dump.Reader(directory)) {
      for (Dump.Pair pair = in.next(); pair != null; pair = in.next()) {
        byte[] key = Layout.data(pair.key());
        byte[] record = Seal.close(pair.key(), pair.value());
        loader.add(batch -> batch.put(key, record), key.length + record.length);
      }
    }
    loader.write(instance);
    executedUpTo = instance;
  }

  /** Gathers changes into batches of a good size. */
  private final class Loader {
    private static final int BATCH_BYTES = 1 << 20;

    private final List<Consumer<WriteBatch>> changes = new ArrayList<>();
    private int bytes;

    void add(Consumer<WriteBatch> change, int changeBytes) throws IOException {
      changes.add(change);
      bytes += changeBytes;
      if (bytes >= BATCH_BYTES) {
        write(0);
      }
    }

    void write(long instance) throws IOException {
      try (WriteBatch together = db.createWriteBatch()) {
        changes.forEach(change -> change.accept(together));
        put(together, bytes, instance);
      }
      changes.clear();
      bytes = 0;
    }
  }

  /**
   * Reads a key as the last execution left it.
   *
   * @return its value, the caller's own; null if the key is not there
   * @throws IOException if it cannot be read
   */
  byte @Nullable [] get(byte[] key) throws IOException {
    enter();
    try {
      byte[] record = db.get(Layout.data(key), Engine.verified());
      return record == null ? null : Seal.open(key, record);
    } catch (IOException | RuntimeException error) {
      throw fail(error);
    } finally {
      leave();
    }
  }

  private void write(Batch batch, long instance) throws IOException {
    enter();
    try (WriteBatch together = db.createWriteBatch()) {
      put(together, batch.writeTo(together), instance);
    } catch (IOException | RuntimeException error) {
      throw fail(error);
    } finally {
      leave();
    }
  }

  private void put(WriteBatch together, int bytes, long instance) throws IOException {
    lookAtFreeSpace(bytes);
    Applied applied = links.extend(together, bytes, instance);
    together.put(Layout.APPLIED, Seal.close(Layout.APPLIED, applied.encode()));
    db.write(together);
  }

  /** A LevelDB on a full disk does not fail: the native one ends the process. */
  private void lookAtFreeSpace(long bytes) throws IOException {
    bytesSinceLook += bytes;
    if (bytesSinceLook >= BYTES_BETWEEN_LOOKS) {
      bytesSinceLook = 0;
      files.requireFreeSpace();
    }
  }

  /** Keeps LevelDB open until {@link #leave}. */
  private void enter() throws IOException {
    open.readLock().lock();
    try {
      requireUsable();
    } catch (IOException unusable) {
      leave();
      throw unusable;
    }
  }

  private void requireUsable() throws IOException {
    if (closed || broken != null) {
      throw new IOException(closed ? files + " is closed" : broken);
    }
  }

  private void leave() {
    open.readLock().unlock();
  }

  /**
   * The first error is the last thing that is done with LevelDB: what it holds after one is not
   * known. Whatever it throws itself counts as damage.
   */
  private IOException fail(Exception error) {
    String remedy = "mend that, and start the node again";
    if (error instanceof DamageException || error instanceof RuntimeException) {
      remedy = "start the node again, and it is rebuilt from the log";
      try {
        files.markForRebuild();
      } catch (IOException cannotMark) {
        remedy = "stop the node, delete that directory, and start the node again";
        error.addSuppressed(cannotMark);
      }
    }
    String sentence = files + ": " + error.getMessage() + "; " + remedy;
    broken = sentence;
    return new IOException(sentence, error);
  }

  /** Closes the files. A second call does nothing. */
  @Override
  public void close() throws IOException {
    open.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        db.close();
      }
    } finally {
      open.writeLock().unlock();
    }
  }

  @Override
  public String toString() {
    return files.toString();
  }
}
