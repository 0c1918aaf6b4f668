package io.github.skywalker.storage;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntToLongFunction;

/**
 * The records of one batch, looked at once: what is needed of each on the way to the disk stands
 * side by side, so that nothing has to fetch it from all over the heap again. Used again for each
 * batch.
 */
final class Batch {

  /** So many groups are told apart as they come; of more, repeats are sorted out at the end. */
  private static final int MAX_TOLD_APART = 16;

  private List<LogRecord> records = List.of();
  private int count;
  private long recordBytes;
  private int[] groups = new int[64];
  private long[] instances = new long[64];
  private byte[] codes = new byte[64];
  private int[] checksums = new int[64];
  private int[] offsets = new int[65];
  private int[] distinct = new int[64];
  private int distinctCount;

  /**
   * Takes some records in the place of those before.
   *
   * @param cleanedUpTo how far each group has cleaned
   * @throws IllegalArgumentException if one has no place on disk; nothing was done with any
   */
  void take(List<LogRecord> batch, IntToLongFunction cleanedUpTo) {
    records = batch;
    count = batch.size();
    recordBytes = 0;
    distinctCount = 0;
    if (count > groups.length) {
      int room = Math.max(count, 2 * groups.length);
      groups = new int[room];
      instances = new long[room];
      codes = new byte[room];
      checksums = new int[room];
      offsets = new int[room + 1];
      distinct = new int[room];
    }
    for (int i = 0; i < count; i++) {
      LogRecord record = batch.get(i);
      check(record);
      groups[i] = record.group();
      instances[i] = record.instance();
      codes[i] = code(record, cleanedUpTo);
      checksums[i] = checksum(record, codes[i]);
      recordBytes += BatchFormat.RECORD_HEADER_BYTES + record.bytes();
      tellApart(record.group());
    }
  }

  private static void check(LogRecord record) {
    boolean valid =
        switch (record.kind()) {
          case STATE -> record.instance() == 0;
          case VALUE -> record.instance() > 0;
          case CLEAN -> record.instance() >= 0 && record.bytes() == 0;
          case DROP -> record.instance() == 0 && record.bytes() == 0;
        };
    if (!valid
        || record.group() < 0
        || (record.bytes() > BatchFormat.MAX_HEAD_BYTES
            && record.head().length > BatchFormat.MAX_HEAD_BYTES)) {
      throw new IllegalArgumentException(
          "Not a record: group "
              + record.group()
              + ", "
              + record.kind()
              + ", instance "
              + record.instance()
              + ", head of "
              + record.head().length
              + " bytes.");
    }
  }

  /** A record that repeats how far a group has cleaned must not clean again when it is read. */
  private static byte code(LogRecord record, IntToLongFunction cleanedUpTo) {
    return record.kind() == LogRecord.Kind.CLEAN
            && record.instance() <= cleanedUpTo.applyAsLong(record.group())
        ? BatchFormat.CLEANED
        : BatchFormat.code(record.kind());
  }

  private static int checksum(LogRecord record, byte code) {
    return code == BatchFormat.CLEANED
        ? BatchFormat.checksum(
            code, record.group(), record.instance(), record.head(), record.body())
        : record.checksum();
  }

  private void tellApart(int group) {
    for (int i = distinctCount - 1; i >= Math.max(0, distinctCount - MAX_TOLD_APART); i--) {
      if (distinct[i] == group) {
        return;
      }
    }
    distinct[distinctCount++] = group;
  }

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  LogRecord record(int at) {
    return records.get(at);
  }

  int group(int at) {
    return groups[at];
  }

  long instance(int at) {
    return instances[at];
  }

  /** Its kind as it is to be on disk. */
  byte code(int at) {
    return codes[at];
  }

  /** Its checksum as it is to be on disk, before it is mixed with the name of the segment. */
  int checksum(int at) {
    return checksums[at];
  }

  /** The groups of which it holds records. */
  int[] groupSet() {
    return GroupSet.sorted(Arrays.copyOf(distinct, distinctCount), distinctCount);
  }

  /** Bytes of all records on disk. */
  long recordBytes() {
    return recordBytes;
  }

  /**
   * Where a record begins, counted from the beginning of the batch, and where the last one ends.
   */
  int offset(int at) {
    return offsets[at];
  }

  void setOffset(int at, int offset) {
    offsets[at] = offset;
  }

  /** Lets go of the records. */
  void clear() {
    records = List.of();
  }
}
