package io.github.skywalker.storage;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** What was found in a segment file when the log was opened, whatever ought to be there. */
final class SegmentScan {

  /**
   * Batches that follow one another without a hole and are intact.
   *
   * @param file that holds them
   * @param base of their segment
   * @param first number
   * @param begin where the first one begins
   * @param last header of the last one
   */
  record Run(SegmentFile file, long base, long first, int begin, BatchFormat.Header last) {

    /**
     * Finds one of the batches when the file is read again.
     *
     * @return its header; null if anything else is read there, and be it another batch
     */
    BatchFormat.@Nullable Header batch(long number, ByteBuffer content, int at, CRC32C crc) {
      BatchFormat.Header found = BatchFormat.header(content, at, crc);
      return found != null && found.number() == number && found.base() == base ? found : null;
    }
  }

  /**
   * A batch with an intact header and other records than it was written with.
   *
   * @param file that holds it
   * @param header its header
   * @param groups of which it held records
   */
  record Broken(SegmentFile file, BatchFormat.Header header, int[] groups) {}

  private final SegmentFile file;
  private final long dataIdHash;
  private final List<Run> runs = new ArrayList<>();
  private final List<Broken> broken = new ArrayList<>();

  SegmentScan(SegmentFile file, ByteBuffer content, long dataIdHash) throws DamagedException {
    this.file = file;
    this.dataIdHash = dataIdHash;
    CRC32C crc = new CRC32C();
    Run run = null;
    BatchFormat.Header batch = next(content, 0, crc);
    while (batch != null) {
      if (!isOfThisLog(content, batch)) {
        if (batch.offset() > 0) { // Part of a value, if somebody keeps such files in his log.
          batch = next(content, batch.offset() + BatchFormat.ALIGNMENT, crc);
          continue;
        }
        throw new DamagedException(
            file
                + " holds, at offset "
                + batch.offset()
                + ", a part of the log of another data directory. Nothing was changed; put the"
                + " right file back.");
      }
      int from = batch.end();
      if (!batch.recordsIntact(content, crc)) {
        broken.add(new Broken(file, batch, batch.groups(content)));
        from = batch.offset() + BatchFormat.ALIGNMENT;
      } else if (run != null && follows(batch, run)) {
        run = new Run(file, run.base, run.first, run.begin, batch);
        runs.set(runs.size() - 1, run);
      } else {
        run = new Run(file, batch.base(), batch.number(), batch.offset(), batch);
        runs.add(run);
      }
      batch = next(content, from, crc);
    }
  }

  boolean isOfThisLog(ByteBuffer content, BatchFormat.Header batch) {
    return BatchFormat.dataIdHash(content, batch) == dataIdHash;
  }

  private static boolean follows(BatchFormat.Header batch, Run run) {
    return batch.number() == run.last.number() + 1
        && batch.base() == run.base
        && batch.offset() == run.last.end();
  }

  /** The next header that is intact, at an offset or behind it; null if there is none. */
  static BatchFormat.@Nullable Header next(ByteBuffer content, int from, CRC32C crc) {
    int last = content.limit() - BatchFormat.HEADER_BYTES;
    for (int at = from; at <= last; at += BatchFormat.ALIGNMENT) {
      if (content.getLong(at) == BatchFormat.MAGIC) {
        BatchFormat.Header header = BatchFormat.header(content, at, crc);
        if (header != null) {
          return header;
        }
      }
    }
    return null;
  }

  SegmentFile file() {
    return file;
  }

  List<Run> runs() {
    return runs;
  }

  List<Broken> broken() {
    return broken;
  }
}
