package io.github.skywalker.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Goes through what a segment holds, record by record. */
final class SegmentReplay {

  /** Hears of each record. */
  @FunctionalInterface
  interface Visitor {
    void record(int code, int group, long instance, int offset, int length);
  }

  private SegmentReplay() {}

  /** Reads the first bytes of a file, into an array of its own or a large enough buffer. */
  static ByteBuffer read(SegmentFile file, int length, @Nullable ByteBuffer reuse)
      throws IOException {
    ByteBuffer into =
        reuse != null && reuse.capacity() >= length ? reuse.clear() : ByteBuffer.allocate(length);
    into.limit(length);
    file.file().read(into, 0);
    return into.flip();
  }

  /** Tells all records of a batch that is intact. */
  static void records(ByteBuffer content, BatchFormat.Header batch, Visitor visitor) {
    int at = batch.recordsAt();
    int end = batch.recordsEnd();
    while (at < end) {
      int kindAndHead = content.getInt(at + 4);
      int length = length(kindAndHead, content.getInt(at + 8));
      visitor.record(
          kindAndHead >>> 24, content.getInt(at + 12), content.getLong(at + 16), at, length);
      at += length;
    }
  }

  static int length(int kindAndHead, int bodyLength) {
    return BatchFormat.RECORD_HEADER_BYTES
        + (kindAndHead & BatchFormat.MAX_HEAD_BYTES)
        + bodyLength;
  }

  /**
   * Makes the positions of a sealed segment again.
   *
   * @return null if it was retired in the meantime
   * @throws DamagedException if its file no longer holds what it held
   */
  static PositionList @Nullable [] positions(Segment segment) throws IOException {
    ByteBuffer content;
    try {
      content = read(segment.file(), segment.end(), null);
    } catch (IOException e) {
      if (segment.retired()) {
        return null;
      }
      throw e;
    }
    CRC32C crc = new CRC32C();
    Map<Integer, PositionList> lists = new HashMap<>();
    Map<Integer, Long> cleaned = new HashMap<>();
    long expected = segment.base();
    int at = 0;
    while (at < content.limit()) {
      BatchFormat.Header batch = BatchFormat.header(content, at, crc);
      if (batch == null
          || batch.base() != segment.base()
          || batch.number() != expected
          || !batch.recordsIntact(content, crc)) {
        break;
      }
      records(
          content,
          batch,
          (code, group, instance, offset, length) -> {
            PositionList list = lists.computeIfAbsent(group, unused -> new PositionList());
            if (code == BatchFormat.VALUE) {
              list.put(instance, offset, length);
            } else if (code == BatchFormat.CLEAN && instance > cleaned.getOrDefault(group, 0L)) {
              cleaned.put(group, instance);
              list.removeUpTo(instance);
            } else if (code == BatchFormat.DROP) {
              lists.put(group, new PositionList());
            }
          });
      expected++;
      at = batch.end();
    }
    if (segment.retired()) {
      return null;
    }
    int[] groups =
        GroupSet.sorted(lists.keySet().stream().mapToInt(g -> g).toArray(), lists.size());
    if (expected != segment.lastBatch() + 1 || !Arrays.equals(groups, segment.groups())) {
      throw new DamagedException(
          segment.file()
              + " no longer holds what it held: batch "
              + expected
              + ", expected at offset "
              + at
              + ", cannot be read. Nothing was changed. Stop the node and look at the disk.");
    }
    PositionList[] positions = new PositionList[groups.length];
    for (int i = 0; i < groups.length; i++) {
      positions[i] = lists.getOrDefault(groups[i], new PositionList());
    }
    return positions;
  }
}
