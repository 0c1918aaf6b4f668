package io.github.skywalker.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What a log with damage still holds, in the order in which it was written. The files are read
 * again, once for each group that asks.
 *
 * @param runs all that could be read when the log was opened, by number
 * @param gaps what was missing, by number, and whom it concerned
 */
record Salvage(List<SegmentScan.Run> runs, List<Witness.Testimony> gaps) {

  static final Salvage NOTHING = new Salvage(List.of(), List.of());

  /** Tells what is left of one group; see {@link LogStore#remains}. */
  void tell(int group, LogStore.Remains visitor) throws IOException {
    CRC32C crc = new CRC32C();
    ByteBuffer content = null;
    long base = 0;
    long newest = 0;
    for (SegmentScan.Run run : runs) {
      if (content == null || run.base() != base) {
        content = SegmentReplay.read(run.file(), run.file().capacity(), content);
        base = run.base();
      }
      int at = run.begin();
      for (long number = run.first(); number <= run.last().number(); number++) {
        BatchFormat.Header batch = run.batch(number, content, at, crc);
        if (batch == null || !batch.recordsIntact(content, crc)) {
          throw new DamagedException(
              run.file() + " changed since the log was opened, at offset " + at + ".");
        }
        if (number > newest) {
          tellLost(group, newest, number, visitor);
          newest = number;
          for (LogRecord record : records(group, content, batch)) {
            visitor.record(record);
          }
        }
        at = batch.end();
      }
    }
    tellLost(group, newest, Long.MAX_VALUE, visitor);
  }

  private void tellLost(int group, long newest, long next, LogStore.Remains visitor) {
    for (Witness.Testimony gap : gaps) {
      if (gap.first() > newest
          && gap.last() < next
          && Arrays.stream(gap.groups()).anyMatch(each -> each == group)) {
        visitor.lost(gap.last());
      }
    }
  }

  private static List<LogRecord> records(int of, ByteBuffer content, BatchFormat.Header batch) {
    List<LogRecord> records = new ArrayList<>();
    SegmentReplay.records(
        content,
        batch,
        (code, group, instance, offset, length) -> {
          if (group == of && (code == BatchFormat.STATE || code == BatchFormat.VALUE)) {
            byte[] head = new byte[content.getInt(offset + 4) & BatchFormat.MAX_HEAD_BYTES];
            byte[] body = new byte[content.getInt(offset + 8)];
            content.get(offset + BatchFormat.RECORD_HEADER_BYTES, head);
            content.get(offset + BatchFormat.RECORD_HEADER_BYTES + head.length, body);
            LogRecord.Kind kind =
                code == BatchFormat.STATE ? LogRecord.Kind.STATE : LogRecord.Kind.VALUE;
            records.add(new LogRecord(group, kind, instance, head, body));
          }
        });
    return records;
  }
}
