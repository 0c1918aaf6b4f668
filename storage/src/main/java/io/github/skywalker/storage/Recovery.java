package io.github.skywalker.storage;

import io.github.skywalker.util.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log when it is opened: tells a torn tail from damage, and puts every record where it
 * belongs in memory.
 *
 * <p>At most one batch is ever written that is not synced. So a bad batch with nothing valid of a
 * higher number anywhere is that one, and is passed over; the next batch takes its place. A bad or
 * missing batch below the highest number found, or below what the {@link Mark} has seen on disk, is
 * damage. A log with damage is only added to, never in a file with damage: all that is there stays
 * as it is. Even there the newest batch may be the one that is not synced, and is then written
 * again where it stands: what comes next counts on it.
 */
final class Recovery {

  /** Enough of a file to see the head of its first batch, unless that names very many groups. */
  private static final int PEEK_BYTES = 64 << 10;

  private static final Logger log = LoggerFactory.getLogger(Recovery.class);

  private final Path directory;
  private final List<SegmentFile> files;
  private final long dataIdHash;
  private final Mark.@Nullable Reached reached;
  private final Progress progress;
  private final Positions positions;
  private final PositionPages pages;
  private final Witness witness = new Witness();
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer peeked = ByteBuffer.allocate(PEEK_BYTES);
  private @Nullable ByteBuffer buffer;

  private final List<SegmentScan> scans = new ArrayList<>();
  private List<SegmentScan.Run> runs = List.of();
  private final Set<SegmentFile> inUse = new HashSet<>();

  /** The runs that were taken up while the files were read, in this order. */
  private final List<SegmentScan.Run> replayed = new ArrayList<>();

  /** What is missing among them, and whom it concerned. */
  private final List<Witness.Testimony> gaps = new ArrayList<>();

  private long newestReplayed;
  private int endReplayed;

  /** The newest batch of the log; and the newest that was seen anywhere, which must be in it. */
  private long newest;

  private long seen;
  private long oldest = 1;
  private BatchFormat.@Nullable Header newestBatch;
  private long nextBatch = 1;
  private long logBytes;
  private long readBytes;
  private long totalBytes;
  private @Nullable Segment tail;
  private Map<Integer, String> damage = Map.of();

  Recovery(
      Path directory,
      List<SegmentFile> files,
      long dataIdHash,
      Mark.@Nullable Reached reached,
      Progress progress,
      Positions positions,
      PositionPages pages) {
    this.directory = directory;
    this.files = files;
    for (SegmentFile file : files) {
      totalBytes += file.capacity();
    }
    this.dataIdHash = dataIdHash;
    this.reached = reached;
    this.progress = progress;
    this.positions = positions;
    this.pages = pages;
  }

  /** The number of the next batch. */
  long nextBatch() {
    return nextBatch;
  }

  /** The oldest batch that is needed. */
  long oldest() {
    return oldest;
  }

  /** All bytes of batches that were gone through. */
  long logBytes() {
    return logBytes;
  }

  /** What the next batches tell of the last ones. */
  Witness witness() {
    return witness;
  }

  /** For each group concerned by damage, what was found. */
  Map<Integer, String> damage() {
    return damage;
  }

  /** What is left of the groups that damage concerned. */
  Salvage salvage() {
    return new Salvage(runs, gaps);
  }

  /** The segment to go on in; null if a new one is to be begun. */
  @Nullable Segment tail() {
    return tail;
  }

  /**
   * The file with the newest batch, if that may not be synced, whether or not the log goes on in
   * this file; null if it was synced, or there is none.
   */
  @Nullable SegmentFile unsure() {
    boolean synced = nextBatch != newest + 1 || (reached != null && reached.batch() >= newest);
    return runs.isEmpty() || synced ? null : runs.get(runs.size() - 1).file();
  }

  /** The newest batch of the log; null if there is none. */
  BatchFormat.@Nullable Header newestBatch() {
    return newestBatch;
  }

  /** What was found in each file. */
  List<SegmentScan> scans() {
    return scans;
  }

