package io.github.skywalker.storage;

import static io.github.skywalker.storage.LogRecord.EMPTY;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Frees the oldest segment, and after it the next: as soon as nothing in it is needed, or, when
 * little is, by having that appended again. Always the oldest one, so that a record is never freed
 * before what it took the place of, and the log is always one unbroken run of batches. Used by the
 * writer only, and only when all that was appended is synced.
 */
final class Reclaimer {

  /** What is copied in one step, which an append may have to wait for. */
  private static final int MAX_COPY_BYTES = 256 << 10;

  /** Under load, so many bytes are appended for each one that is copied. */
  private static final int APPENDED_FOR_EACH_COPIED = 2;

  /** So much garbage behind a segment that is needed is worth copying it as a whole. */
  private static final int MAX_GARBAGE_SEGMENTS = 4;

  private final Positions positions;
  private final PositionPages pages;
  private final int segmentBytes;
  private final Consumer<Segment> retire;
  private final BiConsumer<Integer, String> damaged;
  private @Nullable Pass pass;
  private @Nullable Segment looked;
  private int lookedUpTo;
  private long weighedAt = -1;
  private int weighedSegments;
  private long copiedAt;

  Reclaimer(
      Positions positions,
      PositionPages pages,
      int segmentBytes,
      Consumer<Segment> retire,
      BiConsumer<Integer, String> damaged) {
    this.positions = positions;
    this.pages = pages;
    this.segmentBytes = segmentBytes;
    this.retire = retire;
    this.damaged = damaged;
  }

  /**
   * Frees what can be freed.
   *
   * @param idle whether nothing waits to be appended
   * @param logBytes all that was ever appended
   * @return what is to be appended next; null if nothing
   */
  @Nullable List<LogRecord> next(boolean idle, long logBytes) throws IOException {
    while (true) {
      Segment[] sealed = positions.sealed();
      if (sealed.length == 0) {
        return null;
      }
      Segment oldest = sealed[0];
      if (pass == null && !isNeeded(oldest)) {
        retire.accept(oldest);
        continue;
      }
      if (pass == null) {
        if (!isWorthCopying(sealed, idle, logBytes)) {
          return null;
        }
        pass = new Pass(oldest);
      }
      if (!idle && logBytes - copiedAt < (long) APPENDED_FOR_EACH_COPIED * MAX_COPY_BYTES) {
        return null;
      }
      List<LogRecord> copies = pass.next();
      if (!copies.isEmpty()) {
        copiedAt = logBytes;
        return copies;
      }
      pass = null;
      retire.accept(oldest);
    }
  }

  /** Goes on where it stopped the last time: what is not needed never is again. */
  private boolean isNeeded(Segment segment) {
    if (looked != segment) {
      looked = segment;
      lookedUpTo = 0;
    }
    while (lookedUpTo < segment.groups().length) {
      if (positions.neededBytes(segment, lookedUpTo) > 0) {
        return true;
      }
      lookedUpTo++;
    }
    return false;
  }

  private boolean isWorthCopying(Segment[] sealed, boolean idle, long logBytes) {
    boolean due = idle ? logBytes != weighedAt : logBytes - weighedAt >= segmentBytes / 8;
    if (!due || sealed.length < 2) {
      return false;
    }
    weighedAt = logBytes;
    if (2 * neededBytes(sealed[0]) <= sealed[0].end()) {
      return true;
    }
    if (weighedSegments == sealed.length) {
      return false;
    }
    weighedSegments = sealed.length;
    long total = 0;
    long needed = 0;
    for (Segment segment : sealed) {
      total += segment.end();
      needed += neededBytes(segment);
    }
    return total - needed > Math.max((long) MAX_GARBAGE_SEGMENTS * segmentBytes, total / 2);
  }

  private long neededBytes(Segment segment) {
    long sum = 0;
    for (int i = 0; i < segment.groups().length; i++) {
      sum += positions.neededBytes(segment, i);
    }
    return sum;
  }

  /** One way through all that a segment holds. */
  private final class Pass {
    private final Segment segment;
    private int at;
    private int entry;
    private boolean inValues;

    Pass(Segment segment) {
      this.segment = segment;
    }

    /** The next records that are needed; empty at the end. */
    List<LogRecord> next() throws IOException {
      List<LogRecord> copies = new ArrayList<>();
      int bytes = 0;
      while (at < segment.groups().length && bytes < MAX_COPY_BYTES) {
        int group = segment.groups()[at];
        try {
          bytes += copyGroup(group, MAX_COPY_BYTES - bytes, copies);
        } catch (DamagedException e) {
          damaged.accept(group, String.valueOf(e.getMessage()));
          throw e;
        }
      }
      return copies;
    }

    private int copyGroup(int group, int maxBytes, List<LogRecord> copies) throws IOException {
      int bytes = 0;
      if (!inValues) {
        bytes += copyState(group, copies);
        inValues = true;
      }
      PositionList list = pages.positions(segment, at);
      while (list != null && entry < list.count() && bytes < maxBytes) {
        bytes += copyValue(group, list.instance(entry), list.offset(entry), copies);
        entry++;
      }
      if (list == null || entry >= list.count()) {
        at++;
        entry = 0;
        inValues = false;
      }
      return bytes;
    }

    private int copyState(int group, List<LogRecord> copies) throws IOException {
      int bytes = 0;
      if (positions.isCleanedIn(group, segment)) {
        long upTo = positions.cleanedUpTo(group);
        copies.add(new LogRecord(group, LogRecord.Kind.CLEAN, upTo, EMPTY, EMPTY));
        bytes += BatchFormat.RECORD_HEADER_BYTES;
      }
      Place state = positions.state(group);
      if (state != null && state.segment() == segment) {
        bytes += copy(state, group, LogRecord.Kind.STATE, BatchFormat.STATE, 0, copies);
      }
      return bytes;
    }

    private int copyValue(int group, long instance, int offset, List<LogRecord> copies)
        throws IOException {
      Place newest = positions.find(group, instance);
      if (newest == null || newest.segment() != segment || newest.offset() != offset) {
        return 0;
      }
      return copy(newest, group, LogRecord.Kind.VALUE, BatchFormat.VALUE, instance, copies);
    }

    private int copy(
        Place place,
        int group,
        LogRecord.Kind kind,
        int code,
        long instance,
        List<LogRecord> copies)
        throws IOException {
      LogRecord record = RecordReader.read(place, group, kind, code, instance);
      if (record != null) {
        copies.add(record);
      }
      return place.length();
    }
  }
}
