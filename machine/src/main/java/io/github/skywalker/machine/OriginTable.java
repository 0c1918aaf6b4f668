package io.github.skywalker.machine;

import java.util.Collections;
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

  /** The row of the origin whose entries are being admitted: most often they come in long runs. */
  private int runOf;

  private int runBoot;
  private long runSequence;

  /** The row of an origin. */
  public Row row(int node) {
    endRun();
    return rows.getOrDefault(node, Row.NONE);
  }

  /** Takes an entry if it is its origin's next one; says whether it is. */
  boolean admit(Entry entry) {
    if (entry.node() == runOf && entry.boot() == runBoot && entry.sequence() == runSequence + 1) {
      runSequence++;
      return true;
    }
    if (!row(entry.node()).isFollowedBy(entry.boot(), entry.sequence())) {
      return false;
    }
    runOf = entry.node();
    runBoot = entry.boot();
    runSequence = entry.sequence();
    return true;
  }

  /** Takes the rows of a checkpoint in the place of its own. */
  void become(SortedMap<Integer, Row> others) {
    runOf = 0;
    rows.clear();
    rows.putAll(others);
  }

  private void endRun() {
    if (runOf != 0) {
      rows.put(runOf, new Row(runBoot, runSequence));
      runOf = 0;
    }
  }

  /** All rows, by node id; a view. */
  public SortedMap<Integer, Row> rows() {
    endRun();
    return Collections.unmodifiableSortedMap(rows);
  }
}
