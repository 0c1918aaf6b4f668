package io.github.skywalker.storage;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;

/**
 * Finds out which groups lost batches may have concerned. A batch with an intact header says it
 * itself; of the others, the batches behind them tell (see {@link Witness}). Where neither is left,
 * any group may have lost a vote, and the log as a whole is refused: a group of which nothing else
 * was ever written could not even be named.
 */
final class Losses {

  /**
   * Batches that must have been on disk and cannot be read.
   *
   * @param first of them
   * @param last of them
   * @param where they are missed: file, offset, what was found
   */
  record Gap(long first, long last, String where) {

    String sentence() {
      String batches = first == last ? "Batch " + first : "Batches " + first + " to " + last;
      return batches + " of the log cannot be read: " + where + ".";
    }
  }

  private final List<SegmentScan> scans;
  private final Map<Integer, String> damage = new TreeMap<>();
  private final NavigableMap<Long, List<Witness.Testimony>> testimonies = new TreeMap<>();

  Losses(List<SegmentScan> scans) {
    this.scans = scans;
  }

  /** For each group concerned so far, what was found. */
  Map<Integer, String> damage() {
    return damage;
  }

  /**
   * Adds the groups that a gap concerned.
   *
   * @return those groups
   * @throws DamagedException if nothing tells which they were
   */
  int[] add(Gap gap) throws IOException {
    List<long[]> unknown = new ArrayList<>();
    unknown.add(new long[] {gap.first, gap.last});
    SortedSet<Integer> groups = new TreeSet<>();
    for (SegmentScan scan : scans) {
      for (SegmentScan.Broken broken : scan.broken()) {
        long number = broken.header().number();
        if (number >= gap.first && number <= gap.last) {
          take(unknown, number, number);
          for (int group : broken.groups()) {
            groups.add(group);
            damage.putIfAbsent(
                group,
                "Batch "
                    + number
                    + " of the log, at offset "
                    + broken.header().offset()
                    + " of "
                    + broken.file()
                    + ", cannot be read: the checksum of its records is wrong.");
          }
        }
      }
    }
    askLaterBatches(gap, unknown, groups);
    if (!unknown.isEmpty()) {
      throw new DamagedException(
          gap.sentence()
              + " Which groups they concerned cannot be told, so none of this node may vote."
              + " Nothing was changed. Put the files back as they were, or give the node up and"
              + " let a new one, with a new id and an empty data directory, take its place.");
    }
    for (int group : groups) {
      damage.putIfAbsent(group, gap.sentence());
    }
    return groups.stream().mapToInt(group -> group).toArray();
  }

  /**
   * The nearest ones first: what a batch tells that was written before the loss is what was there.
   */
  private void askLaterBatches(Gap gap, List<long[]> unknown, Set<Integer> groups)
      throws IOException {
    for (Map.Entry<Long, List<Witness.Testimony>> batch :
        allTestimonies().tailMap(gap.first, false).entrySet()) {
      if (unknown.isEmpty()) {
        return;
      }
      for (Witness.Testimony testimony : batch.getValue()) {
        if (take(unknown, testimony.first(), testimony.last())) {
          for (int group : testimony.groups()) {
            groups.add(group);
          }
        }
      }
    }
  }

  /** What each batch tells of those before it, by its number. */
  private NavigableMap<Long, List<Witness.Testimony>> allTestimonies() throws IOException {
    if (!testimonies.isEmpty()) {
      return testimonies;
    }
    CRC32C crc = new CRC32C();
    for (SegmentScan scan : scans) {
      ByteBuffer content = SegmentReplay.read(scan.file(), scan.file().capacity(), null);
      BatchFormat.Header batch = SegmentScan.next(content, 0, crc);
      while (batch != null) {
        if (scan.isOfThisLog(content, batch)) {
          testimonies.putIfAbsent(batch.number(), batch.testimonies(content));
        }
        int step = batch.recordsIntact(content, crc) ? batch.end() : batch.offset() + 1;
        batch = SegmentScan.next(content, BatchFormat.align(step), crc);
      }
    }
    return testimonies;
  }

  /** Takes some numbers out of what is unknown; false if none of them was. */
  @CanIgnoreReturnValue
  private static boolean take(List<long[]> unknown, long first, long last) {
    boolean any = false;
    for (int i = unknown.size() - 1; i >= 0; i--) {
      long[] range = unknown.get(i);
      if (first > range[1] || last < range[0]) {
        continue;
      }
      any = true;
      unknown.remove(i);
      if (range[0] < first) {
        unknown.add(new long[] {range[0], first - 1});
      }
      if (last < range[1]) {
        unknown.add(new long[] {last + 1, range[1]});
      }
    }
    return any;
  }
}