  /** All that is needed, in the order of the log. */
  List<SegmentScan.Run> runs() {
    return runs;
  }

  /** The files that hold nothing that is needed. */
  List<SegmentFile> free() {
    List<SegmentFile> free = new ArrayList<>();
    for (SegmentFile file : files) {
      if (!inUse.contains(file)) {
        free.add(file);
      }
    }
    return free;
  }

  /**
   * Goes through all files.
   *
   * @param mustExist whether a log without any batch is damage
   */
  void run(boolean mustExist) throws IOException {
    readAll();
    runs = runsInUse();
    if (runs.isEmpty()) {
      checkMayBeEmpty(mustExist);
      return;
    }
    Losses losses = new Losses(scans);
    findGaps(runs, losses);
    if (!gaps.isEmpty() || !runs.equals(replayed)) {
      forgetReplayed();
      totalBytes += readBytes; // All is read a second time.
      replay(runs);
    }
    lookBehindTheEnd(runs.get(runs.size() - 1), losses);
    damage = losses.damage();
    endTail(runs.get(runs.size() - 1));
    for (String sentence : new HashSet<>(damage.values())) {
      log.error(
          "{} The groups concerned do not vote here before they know again what is lost. Nothing"
              + " was changed, and nothing is freed any more: the log grows until the node is"
              + " replaced.",
          sentence);
    }
  }

  /**
   * Reads each file once: the newest first, because it says what is needed; then the others in the
   * order in which their beginnings say that they were written. As long as that is borne out, what
   * they hold is taken up at once.
   */
  private void readAll() throws IOException {
    TreeMap<Long, SegmentFile> inOrder = new TreeMap<>();
    List<SegmentFile> others = new ArrayList<>();
    for (SegmentFile file : files) {
      long base = baseOf(file);
      if (base == 0 || inOrder.putIfAbsent(base, file) != null) {
        others.add(file);
      }
    }
    for (SegmentFile file : others) {
      scan(file, content(file));
    }
    Map.Entry<Long, SegmentFile> last = inOrder.pollLastEntry();
    if (last == null) {
      return;
    }
    begin(last.getValue());
    ByteBuffer lastContent = SegmentReplay.read(last.getValue(), last.getValue().capacity(), null);
    SegmentScan lastScan = scan(last.getValue(), lastContent);
    long needed = neededBy(lastScan);
    for (Map.Entry<Long, SegmentFile> each : inOrder.entrySet()) {
      ByteBuffer content = content(each.getValue());
      replayNeeded(scan(each.getValue(), content), each.getKey(), needed, content);
    }
    replayNeeded(lastScan, last.getKey(), needed, lastContent);
  }

  private SegmentScan scan(SegmentFile file, ByteBuffer content) throws DamagedException {
    SegmentScan scan = new SegmentScan(file, content, dataIdHash);
    scans.add(scan);
    return scan;
  }

  /** The name of the segment whose first batch begins the file; 0 if there is none. */
  private long baseOf(SegmentFile file) throws IOException {
    int length = Math.min(PEEK_BYTES, file.capacity());
    BatchFormat.Header header =
        BatchFormat.header(SegmentReplay.read(file, length, peeked), 0, crc);
    return header == null ? 0 : header.base();
  }

  private static long neededBy(SegmentScan newest) {
    long needed = 1;
    long number = 0;
    for (SegmentScan.Run run : newest.runs()) {
      if (run.last().number() > number) {
        number = run.last().number();
        needed = run.last().oldest();
      }
    }
    return needed;
  }

  private void replayNeeded(SegmentScan scan, long base, long needed, ByteBuffer content)
      throws DamagedException {
    List<SegmentScan.Run> runs = new ArrayList<>();
    for (SegmentScan.Run run : scan.runs()) {
      if (run.base() == base && run.last().number() >= needed) {
        runs.add(run);
      }
    }
    runs.sort(Comparator.comparingLong(SegmentScan.Run::first));
    for (SegmentScan.Run run : runs) {
      replay(run, content, true);
      replayed.add(run);
    }
  }

