package io.github.skywalker.storage;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How batches and records lie in a segment. Numbers are big-endian.
 *
 * <pre>
 * batch, at a multiple of 8 bytes:
 *    0  magic and format version
 *    8  number of the batch, rising by one through the whole log
 *   16  number of the first batch in this segment: the segment's name for life
 *   24  number of the oldest batch that was still needed when this one was written
 *   32  hash of the data id
 *   40  bytes of the groups block
 *   44  bytes of the records
 *   48  hash of the checksums of the records, in their order
 *   52  CRC32C of all above, and of the groups block, mixed with the offset in the file
 *   56  groups block: the groups of this batch, and what it tells of those before it (Witness)
 *       records
 *
 * record:
 *    0  CRC32C of all below, mixed with the segment's name
 *    4  kind (1 byte), bytes of the head (3 bytes)
 *    8  bytes of the body
 *   12  group
 *   16  instance
 *   24  head, body
 * </pre>
 */
final class BatchFormat {

  /** "SKYWLOG" and the version of the format. */
  static final long MAGIC = 0x534B59574C4F4701L;

  static final int HEADER_BYTES = 56;
  static final int RECORD_HEADER_BYTES = 24;
  static final int ALIGNMENT = 8;
  static final int MAX_HEAD_BYTES = (1 << 24) - 1;

  static final byte STATE = 1;
  static final byte VALUE = 2;
  static final byte CLEAN = 3;
  static final byte DROP = 4;

  /** Says only up to where was cleaned: everything that it concerned is gone already. */
  static final byte CLEANED = 5;

  private static final int CRC_AT = 52;

  private BatchFormat() {}

  /**
   * The header of a batch whose own checksum is right.
   *
   * @param number of the batch
   * @param base number of the first batch in its segment
   * @param oldest number of the oldest batch that was needed
   * @param offset where the batch begins in its file
   * @param groupBytes bytes of the groups block
   * @param recordBytes bytes of the records
   * @param recordsHash hash of their checksums
   */
  record Header(
      long number,
      long base,
      long oldest,
      int offset,
      int groupBytes,
      int recordBytes,
      int recordsHash) {

    int groupsAt() {
      return offset + HEADER_BYTES;
    }

    int recordsAt() {
      return offset + HEADER_BYTES + groupBytes;
    }

    int recordsEnd() {
      return recordsAt() + recordBytes;
    }

    /** Where the next batch begins. */
    int end() {
      return align(recordsEnd());
    }

    /** The groups of which this batch holds records. */
    int[] groups(ByteBuffer file) {
      return GroupSet.decode(file.duplicate().position(groupsAt()));
    }

    /** What this batch tells of those before it. */
    List<Witness.Testimony> testimonies(ByteBuffer file) {
      ByteBuffer block = file.duplicate().position(groupsAt());
      GroupSet.decode(block);
      return Witness.decode(block, number);
    }

    /**
     * Whether the records are as they were written. Each has its own checksum; the hash over these
     * finds records of a former batch among those of this one.
     */
    boolean recordsIntact(ByteBuffer file, CRC32C crc) {
      int at = recordsAt();
      int end = recordsEnd();
      if (end > file.limit()) {
        return false;
      }
      long hash = 0;
      while (end - at >= RECORD_HEADER_BYTES) {
        long length = recordLength(file, at);
        if (length < RECORD_HEADER_BYTES || length > end - at) {
          return false;
        }
        int found = recordCrc(crc, base, file, at, (int) length);
        if (found != file.getInt(at)) {
          return false;
        }
        hash = mix(hash, found);
        at += (int) length;
      }
      return at == end && fold(hash) == recordsHash;
    }
  }

  private static long recordLength(ByteBuffer file, int at) {
    int headLength = file.getInt(at + 4) & MAX_HEAD_BYTES;
    return (long) RECORD_HEADER_BYTES + headLength + file.getInt(at + 8);
  }

  /** How a kind stands on disk, save for a record that cleans nothing any more. */
  static byte code(LogRecord.Kind kind) {
    return switch (kind) {
      case STATE -> STATE;
      case VALUE -> VALUE;
      case CLEAN -> CLEAN;
      case DROP -> DROP;
    };
  }

