package io.github.skywalker.storage;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/** Puts batches into one buffer outside the heap, which is used again for each. */
final class BatchEncoder {

  private static final int INITIAL_BYTES = 64 << 10;

  /** A buffer that had to grow beyond this is not kept. */
  private static final int MAX_KEPT_BYTES = 8 << 20;

  private final long dataIdHash;
  private final CRC32C crc = new CRC32C();
  private ByteBuffer buffer = ByteBuffer.allocateDirect(INITIAL_BYTES);

  BatchEncoder(long dataIdHash) {
    this.dataIdHash = dataIdHash;
  }

  /** Refuses records that have no place on disk: nothing was done with them yet. */
  static void check(List<LogRecord> records) {
    for (int i = 0; i < records.size(); i++) {
      LogRecord record = records.get(i);
      boolean valid =
          switch (record.kind()) {
            case STATE -> record.instance() == 0;
            case VALUE -> record.instance() > 0;
            case CLEAN -> record.instance() >= 0 && isBare(record);
            case DROP -> record.instance() == 0 && isBare(record);
          };
      if (!valid || record.group() < 0 || record.head().length > BatchFormat.MAX_HEAD_BYTES) {
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
  }

  private static boolean isBare(LogRecord record) {
    return record.head().length == 0 && record.body().length == 0;
  }

  /** What a batch takes on disk. */
  static int size(List<LogRecord> records, int[] groups, List<Witness.Testimony> testimonies) {
    long size =
        BatchFormat.HEADER_BYTES
            + GroupSet.encodedSize(groups)
            + Witness.encodedSize(testimonies)
            + (long) records.size() * BatchFormat.RECORD_HEADER_BYTES;
    for (int i = 0; i < records.size(); i++) {
      LogRecord record = records.get(i);
      size += record.head().length + (long) record.body().length;
    }
    if (size > Integer.MAX_VALUE - BatchFormat.ALIGNMENT) {
      throw new IllegalArgumentException("A batch of " + size + " bytes.");
    }
    return BatchFormat.align((int) size);
  }

  /**
   * Encodes a batch.
   *
   * @param size as {@link #size} says
   * @param codes the kinds of the records as they are to be on disk
   * @param offsets is given where each record begins, counted from the beginning of the batch, and
   *     where the last one ends
   * @return valid until the next call
   */
  ByteBuffer encode(
      List<LogRecord> records,
      int size,
      long number,
      long base,
      long oldest,
      int[] groups,
      List<Witness.Testimony> testimonies,
      byte[] codes,
      int[] offsets) {
    ByteBuffer batch = cleared(size);
    batch.position(BatchFormat.HEADER_BYTES);
    GroupSet.encode(groups, batch);
    Witness.encode(testimonies, batch);
    int recordsAt = batch.position();
    for (int i = 0; i < records.size(); i++) {
      offsets[i] = batch.position();
      put(batch, records.get(i), codes[i], base);
    }
    int recordsEnd = batch.position();
    offsets[records.size()] = recordsEnd;
    while (batch.hasRemaining()) {
      batch.put((byte) 0);
    }
    int recordBytes = recordsEnd - recordsAt;
    BatchFormat.Header header =
        new BatchFormat.Header(
            number,
            base,
            oldest,
            0,
            recordsAt - BatchFormat.HEADER_BYTES,
            recordBytes,
            BatchFormat.crcOf(crc, batch, recordsAt, recordBytes));
    BatchFormat.putHeader(batch, header, dataIdHash, crc);
    return batch.flip();
  }

  private void put(ByteBuffer batch, LogRecord record, byte code, long base) {
    int offset = batch.position();
    byte[] head = record.head();
    byte[] body = record.body();
    batch
        .putInt(0)
        .putInt(code << 24 | head.length)
        .putInt(body.length)
        .putInt(record.group())
        .putLong(record.instance())
        .put(head)
        .put(body);
    int length = batch.position() - offset;
    batch.putInt(offset, BatchFormat.recordCrc(crc, base, batch, offset, length));
  }

  private ByteBuffer cleared(int size) {
    if (buffer.capacity() < size
        || (buffer.capacity() > MAX_KEPT_BYTES && size <= MAX_KEPT_BYTES)) {
      int capacity = size > MAX_KEPT_BYTES ? size : Math.max(INITIAL_BYTES, roundUp(size));
      buffer = ByteBuffer.allocateDirect(capacity);
    }
    return buffer.clear().limit(size);
  }

  private static int roundUp(int size) {
    return Math.min(MAX_KEPT_BYTES, Integer.highestOneBit(size) << 1);
  }
}
