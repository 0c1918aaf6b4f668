package io.github.skywalker.storage;

/**
 * How a journal uses its disk.
 *
 * @param segmentBytes size of a segment file; a batch that is larger gets a file of its own
 * @param reserveBytes free space that no new segment may take
 * @param mustExist whether a directory without a log is refused, because there was one before
 */
public record JournalOptions(int segmentBytes, long reserveBytes, boolean mustExist) {

  /** The least size of a segment. */
  public static final int MIN_SEGMENT_BYTES = 4 << 10;

  /** Checks what it is given. */
  public JournalOptions {
    if (segmentBytes < MIN_SEGMENT_BYTES || segmentBytes % BatchFormat.ALIGNMENT != 0) {
      throw new IllegalArgumentException(
          "segmentBytes is " + segmentBytes + ", not a multiple of 8 from " + MIN_SEGMENT_BYTES);
    }
    if (reserveBytes < 0) {
      throw new IllegalArgumentException("reserveBytes is " + reserveBytes + ", below 0");
    }
  }
}
