package io.github.skywalker.storage;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps, outside the journal and outside the heap, where the records of full segments lie. Nothing
 * rests on it: what it has lost is made again from the journal, and each entry carries a checksum
 * of its own. Any thread may call it.
 */
public interface SegmentIndex extends Closeable {

  /**
   * What is kept for one group in one segment.
   *
   * @param group the group
   * @param bytes what to keep
   */
  record Entry(int group, byte[] bytes) {}

  /** Keeps the entries of a segment, and then its summary; not necessarily durable. */
  void put(long segment, List<Entry> entries, byte[] summary) throws IOException;

  /** The entry of a group in a segment; null if it is not there. */
  byte @Nullable [] entry(long segment, int group) throws IOException;

  /** The summary of a segment; null if it is not there. */
  byte @Nullable [] summary(long segment) throws IOException;

  /** The segments of which there is a summary. */
  List<Long> segments() throws IOException;

  /** Forgets a segment. */
  void remove(long segment) throws IOException;
}
