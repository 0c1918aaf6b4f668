package io.github.skywalker.storage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Puts batches into one buffer, which is used again for each: first into an array, where single
 * numbers and checksums cost least, then in one piece outside the heap, from where it is written.
 */
final class BatchEncoder {

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int INITIAL_BYTES = 64 << 10;

  /** A buffer that had to grow beyond this is not kept. */
  private static final int MAX_KEPT_BYTES = 8 << 20;

  private final long dataIdHash;
  private final CRC32C crc = new CRC32C();
  private byte[] bytes = new byte[INITIAL_BYTES];
  private ByteBuffer direct = ByteBuffer.allocateDirect(INITIAL_BYTES);

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
    int salt = BatchFormat.salt(base);
    int at = recordsAt;
    long hash = 0;
    for (int i = 0; i < records.size(); i++) {
      offsets[i] = at;
      at = put(at, records.get(i), codes[i], salt);
      hash = BatchFormat.mix(hash, (int) INT.get(bytes, offsets[i]));
    }
    offsets[records.size()] = at;
    Arrays.fill(bytes, at, size, (byte) 0);
    BatchFormat.Header header =
        new BatchFormat.Header(
            number,
            base,
            oldest,
            0,
            recordsAt - BatchFormat.HEADER_BYTES,
            at - recordsAt,
            BatchFormat.fold(hash));
    BatchFormat.putHeader(batch, header, dataIdHash, crc);
    return direct.clear().put(bytes, 0, size).flip();
  }

  /** Puts a record into the array, and says where the next one goes. */
  private int put(int at, LogRecord record, byte code, int salt) {
    byte[] head = record.head();
    byte[] body = record.body();
    INT.set(bytes, at + 4, code << 24 | head.length);
    INT.set(bytes, at + 8, body.length);
    INT.set(bytes, at + 12, record.group());
    LONG.set(bytes, at + 16, record.instance());
    int bodyAt = at + BatchFormat.RECORD_HEADER_BYTES + head.length;
    System.arraycopy(head, 0, bytes, at + BatchFormat.RECORD_HEADER_BYTES, head.length);
    System.arraycopy(body, 0, bytes, bodyAt, body.length);
    int end = bodyAt + body.length;
    crc.reset();
    crc.update(bytes, at + 4, end - at - 4);
    INT.set(bytes, at, (int) crc.getValue() ^ salt);
    return end;
  }

  private ByteBuffer cleared(int size) {
    if (bytes.length < size || (bytes.length > MAX_KEPT_BYTES && size <= MAX_KEPT_BYTES)) {
      int capacity = size > MAX_KEPT_BYTES ? size : Math.max(INITIAL_BYTES, roundUp(size));
      bytes = new byte[capacity];
      direct = ByteBuffer.allocateDirect(capacity);
    }
    return ByteBuffer.wrap(bytes, 0, size);
  }

  private static int roundUp(int size) {
    return Math.min(MAX_KEPT_BYTES, Integer.highestOneBit(size) << 1);
  }
}
