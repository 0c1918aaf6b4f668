package io.github.skywalker.storage;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One stretch of the log, in one file, and what is known about it in memory. Its name is the number
 * of its first batch. While it is the newest one it is open, and each group keeps its own positions
 * in it; once sealed it no longer changes, except that the positions may be left to the index.
 */
final class Segment {

  /** What a sealed segment holds of one group. */
  record Holding(int group, long first, long last, long bytes) {}

  private final SegmentFile file;
  private final long base;

  // Set when sealed.
  private long lastBatch;
  private int end;
  private int[] groups = GroupSet.NONE;
  private long[] first = new long[0];
  private long[] last = new long[0];
  private long[] bytes = new long[0];

  private volatile PositionList @Nullable [] positions;
  private volatile boolean indexed;
  private volatile boolean retired;

  Segment(SegmentFile file, long base) {
    this.file = file;
    this.base = base;
  }

  SegmentFile file() {
    return file;
  }

  /** The number of its first batch. */
  long base() {
    return base;
  }

  /** The number of its last batch. */
  long lastBatch() {
    return lastBatch;
  }

  /** Where what was written to it ends. */
  int end() {
    return end;
  }

  /** No more is written to it. */
  void seal(long lastBatch, int end, int[] groups, PositionList[] positions) {
    this.lastBatch = lastBatch;
    this.end = end;
    this.groups = groups;
    this.first = new long[groups.length];
    this.last = new long[groups.length];
    this.bytes = new long[groups.length];
    for (int i = 0; i < groups.length; i++) {
      PositionList list = positions[i];
      if (list.count() > 0) {
        first[i] = list.instance(0);
        last[i] = list.instance(list.count() - 1);
        bytes[i] = list.bytes();
      }
    }
    this.positions = positions;
  }

  /** The groups of which it holds any record. */
  int[] groups() {
    return groups;
  }

  int find(int group) {
    return Arrays.binarySearch(groups, group);
  }

  /** What it holds of the group at a place of {@link #groups}; last is 0 if no value. */
  Holding holding(int at) {
    return new Holding(groups[at], first[at], last[at], bytes[at]);
  }

  boolean mayHold(int at, long instance) {
    return instance >= first[at] && instance <= last[at];
  }

  /** The positions for each of its groups; null if only the index has them. */
  PositionList @Nullable [] positions() {
    return positions;
  }

  void setPositions(PositionList @Nullable [] positions) {
    this.positions = positions;
  }

  boolean indexed() {
    return indexed;
  }

  void setIndexed(boolean indexed) {
    this.indexed = indexed;
  }

  /** Whether nobody needs it any more, so that its file may hold another one by now. */
  boolean retired() {
    return retired;
  }

  void retire() {
    retired = true;
  }
}