  /** The checksum of a record, before it is mixed with the name of its segment. */
  static int checksum(byte code, int group, long instance, byte[] head, byte[] body) {
    ByteBuffer header =
        ByteBuffer.allocate(RECORD_HEADER_BYTES - Integer.BYTES)
            .putInt(code << 24 | head.length)
            .putInt(body.length)
            .putInt(group)
            .putLong(instance);
    CRC32C crc = new CRC32C();
    crc.update(header.array(), 0, header.position());
    crc.update(head, 0, head.length);
    crc.update(body, 0, body.length);
    return (int) crc.getValue();
  }

  /** Adds the checksum of a record to the hash of those before it. */
  static long mix(long hash, int recordCrc) {
    return (hash ^ (recordCrc & 0xFFFFFFFFL)) * 0x9E3779B97F4A7C15L + 1;
  }

  static int fold(long hash) {
    return (int) (hash >>> 32) ^ (int) hash;
  }

  static int align(int position) {
    return (position + ALIGNMENT - 1) & -ALIGNMENT;
  }

  /**
   * Puts a header before its groups block, which lies in the buffer already.
   *
   * @param batch begins with the header
   * @param header with the offset of the batch in its file
   */
  static void putHeader(ByteBuffer batch, Header header, long dataIdHash, CRC32C crc) {
    batch
        .putLong(0, MAGIC)
        .putLong(8, header.number)
        .putLong(16, header.base)
        .putLong(24, header.oldest)
        .putLong(32, dataIdHash)
        .putInt(40, header.groupBytes)
        .putInt(44, header.recordBytes)
        .putInt(48, header.recordsHash)
        .putInt(CRC_AT, headerCrc(batch, 0, header.groupBytes, crc) ^ salt(header.offset));
  }

  /** Whether a batch seems to begin here: worth a closer look. */
  static boolean mayBegin(ByteBuffer file, int offset) {
    return offset + HEADER_BYTES <= file.limit() && file.getLong(offset) == MAGIC;
  }

  /**
   * Reads a header.
   *
   * @param file holds the whole file, or its beginning
   * @return null if there is none, or its checksum is wrong: a batch that stands where it was not
   *     written is none
   */
  static @Nullable Header header(ByteBuffer file, int offset, CRC32C crc) {
    return header(file, offset, offset, crc);
  }

  /**
   * Reads a header from a part of a file.
   *
   * @param offset where it is in the buffer, and what the header says of that
   * @param written where it is in the file
   */
  static @Nullable Header header(ByteBuffer file, int offset, int written, CRC32C crc) {
    if (!mayBegin(file, offset)) {
      return null;
    }
    int groupBytes = file.getInt(offset + 40);
    int recordBytes = file.getInt(offset + 44);
    if (groupBytes < 0
        || recordBytes < 0
        || (long) offset + HEADER_BYTES + groupBytes > file.limit()
        || (headerCrc(file, offset, groupBytes, crc) ^ salt(written))
            != file.getInt(offset + CRC_AT)) {
      return null;
    }
    return new Header(
        file.getLong(offset + 8),
        file.getLong(offset + 16),
        file.getLong(offset + 24),
        offset,
        groupBytes,
        recordBytes,
        file.getInt(offset + 48));
  }

  static long dataIdHash(ByteBuffer file, Header header) {
    return file.getLong(header.offset + 32);
  }

  private static int headerCrc(ByteBuffer file, int offset, int groupBytes, CRC32C crc) {
    crc.reset();
    update(crc, file, offset, CRC_AT);
    update(crc, file, offset + HEADER_BYTES, groupBytes);
    return (int) crc.getValue();
  }

  static int crcOf(CRC32C crc, ByteBuffer file, int offset, int length) {
    crc.reset();
    update(crc, file, offset, length);
    return (int) crc.getValue();
  }

  /** The checksum of a record, its own place left out. */
  static int recordCrc(CRC32C crc, long base, ByteBuffer file, int offset, int length) {
    return crcOf(crc, file, offset + 4, length - 4) ^ salt(base);
  }

  /**
   * What a checksum is mixed with: in records the name of the segment, which tells them from those
   * that an earlier segment left in the same file; in headers the place.
   */
  static int salt(long number) {
    return fold(mix(0, (int) number ^ (int) (number >>> 32)));
  }

  private static void update(CRC32C crc, ByteBuffer file, int offset, int length) {
    if (file.hasArray()) {
      crc.update(file.array(), file.arrayOffset() + offset, length);
    } else {
      crc.update(file.duplicate().limit(offset + length).position(offset));
    }
  }
}
