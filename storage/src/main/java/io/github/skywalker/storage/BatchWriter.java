package io.github.skywalker.storage;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Puts batches into the form that they have on disk, and writes them. Pieces go into an array,
 * where single numbers and checksums cost least, from there outside the heap, and from there to the
 * file: small enough to stay in the processor's cache all the way. The first piece holds the
 * header, which knows the checksums of all records, and is written last. A batch that is not larger
 * is one write.
 */
final class BatchWriter {

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int PIECE_BYTES = 128 << 10;

  /**
   * Of the file's cache: a piece lies outside the heap as it will lie there, to be copied faster.
   */
  private static final int PAGE_BYTES = 4096;

  private final long dataIdHash;
  private final CRC32C crc = new CRC32C();
  private final byte[] rest = new byte[PIECE_BYTES];
  private byte[] first = new byte[PIECE_BYTES];
  private ByteBuffer direct = outsideTheHeap(PIECE_BYTES);

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
    if (size > Integer.MAX_VALUE - BatchFormat.ALIGNMENT) {
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
   * @param offset in the file where it begins
   * @param number of the batch
   * @param base of its segment
   * @param oldest number of the oldest batch that is needed
   * @param groups of which it holds records
   * @param testimonies what it tells of the batches before it
   */
  void write(
      Disk.DiskFile file,
      int offset,
      Batch batch,
      long number,
      long base,
      long oldest,
      int[] groups,
      List<Witness.Testimony> testimonies)
      throws IOException {
    int recordsAt = headBytes(groups, testimonies);
    makeRoom(recordsAt);
    ByteBuffer head = ByteBuffer.wrap(first).position(BatchFormat.HEADER_BYTES);
    GroupSet.encode(groups, head);
    Witness.encode(testimonies, head);
    Pieces pieces = new Pieces(file, offset, recordsAt);
    int salt = BatchFormat.salt(base);
    long hash = 0;
    for (int i = 0; i < batch.count(); i++) {
      batch.setOffset(i, pieces.position());
      hash = BatchFormat.mix(hash, pieces.put(batch, i, salt));
    }
    int end = pieces.position();
    batch.setOffset(batch.count(), end);
    pieces.pad(BatchFormat.align(end) - end);
    BatchFormat.Header header =
        new BatchFormat.Header(
            number,
            base,
            oldest,
            offset,
            recordsAt - BatchFormat.HEADER_BYTES,
            end - recordsAt,
            BatchFormat.fold(hash));
    BatchFormat.putHeader(head, header, dataIdHash, crc);
    pieces.finish();
  }

  private void makeRoom(int headBytes) {
    int needed = headBytes + BatchFormat.ALIGNMENT;
    if (first.length < needed) {
      first = new byte[2 * needed];
      direct = outsideTheHeap(first.length);
    }
  }

  private static ByteBuffer outsideTheHeap(int bytes) {
    return ByteBuffer.allocateDirect(bytes + 2 * PAGE_BYTES).alignedSlice(PAGE_BYTES);
  }

  /** The batch that is being written, piece by piece. */
  private final class Pieces {
    private final Disk.DiskFile file;
    private final int offset;
    private byte[] piece = first;
    private int used;
    private int written;
    private int firstUsed;

    Pieces(Disk.DiskFile file, int offset, int headBytes) {
      this.file = file;
      this.offset = offset;
      this.used = headBytes;
    }

    /** Where in the batch the next byte goes. */
    int position() {
      return written + used;
    }

    /** Puts a record, and says what its checksum is. */
    int put(Batch batch, int at, int salt) throws IOException {
      LogRecord record = batch.record(at);
      byte[] head = record.head();
      byte[] body = record.body();
      long length = BatchFormat.RECORD_HEADER_BYTES + head.length + (long) body.length;
      boolean whole = length <= PIECE_BYTES;
      makeRoom(whole ? (int) length : BatchFormat.RECORD_HEADER_BYTES);
      int start = used;
      INT.set(piece, start + 4, batch.code(at) << 24 | head.length);
      INT.set(piece, start + 8, body.length);
      INT.set(piece, start + 12, batch.group(at));
      LONG.set(piece, start + 16, batch.instance(at));
      used += BatchFormat.RECORD_HEADER_BYTES;
      crc.reset();
      if (whole) {
        putPart(head, 0, head.length);
        putPart(body, 0, body.length);
        crc.update(piece, start + 4, used - start - 4);
      } else {
        crc.update(piece, start + 4, BatchFormat.RECORD_HEADER_BYTES - 4);
        crc.update(head);
        crc.update(body);
      }
      int sum = (int) crc.getValue() ^ salt;
      INT.set(piece, start, sum);
      if (!whole) {
        putLarge(head);
        putLarge(body);
      }
      return sum;
    }

    private void putPart(byte[] bytes, int from, int length) {
      System.arraycopy(bytes, from, piece, used, length);
      used += length;
    }

    private void putLarge(byte[] bytes) throws IOException {
      int from = 0;
      while (from < bytes.length) {
        makeRoom(1);
        int part = Math.min(bytes.length - from, piece.length - used);
        putPart(bytes, from, part);
        from += part;
      }
    }

    void pad(int bytes) throws IOException {
      makeRoom(bytes);
      Arrays.fill(piece, used, used + bytes, (byte) 0);
      used += bytes;
    }

    /** Begins another piece if this one has not so much room left. */
    private void makeRoom(int bytes) throws IOException {
      if (piece.length - used >= bytes) {
        return;
      }
      if (piece == first) {
        firstUsed = used;
        piece = rest;
      } else {
        write(written, used);
      }
      written += used;
      used = 0;
    }

    void finish() throws IOException {
      if (piece != first) {
        write(written, used);
        piece = first;
        used = firstUsed;
      }
      write(0, used);
    }

    private void write(int at, int length) throws IOException {
      int inPage = (offset + at) % PAGE_BYTES;
      direct.clear().position(inPage).put(piece, 0, length).flip().position(inPage);
      file.write(direct, offset + (long) at);
    }
  }
}
