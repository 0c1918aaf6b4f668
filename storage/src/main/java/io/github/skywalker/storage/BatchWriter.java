package io.github.skywalker.storage;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Puts batches into the form that they have on disk, and writes them. Pieces of a batch are put
 * together outside the heap and go to the file from there: small enough to stay in the processor's
 * cache on the way. The first piece holds the header, which knows the checksums of all records, and
 * is written last. A batch that is not larger is one write.
 */
final class BatchWriter {

  /** Costs less than the buffer's own methods. */
  private static final VarHandle LONG =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int PIECE_BYTES = 128 << 10;

  /**
   * Of the file's cache: a piece lies outside the heap as it will lie there, to be copied faster.
   */
  private static final int PAGE_BYTES = 4096;

  private final long dataIdHash;
  private final CRC32C crc = new CRC32C();
  private final ByteBuffer rest = outsideTheHeap(PIECE_BYTES);
  private ByteBuffer first = outsideTheHeap(PIECE_BYTES);

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
    ByteBuffer head = firstPiece(offset, recordsAt).position(BatchFormat.HEADER_BYTES);
    GroupSet.encode(groups, head);
    Witness.encode(testimonies, head);
    Pieces pieces = new Pieces(file, offset, head, recordsAt);
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

  private ByteBuffer firstPiece(int offset, int headBytes) {
    int needed = headBytes + BatchFormat.ALIGNMENT;
    if (first.capacity() < needed + PAGE_BYTES) {
      first = outsideTheHeap(2 * needed);
    }
    return first.slice(offset % PAGE_BYTES, Math.max(PIECE_BYTES, needed));
  }

  private static ByteBuffer outsideTheHeap(int bytes) {
    return ByteBuffer.allocateDirect(bytes + 2 * PAGE_BYTES).alignedSlice(PAGE_BYTES);
  }

  /** The batch that is being written, piece by piece. */
  private final class Pieces {
    private final Disk.DiskFile file;
    private final int offset;
    private final ByteBuffer firstPiece;
    private ByteBuffer piece;
    private int used;
    private int written;
    private int firstUsed;

    /** Begins with a piece in which the head of the batch lies already. */
    Pieces(Disk.DiskFile file, int offset, ByteBuffer firstPiece, int headBytes) {
      this.file = file;
      this.offset = offset;
      this.firstPiece = firstPiece;
      this.piece = firstPiece;
      this.used = headBytes;
    }

    private boolean inFirst() {
      return written == 0;
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
      int sum = batch.checksum(at) ^ salt;
      makeRoom(BatchFormat.RECORD_HEADER_BYTES);
      LONG.set(piece, used, pair(sum, batch.code(at) << 24 | head.length));
      LONG.set(piece, used + 8, pair(body.length, batch.group(at)));
      LONG.set(piece, used + 16, batch.instance(at));
      used += BatchFormat.RECORD_HEADER_BYTES;
      if (piece.capacity() - used >= record.bytes()) {
        piece.put(used, head, 0, head.length).put(used + head.length, body, 0, body.length);
        used += head.length + body.length;
      } else {
        putInParts(head);
        putInParts(body);
      }
      return sum;
    }

    /** Two numbers in one, to be put at once. */
    private static long pair(int first, int second) {
      return ((long) first << 32) | (second & 0xFFFFFFFFL);
    }

    private void putInParts(byte[] bytes) throws IOException {
      int from = 0;
      while (from < bytes.length) {
        makeRoom(1);
        int part = Math.min(bytes.length - from, piece.capacity() - used);
        piece.put(used, bytes, from, part);
        used += part;
        from += part;
      }
    }

    void pad(int bytes) throws IOException {
      makeRoom(bytes);
      for (int i = 0; i < bytes; i++) {
        piece.put(used + i, (byte) 0);
      }
      used += bytes;
    }

    /** Begins another piece if this one has not so much room left. */
    private void makeRoom(int bytes) throws IOException {
      if (piece.capacity() - used >= bytes) {
        return;
      }
      if (inFirst()) {
        firstUsed = used;
      } else {
        write(written);
      }
      written += used;
      used = 0;
      piece = rest.slice((offset + written) % PAGE_BYTES, PIECE_BYTES);
    }

    void finish() throws IOException {
      if (!inFirst()) {
        write(written);
        piece = firstPiece;
        used = firstUsed;
      }
      write(0);
    }

    private void write(int at) throws IOException {
      file.write(piece.position(0).limit(used), offset + (long) at);
    }
  }
}