  /** The files were not in order: what was taken up from them may be in the wrong one. */
  private void forgetReplayed() {
    positions.clear();
    witness.clear();
    logBytes = 0;
    newestReplayed = 0;
    tail = null;
  }

  private void checkMayBeEmpty(boolean mustExist) throws DamagedException {
    if (mustExist || reached != null) {
      throw new DamagedException(
          "The log in "
              + directory
              + " holds no batch that can be read"
              + (reached == null ? "" : ", but had reached batch " + reached.batch())
              + ": its segment files are lost or damaged. Nothing was changed. Put the files back,"
              + " or give the node up and let a new one, with a new id and an empty data"
              + " directory, take its place.");
    }
  }

  /** The runs of the log as it must be, by number; one file for each segment. */
  private List<SegmentScan.Run> runsInUse() {
    for (SegmentScan scan : scans) {
      for (SegmentScan.Run run : scan.runs()) {
        if (run.last().number() > seen) {
          seen = run.last().number();
          oldest = run.last().oldest();
        }
      }
    }
    Map<Long, SegmentScan> chosen = new TreeMap<>();
    for (SegmentScan scan : scans) {
      for (SegmentScan.Run run : scan.runs()) {
        if (run.last().number() >= oldest) {
          SegmentScan other = chosen.putIfAbsent(run.base(), scan);
          if (other != null && other != scan) {
            log.warn("{} and {} hold the same part of the log.", other.file(), scan.file());
            if (held(scan, run.base()) > held(other, run.base())) {
              chosen.put(run.base(), scan);
            }
          }
          inUse.add(scan.file());
        }
      }
    }
    List<SegmentScan.Run> runs = new ArrayList<>();
    chosen.forEach(
        (base, scan) -> {
          for (SegmentScan.Run run : scan.runs()) {
            if (run.base() == base && run.last().number() >= oldest) {
              runs.add(run);
            }
          }
        });
    runs.sort(Comparator.comparingLong(SegmentScan.Run::first));
    if (!runs.isEmpty()) {
      newestBatch = runs.get(runs.size() - 1).last();
      newest = newestBatch.number();
    }
    return runs;
  }

  private static long held(SegmentScan scan, long base) {
    long batches = 0;
    for (SegmentScan.Run run : scan.runs()) {
      if (run.base() == base) {
        batches += run.last().number() - run.first() + 1;
      }
    }
    return batches;
  }

  private void findGaps(List<SegmentScan.Run> runs, Losses losses) throws IOException {
    long expected = oldest;
    SegmentScan.Run before = null;
    for (SegmentScan.Run run : runs) {
      if (run.first() > expected) {
        int[] groups = losses.add(new Losses.Gap(expected, run.first() - 1, where(before, run)));
        gaps.add(new Witness.Testimony(expected, run.first() - 1, groups, 0, 0));
      }
      expected = Math.max(expected, run.last().number() + 1);
      before = run;
    }
  }

  private String where(SegmentScan.@Nullable Run before, SegmentScan.@Nullable Run after) {
    if (before != null && (after == null || after.base() == before.base())) {
      return "nothing valid is at offset " + before.last().end() + " of " + before.file();
    }
    if (after != null && after.begin() > 0) {
      return "nothing valid is in " + after.file() + " before offset " + after.begin();
    }
    return "no file in "
        + directory
        + " holds them"
        + (before == null ? "" : ", the last one before is in " + before.file())
        + (after == null ? "" : ", the next one behind is in " + after.file());
  }

