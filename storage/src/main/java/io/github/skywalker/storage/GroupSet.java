package io.github.skywalker.storage;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Sets of groups as sorted arrays without repeats, and their form on disk. */
final class GroupSet {

  static final int[] NONE = new int[0];

  private GroupSet() {}

  /** Sorts the first so many of an array, which it may change, and takes out repeats. */
  static int[] sorted(int[] groups, int count) {
    if (count == 0) {
      return NONE;
    }
    if (count > 1) {
      Arrays.sort(groups, 0, count);
    }
    int kept = 1;
    for (int i = 1; i < count; i++) {
      if (groups[i] != groups[kept - 1]) {
        groups[kept++] = groups[i];
      }
    }
    return kept == groups.length ? groups : Arrays.copyOf(groups, kept);
  }

  static int encodedSize(int[] groups) {
    int size = Varint.size(groups.length);
    int before = 0;
    for (int group : groups) {
      size += Varint.size(group - before);
      before = group;
    }
    return size;
  }

  static void encode(int[] groups, ByteBuffer into) {
    Varint.put(into, groups.length);
    int before = 0;
    for (int group : groups) {
      Varint.put(into, group - before);
      before = group;
    }
  }

  /** Reads what {@link #encode} put, which a checksum has shown to be whole. */
  static int[] decode(ByteBuffer from) {
    int[] groups = new int[(int) Varint.get(from)];
    int before = 0;
    for (int i = 0; i < groups.length; i++) {
      before += (int) Varint.get(from);
      groups[i] = before;
    }
    return groups;
  }
}
