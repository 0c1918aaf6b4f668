package io.github.skywalker.machine;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The last executed entry of every origin, a part of the group's replicated state: what makes an
 * entry that was sent twice run once, and the entries of one origin run in their order. Rows are
 * never deleted: an origin that was removed may come back, and its old entries with it.
 */
public final class OriginTable {

  /**
   * The last executed entry of one origin.
   *
   * @param boot its boot count
   * @param sequence its sequence number
   */
  public record Row(int boot, long sequence) {
    /** Nothing was executed yet. */
    public static final Row NONE = new Row(0, 0);

    /** Whether the next entry of this origin is this one. */
    public boolean isFollowedBy(int nextBoot, long nextSequence) {
      return nextBoot == boot ? nextSequence == sequence + 1 : nextBoot > boot && nextSequence == 1;
    }
  }

  private final SortedMap<Integer, Row> rows = new TreeMap<>();

  /** The row of an origin. */
  public Row row(int node) {
    return rows.getOrDefault(node, Row.NONE);
  }

  /** Takes an entry if it is its origin's next one; says whether it is. */
  boolean admit(Entry entry) {
    if (!row(entry.node()).isFollowedBy(entry.boot(), entry.sequence())) {
      return false;
    }
    rows.put(entry.node(), new Row(entry.boot(), entry.sequence()));
    return true;
  }

  /** Takes the rows of a checkpoint in the place of its own. */
  void become(SortedMap<Integer, Row> others) {
    rows.clear();
    rows.putAll(others);
  }

  /** All rows, by node id; a view. */
  public SortedMap<Integer, Row> rows() {
    return java.util.Collections.unmodifiableSortedMap(rows);
  }
}