  /** Finds damage behind the last valid batch, and where the next one gets its number. */
  private void lookBehindTheEnd(SegmentScan.Run last, Losses losses) throws IOException {
    long torn = seen + 1;
    for (SegmentScan scan : scans) {
      for (SegmentScan.Broken broken : scan.broken()) {
        torn = Math.max(torn, broken.header().number());
      }
    }
    long certain = Math.max(torn - 1, reached == null ? 0 : reached.batch());
    if (certain > newest) {
      boolean onlySeal = reached != null && reached.empty() && certain == newest + 1;
      if (!(onlySeal && reached != null && reached.batch() == certain)) {
        Losses.Gap gap = new Losses.Gap(newest + 1, certain, where(last, null));
        int[] groups = losses.add(gap);
        Witness.Testimony end = new Witness.Testimony(newest + 1, certain, groups, logBytes, 0);
        gaps.add(end);
        witness.add(end);
      } else {
        log.warn("The last batch of the log, which was empty, cannot be read.");
        witness.add(new Witness.Testimony(certain, certain, GroupSet.NONE, logBytes, 0));
      }
    }
    nextBatch = certain + 1;
  }

  /** Reads the files of some runs again, and takes up what they hold. */
  private void replay(List<SegmentScan.Run> runs) throws IOException {
    ByteBuffer content = null;
    long base = 0;
    for (SegmentScan.Run run : runs) {
      if (content == null || base != run.base()) {
        content = content(run.file());
        base = run.base();
      }
      replay(run, content, false);
    }
  }

  /** Takes up what a run holds; the same reading may have shown already that it is intact. */
  private void replay(SegmentScan.Run run, ByteBuffer content, boolean shownIntact)
      throws DamagedException {
    Segment segment = tail;
    if (segment == null || segment.base() != run.base()) {
      if (segment != null) {
        seal(segment, newestReplayed, endReplayed);
      }
      segment = new Segment(run.file(), run.base());
      positions.open(segment);
      tail = segment;
    }
    int at = run.begin();
    for (long number = run.first(); number <= run.last().number(); number++) {
      BatchFormat.Header batch = run.batch(number, content, at, crc);
      if (batch == null || (!shownIntact && !batch.recordsIntact(content, crc))) {
        throw new DamagedException(
            run.file() + " changed while it was read, at offset " + at + ". Try again.");
      }
      if (number > newestReplayed) {
        noteLost(number, segment);
        replay(content, batch);
        newestReplayed = number;
      }
      at = batch.end();
    }
    endReplayed = at;
  }

  /** What later batches tell of these must be true of what was lost, too. */
  private void noteLost(long next, Segment segment) {
    for (Witness.Testimony gap : gaps) {
      if (gap.first() > newestReplayed && gap.last() < next) {
        witness.add(new Witness.Testimony(gap.first(), gap.last(), gap.groups(), logBytes, 0));
        if (gap.last() >= segment.base()) {
          positions.lost(gap.groups());
        }
      }
    }
  }

  private void replay(ByteBuffer content, BatchFormat.Header batch) {
    SegmentReplay.records(content, batch, positions::put);
    long number = batch.number();
    int bytes = batch.end() - batch.offset();
    witness.add(new Witness.Testimony(number, number, batch.groups(content), logBytes, bytes));
    logBytes += bytes;
  }

  private void seal(Segment segment, long lastBatch, int end) {
    positions.seal(lastBatch, end);
    pages.keep(segment);
    pages.leaveOldToIndex(positions.sealed());
  }

  /** Nothing is written to a file with damage, nor behind a place where something is missing. */
  private void endTail(SegmentScan.Run last) {
    if (tail != null && (nextBatch != newest + 1 || (!damage.isEmpty() && !isWhole(last)))) {
      seal(tail, newest, last.last().end());
      tail = null;
    }
  }

  private boolean isWhole(SegmentScan.Run run) {
    for (SegmentScan scan : scans) {
      for (SegmentScan.Broken broken : scan.broken()) {
        if (scan.file().equals(run.file()) && broken.header().number() >= run.base()) {
          return false;
        }
      }
    }
    return run.begin() == 0 && run.first() == run.base();
  }

  /** Each file takes its time, and is told of when its turn is over: as the next one begins. */
  private void begin(SegmentFile file) {
    progress.reached(readBytes, totalBytes);
    readBytes += file.capacity();
  }

  private ByteBuffer content(SegmentFile file) throws IOException {
    begin(file);
    ByteBuffer content = SegmentReplay.read(file, file.capacity(), buffer);
    buffer = content;
    return content;
  }
}
