package io.github.skywalker.storage;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Puts batches into the form that they have on disk, and writes each in one go, as whole pages:
 * those go to the disk as they are, without a copy in the system's cache. In the page where a batch
 * begins the one before it ends; that is written again as it was. Where this writer has not written
 * it, nobody knows here what it should be, and the batch is written alone.
 */
final class BatchWriter {

  /** Costs less than the buffer's own methods. */
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int PAGE_BYTES = Disk.PAGE_BYTES;

  /** A larger buffer is given back when its batch is written. */
  private static final int MAX_KEPT_BYTES = 32 << 20;

  private static final int MIN_BYTES = 256 << 10;

  private final long dataIdHash;
  private final CRC32C crc = new CRC32C();

  /** Outside the heap, as a page begins; holds first what is known of the page written to next. */
  private ByteBuffer pages = outsideTheHeap(MIN_BYTES);

  /** What was written here without a hole: of one file, from somewhere up to its end. */
  private Disk.@Nullable DiskFile knownFile;

  private int knownFrom;
  private int knownTo;

  BatchWriter(long dataIdHash) {
    this.dataIdHash = dataIdHash;
  }

  /**
   * What a batch takes on disk.
   *
   * @throws IllegalArgumentException if that is more than a file can hold
   */
  static int size(Batch batch, int[] groups, List<Witness.Testimony> testimonies) {
    long size = headBytes(groups, testimonies) + batch.recordBytes();
    if (size > Integer.MAX_VALUE - 4 * PAGE_BYTES) {
      throw new IllegalArgumentException("A batch of " + size + " bytes.");
    }
    return BatchFormat.align((int) size);
  }

  private static int headBytes(int[] groups, List<Witness.Testimony> testimonies) {
    return BatchFormat.HEADER_BYTES
        + GroupSet.encodedSize(groups)
        + Witness.encodedSize(testimonies);
  }

  /**
   * Writes a batch, and notes in it where each record begins.
   *
   * @param capacity of the file, which never grows
   * @param offset in the file where it begins
   * @param number of the batch
   * @param base of its segment
   * @param oldest number of the oldest batch that is needed
   * @param groups of which it holds records
   * @param testimonies what it tells of the batches before it
   * @return where in the file it ends, with the zeros behind it
   */
  int write(
      Disk.DiskFile file,
      int capacity,
      int offset,
      Batch batch,
      long number,
      long base,
      long oldest,
      int[] groups,
      List<Witness.Testimony> testimonies)
      throws IOException {
    int recordsAt = headBytes(groups, testimonies);
    int size = size(batch, groups, testimonies);
    int lead = offset % PAGE_BYTES;
    makeRoom(lead, size);
    ByteBuffer whole = pages.slice(lead, size).position(BatchFormat.HEADER_BYTES);
    GroupSet.encode(groups, whole);
    Witness.encode(testimonies, whole);
    int salt = BatchFormat.salt(base);
    long hash = 0;
    int end = recordsAt;
    for (int i = 0; i < batch.count(); i++) {
      batch.setOffset(i, end);
      int sum = batch.checksum(i) ^ salt;
      hash = BatchFormat.mix(hash, sum);
      end = put(whole, end, batch, i, sum);
    }
    batch.setOffset(batch.count(), end);
    zero(lead + end, lead + size);
    BatchFormat.Header header =
        new BatchFormat.Header(
            number,
            base,
            oldest,
            offset,
            recordsAt - BatchFormat.HEADER_BYTES,
            end - recordsAt,
            BatchFormat.fold(hash));
    BatchFormat.putHeader(whole, header, dataIdHash, crc);
    int written = writePages(file, capacity, offset, size);
    keepLastPage(lead + size);
    return written;
  }

  /** Puts a record, and says where it ends. */
  private static int put(ByteBuffer whole, int at, Batch batch, int place, int sum) {
    LogRecord record = batch.record(place);
    byte[] head = record.head();
    byte[] body = record.body();
    LONG.set(whole, at, pair(sum, batch.code(place) << 24 | head.length));
    LONG.set(whole, at + 8, pair(body.length, batch.group(place)));
    LONG.set(whole, at + 16, batch.instance(place));
    int headAt = at + BatchFormat.RECORD_HEADER_BYTES;
    int bodyAt = headAt + head.length;
    whole.put(headAt, head, 0, head.length).put(bodyAt, body, 0, body.length);
    return bodyAt + body.length;
  }

  /** Two numbers in one, to be put at once. */
  private static long pair(int first, int second) {
    return ((long) first << 32) | (second & 0xFFFFFFFFL);
  }

  /** Writes what stands in the buffer behind the lead, and the lead with it where it is known. */
  private int writePages(Disk.DiskFile file, int capacity, int offset, int size)
      throws IOException {
    boolean follows = file.equals(knownFile) && offset == knownTo;
    if (!follows) {
      knownFile = file;
      knownFrom = offset;
    }
    int lead = offset % PAGE_BYTES;
    int end = offset + size;
    knownTo = end;
    int pageEnd = (int) Math.min(capacity, (end + PAGE_BYTES - 1L) / PAGE_BYTES * PAGE_BYTES);
    if (offset - lead < knownFrom || pageEnd % PAGE_BYTES != 0) {
      file.write(pages.limit(lead + size).position(lead), offset);
      return end;
    }
    int used = lead + pageEnd - offset;
    zero(lead + size, used);
    file.write(pages.limit(used).position(0), offset - (long) lead);
    return pageEnd;
  }

  private void zero(int from, int to) {
    pages.clear();
    for (int i = from; i < to; i++) {
      pages.put(i, (byte) 0);
    }
  }

  /** The page that the next batch begins in goes to the front. */
  private void keepLastPage(int used) {
    int rest = used % PAGE_BYTES;
    boolean tooLarge = pages.capacity() > MAX_KEPT_BYTES;
    ByteBuffer kept = tooLarge ? outsideTheHeap(MIN_BYTES) : pages;
    if (tooLarge || used > rest) {
      kept.clear().put(0, pages.clear(), used - rest, rest);
    }
    pages = kept;
  }

  /** There is room for a batch behind the lead, and for zeros up to the end of its last page. */
  private void makeRoom(int lead, int size) {
    long needed = (long) lead + size + PAGE_BYTES;
    if (needed > pages.capacity()) {
      long bytes = Math.max(needed, Math.min(2L * pages.capacity(), MAX_KEPT_BYTES));
      pages = outsideTheHeap(Math.toIntExact(bytes)).put(0, pages.clear(), 0, lead);
    }
    pages.clear();
  }

  private static ByteBuffer outsideTheHeap(int bytes) {
    return ByteBuffer.allocateDirect(bytes + 2 * PAGE_BYTES).alignedSlice(PAGE_BYTES);
  }
}
