package io.github.skywalker.storage;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What each batch tells about the batches before it: which groups they concerned. So that when a
 * batch cannot be read, not even its header, a later one still says which groups may have lost a
 * vote, and the others can go on.
 *
 * <p>A batch bears witness of the one before it and of those that begin within a page of that, each
 * by itself. The first batch of a segment, and one that seals the end, do so for the whole segment
 * before them too, as one set.
 */
final class Witness {

  /** Disks lose whole pages. */
  private static final int PAGE_BYTES = 4096;

  /** Bounds what a batch carries for others. */
  private static final int MAX_GROUPS = 2000;

  private final ArrayDeque<Testimony> recent = new ArrayDeque<>();

  /**
   * Which groups a run of batches concerned.
   *
   * @param first of the batches
   * @param last of the batches
   * @param groups all that any of them concerned
   * @param begin where the first of them begins, in bytes of the whole log
   * @param bytes of all of them
   */
  record Testimony(long first, long last, int[] groups, long begin, long bytes) {}

  /** Forgets everything. */
  void clear() {
    recent.clear();
  }

  /** Takes note of a batch, or of a run of lost ones. */
  void add(Testimony testimony) {
    recent.addLast(testimony);
    long enough = testimony.begin - PAGE_BYTES;
    int kept = 0;
    int count = 0;
    Iterator<Testimony> newestFirst = recent.descendingIterator();
    while (newestFirst.hasNext()) {
      Testimony each = newestFirst.next();
      count += each.groups.length;
      if (kept > 0 && (count > MAX_GROUPS || each.begin <= enough - each.bytes)) {
        break;
      }
      kept++;
    }
    while (recent.size() > kept) {
      recent.removeFirst();
    }
  }

  /**
   * What the next batch says.
   *
   * @param segmentFirst the first batch of the segment of which it tells everything; 0 if it tells
   *     only of the recent ones
   * @param segmentGroups the groups of that segment
   */
  List<Testimony> testimonies(long segmentFirst, int[] segmentGroups) {
    List<Testimony> all = new ArrayList<>(recent);
    Testimony oldest = recent.peekFirst();
    if (segmentFirst > 0 && oldest != null && segmentFirst < oldest.first) {
      all.add(0, new Testimony(segmentFirst, oldest.first - 1, segmentGroups, 0, 0));
    }
    return all;
  }

  static int encodedSize(List<Testimony> testimonies) {
    int size = Varint.size(testimonies.size());
    for (int i = 0; i < testimonies.size(); i++) {
      Testimony each = testimonies.get(i);
      size += Varint.size(each.last - each.first) + GroupSet.encodedSize(each.groups);
    }
    return size;
  }

  static void encode(List<Testimony> testimonies, ByteBuffer into) {
    Varint.put(into, testimonies.size());
    for (int i = 0; i < testimonies.size(); i++) {
      Testimony each = testimonies.get(i);
      Varint.put(into, each.last - each.first);
      GroupSet.encode(each.groups, into);
    }
  }

  /**
   * Reads what {@link #encode} put, which a checksum has shown to be whole.
   *
   * @param next the number of the batch that says it: the last testimony ends just before
   */
  static List<Testimony> decode(ByteBuffer from, long next) {
    int count = (int) Varint.get(from);
    List<Testimony> relative = new ArrayList<>(count);
    long total = 0;
    for (int i = 0; i < count; i++) {
      long more = Varint.get(from);
      relative.add(new Testimony(total, total + more, GroupSet.decode(from), 0, 0));
      total += more + 1;
    }
    List<Testimony> testimonies = new ArrayList<>(count);
    for (Testimony each : relative) {
      long shift = next - total;
      testimonies.add(new Testimony(each.first + shift, each.last + shift, each.groups, 0, 0));
    }
    return testimonies;
  }
}
