package io.github.skywalker.storage;

import io.github.skywalker.util.Progress;
import io.github.skywalker.util.RunLoop;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log on disk: preallocated segment files, shared by all groups, to which batches are appended.
 *
 * <p>Each batch carries a number that rises by one, the data id, and checksums. At most one batch
 * is ever unsynced, so that the end of the log is certain (see {@link Recovery}). Where records lie
 * is kept in memory for the newest segments and in a {@link SegmentIndex} for the others, which can
 * always be made again. What was cleaned away frees its segment once nothing else in it is needed;
 * files are used again. The oldest batch that is needed is named in each batch, and a file is used
 * again only once such a batch is on disk that no longer needs it.
 *
 * <p>The first error of a write or a sync is the last one: every later append and sync is refused.
 * Reading goes on. After damage was found nothing is freed any more, so that nothing that was found
 * is lost, and the groups that it concerned are known again at each start. The log then grows, and
 * says so in its log, until a new node with a new data directory takes this one's place.
 *
 * <p>{@link #append}, {@link #sync}, {@link #upkeep} and {@link #close} belong to one thread.
 */
public final class Journal implements LogStore {

  private static final Logger log = LoggerFactory.getLogger(Journal.class);

  private final Disk disk;
  private final Path directory;
  private final RunLoop background;
  private final SegmentFiles files;
  private final PositionPages pages;
  private final Positions positions;
  private final BatchWriter writer;
  private final Batch batch = new Batch();
  private final Reclaimer reclaimer;
  private final NavigableMap<Integer, String> damage = new ConcurrentSkipListMap<>();

  /** Files that are left as they are, because of damage. */
  private final List<SegmentFile> setAside = new ArrayList<>();

  /** Segments that nobody needs, until a batch is on disk that says so. */
  private final ArrayDeque<Retired> retired = new ArrayDeque<>();

  private Witness witness = new Witness();
  private @Nullable Mark mark;
  private @Nullable Segment tail;
  private int end;
  private long nextBatch = 1;
  private long oldest = 1;
  private long logBytes;
  private boolean unsynced;
  private boolean endsEmpty;
  private boolean markDue;
  private boolean prepared;
  private boolean closed;
  private Salvage salvage = Salvage.NOTHING;
  private volatile long newestBatch;
  private volatile @Nullable IOException failure;

  private record Retired(Segment segment, long saidBy) {}

  private Journal(
      Disk disk,
      Path directory,
      long dataIdHash,
      JournalOptions options,
      RunLoop background,
      SegmentIndex index) {
    this.disk = disk;
    this.directory = directory;
    this.background = background;
    this.files =
        new SegmentFiles(
            disk, directory, options.segmentBytes(), options.reserveBytes(), background);
    this.pages = new PositionPages(index, dataIdHash);
    this.positions = new Positions(pages);
    this.writer = new BatchWriter(dataIdHash);
    this.reclaimer =
        new Reclaimer(positions, pages, options.segmentBytes(), this::retire, damage::put);
  }

  /**
   * Opens the log, or makes a new one. Reads all of it; what it finds is on disk when this returns.
   *
   * @param disk to keep it on
   * @param directory of the log, nobody else's; made if it is not there
   * @param dataId of the data directory: a log of another one is refused
   * @param options sizes, and whether the log must be there
   * @param background where files are made and the index is written; belongs to the caller, and
   *     outlives the journal
   * @param index where positions are kept; closed with the journal
   * @param progress hears how many bytes of how many have been read, and their index made again
   *     where it was lost
   * @throws DamagedException if the log is not whole and nothing tells which groups are concerned,
   *     or if it is another one's
   * @throws IOException if reading or writing fails
   */
  public static Journal open(
      Disk disk,
      Path directory,
      byte[] dataId,
      JournalOptions options,
      RunLoop background,
      SegmentIndex index,
      Progress progress)
      throws IOException {
    long hash = hash(dataId);
    Journal journal = new Journal(disk, directory, hash, options, background, index);
    try {
      journal.recover(hash, options.mustExist(), progress);
      return journal;
    } catch (IOException | RuntimeException e) {
      journal.closeFiles(e);
      throw e;
    }
  }

  /** The form in which batches carry the data id. */
  static long hash(byte[] dataId) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(dataId)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  private void recover(long dataIdHash, boolean mustExist, Progress progress) throws IOException {
    List<SegmentFile> found = files.find(mustExist);
    setAside.addAll(found);
    Mark opened = Mark.open(disk, directory, dataIdHash);
    mark = opened;
    Recovery recovery =
        new Recovery(directory, found, dataIdHash, opened.reached(), progress, positions, pages);
    recovery.run(mustExist);
    nextBatch = recovery.nextBatch();
    oldest = recovery.oldest();
    logBytes = recovery.logBytes();
    witness = recovery.witness();
    damage.putAll(recovery.damage());
    salvage = recovery.salvage();
    tail = recovery.tail();
    pages.forgetOthers(positions.sealed());
    sortOut(recovery.free());
    BatchFormat.Header newest = recovery.newestBatch();
    if (newest != null) {
      if (recovery.unsure() != null) {
        writeAgain(recovery.unsure(), newest);
      }
      if (tail != null) {
        end = newest.end();
      }
    }
    append(List.of());
    sync();
    opened.write(new Mark.Reached(nextBatch - 1, true));
  }

  /** What holds nothing is used again, unless it may tell somebody where the damage came from. */
  private void sortOut(List<SegmentFile> free) {
    for (Segment segment : positions.sealed()) {
      setAside.remove(segment.file());
    }
    if (tail != null) {
      setAside.remove(tail.file());
    }
    if (damage.isEmpty()) {
      setAside.removeAll(free);
      free.forEach(files::free);
    }
  }

  /**
   * The last batch may have been written and never synced, or its sync may have failed: what can be
   * read need not be on the disk, and a sync alone would not put it there.
   */
  private static void writeAgain(SegmentFile file, BatchFormat.Header newest) throws IOException {
    ByteBuffer batch = ByteBuffer.allocate(newest.end() - newest.offset());
    file.file().read(batch, newest.offset());
    BatchFormat.Header found = BatchFormat.header(batch.flip(), 0, newest.offset(), new CRC32C());
    if (found == null
        || found.number() != newest.number()
        || !found.recordsIntact(batch, new CRC32C())) {
      throw new DamagedException(
          file + " changed while it was read, at offset " + newest.offset() + ". Try again.");
    }
    file.file().write(batch, newest.offset());
    file.file().force();
  }

  @Override
  public void append(List<LogRecord> records) throws IOException {
    checkUsable();
    batch.take(records, positions::cleanedUpTo);
    if (unsynced) {
      sync();
    }
    try {
      write();
    } catch (IOException e) {
      throw latched(e);
    } catch (RuntimeException | Error e) {
      failure = new IOException("Writing the log failed: " + e, e);
      throw e;
    } finally {
      batch.clear();
    }
  }

  private void write() throws IOException {
    int[] groups = batch.groupSet();
    List<Witness.Testimony> told =
        batch.isEmpty() && tail != null
            ? witness.testimonies(tail.base(), positions.openGroups())
            : witness.testimonies(0, GroupSet.NONE);
    int size = BatchWriter.size(batch, groups, told);
    Segment segment = tail;
    if (segment == null || size > segment.file().capacity() - end) {
      told = aboutTheLastSegment();
      size = BatchWriter.size(batch, groups, told);
      segment = roll(size);
    }
    unsynced = true;
    SegmentFile file = segment.file();
    int written =
        writer.write(
            file.file(),
            file.capacity(),
            end,
            batch,
            nextBatch,
            segment.base(),
            oldest,
            groups,
            told);
    file.fillAhead(end, written);
    positions.put(batch, end);
    witness.add(new Witness.Testimony(nextBatch, nextBatch, groups, logBytes, size));
    newestBatch = nextBatch;
    nextBatch++;
    end += size;
    logBytes += size;
    endsEmpty = batch.isEmpty();
    markDue |= endsEmpty;
    if (!prepared && end > segment.file().capacity() / 2) {
      prepared = true;
      files.prepare();
    }
  }

  private List<Witness.Testimony> aboutTheLastSegment() {
    if (tail != null) {
      return witness.testimonies(tail.base(), positions.openGroups());
    }
    Segment[] sealed = positions.sealed();
    if (sealed.length == 0) {
      return witness.testimonies(0, GroupSet.NONE);
    }
    Segment last = sealed[sealed.length - 1];
    return witness.testimonies(last.base(), last.groups());
  }

  private Segment roll(int size) throws IOException {
    SegmentFile file = files.take(size);
    if (tail != null) {
      Segment full = positions.seal(nextBatch - 1, end);
      background.execute(
          () -> {
            pages.keep(full);
            pages.leaveOldToIndex(positions.sealed());
          });
    }
    Segment segment = new Segment(file, nextBatch);
    positions.open(segment);
    tail = segment;
    end = 0;
    prepared = false;
    markDue = true;
    return segment;
  }

  @Override
  public void sync() throws IOException {
    checkUsable();
    Segment segment = tail;
    if (!unsynced || segment == null) {
      return;
    }
    try {
      segment.file().file().force();
    } catch (IOException e) {
      throw latched(e);
    }
    unsynced = false;
    long synced = nextBatch - 1;
    Mark written = mark;
    if (markDue && written != null) {
      markDue = false;
      Mark.Reached reached = new Mark.Reached(synced, endsEmpty);
      background.execute(() -> written.write(reached));
    }
    while (!retired.isEmpty() && retired.peekFirst().saidBy() <= synced) {
      files.free(retired.removeFirst().segment().file());
    }
  }

  @Override
  public @Nullable List<LogRecord> upkeep(boolean idle) throws IOException {
    checkUsable();
    if (unsynced || !damage.isEmpty()) {
      return seal(idle);
    }
    try {
      List<LogRecord> copies = reclaimer.next(idle, logBytes);
      return copies == null ? seal(idle) : copies;
    } catch (DamagedException e) {
      log.error("Old segments are kept from now on: {}", e.getMessage());
      return seal(idle);
    }
  }

  /** Ends the log with an empty batch, which also says what is needed no more. */
  private @Nullable List<LogRecord> seal(boolean idle) {
    return idle && (!endsEmpty || !retired.isEmpty()) ? List.of() : null;
  }

  private void retire(Segment segment) {
    positions.retireOldest();
    Segment[] sealed = positions.sealed();
    oldest = sealed.length > 0 ? sealed[0].base() : Objects.requireNonNull(tail).base();
    retired.addLast(new Retired(segment, nextBatch));
    background.execute(() -> pages.forget(segment));
  }

  @Override
  public SortedSet<Integer> groups() {
    return positions.groups();
  }

  @Override
  public @Nullable LogRecord state(int group) throws IOException {
    while (true) {
      Place place = positions.state(group);
      if (place == null) {
        return null;
      }
      LogRecord record =
          RecordReader.read(place, group, LogRecord.Kind.STATE, BatchFormat.STATE, 0);
      if (record != null) {
        return record;
      }
    }
  }

  @Override
  public long last(int group) {
    return positions.last(group);
  }

  @Override
  public long cleanedUpTo(int group) {
    return positions.cleanedUpTo(group);
  }

  @Override
  public @Nullable LogRecord read(int group, long instance) throws IOException {
    while (true) {
      Place place = positions.find(group, instance);
      if (place == null) {
        return null;
      }
      LogRecord record =
          RecordReader.read(place, group, LogRecord.Kind.VALUE, BatchFormat.VALUE, instance);
      if (record != null) {
        return record;
      }
    }
  }

  @Override
  public Map<Integer, String> damage() {
    return new TreeMap<>(damage);
  }

  @Override
  public long newestBatch() {
    return newestBatch;
  }

  @Override
  public void remains(int group, Remains visitor) throws IOException {
    salvage.tell(group, visitor);
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    IOException problem = null;
    if (failure == null) {
      try {
        if (!endsEmpty) {
          append(List.of());
        }
        sync();
        Mark written = mark;
        if (written != null) {
          written.write(new Mark.Reached(nextBatch - 1, true));
        }
      } catch (IOException e) {
        problem = e;
      }
    }
    IOException atClosing = new IOException("The log in " + directory + " was not closed well.");
    closeFiles(atClosing);
    if (problem != null) {
      throw problem;
    }
    if (atClosing.getSuppressed().length > 0) {
      throw atClosing;
    }
  }

  /** Closes everything; what fails is added to an error that is there already. */
  private void closeFiles(Exception errors) {
    closed = true;
    List<Closeable> all = new ArrayList<>();
    all.add(files::close);
    all.add(pages::close);
    Mark written = mark;
    if (written != null) {
      all.add(written::close);
    }
    for (Segment segment : positions.sealed()) {
      all.add(segment.file().file());
    }
    Segment last = tail;
    if (last != null) {
      all.add(last.file().file());
    }
    retired.forEach(each -> all.add(each.segment().file().file()));
    setAside.forEach(file -> all.add(file.file()));
    for (Closeable each : all) {
      try {
        each.close();
      } catch (IOException e) {
        errors.addSuppressed(e);
      }
    }
  }

  private void checkUsable() throws IOException {
    if (closed) {
      throw new IOException("The log in " + directory + " is closed.");
    }
    IOException before = failure;
    if (before != null) {
      throw new IOException(
          "The log in " + directory + " takes nothing more since: " + before.getMessage(), before);
    }
  }

  private IOException latched(IOException e) {
    failure = e;
    return e;
  }
}
