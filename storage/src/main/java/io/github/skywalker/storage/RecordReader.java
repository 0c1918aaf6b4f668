package io.github.skywalker.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Reads single records, and takes none for another. */
final class RecordReader {

  private RecordReader() {}

  /**
   * Reads a record.
   *
   * @param code its kind on disk
   * @return null if its segment was retired in the meantime, so that something else may lie there
   * @throws DamagedException if it is not there though it must be
   */
  static @Nullable LogRecord read(
      Place place, int group, LogRecord.Kind kind, int code, long instance) throws IOException {
    Segment segment = place.segment();
    ByteBuffer bytes = ByteBuffer.allocate(place.length());
    try {
      segment.file().file().read(bytes, place.offset());
    } catch (IOException e) {
      if (segment.retired()) {
        return null;
      }
      throw e;
    }
    bytes.flip();
    if (isRecord(bytes, place, segment.base(), group, code, instance)) {
      byte[] head = new byte[bytes.getInt(4) & BatchFormat.MAX_HEAD_BYTES];
      byte[] body = new byte[bytes.getInt(8)];
      bytes.position(BatchFormat.RECORD_HEADER_BYTES).get(head).get(body);
      int checksum = bytes.getInt(0) ^ BatchFormat.salt(segment.base());
      return new LogRecord(group, kind, instance, head, body, checksum);
    }
    if (segment.retired()) {
      return null;
    }
    throw new DamagedException(
        "The record of group "
            + group
            + " at instance "
            + instance
            + ", at offset "
            + place.offset()
            + " of "
            + segment.file()
            + ", is not what was written there. Nothing was changed. Stop the node and look at the"
            + " disk.");
  }

  private static boolean isRecord(
      ByteBuffer bytes, Place place, long base, int group, int code, long instance) {
    return bytes.limit() == place.length()
        && BatchFormat.recordCrc(new CRC32C(), base, bytes, 0, place.length()) == bytes.getInt(0)
        && bytes.get(4) == code
        && bytes.getInt(12) == group
        && bytes.getLong(16) == instance
        && SegmentReplay.length(bytes.getInt(4), bytes.getInt(8)) == place.length();
  }
}
