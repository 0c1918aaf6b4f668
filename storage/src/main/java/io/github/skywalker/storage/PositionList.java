package io.github.skywalker.storage;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Where the values of one group lie in one segment, sorted by instance. Instances mostly come in
 * rising order, so that putting one in mostly means putting it at the end.
 */
final class PositionList {

  private long[] instances = new long[4];
  private int[] offsets = new int[4];
  private int[] lengths = new int[4];
  private int count;

  int count() {
    return count;
  }

  long instance(int at) {
    return instances[at];
  }

  int offset(int at) {
    return offsets[at];
  }

  int length(int at) {
    return lengths[at];
  }

  /** Where an instance stands in the list; negative if it does not. */
  int find(long instance) {
    return Arrays.binarySearch(instances, 0, count, instance);
  }

  /** Sets where the newest value of an instance lies. */
  void put(long instance, int offset, int length) {
    int at = count;
    if (at == instances.length || (at > 0 && instance <= instances[at - 1])) {
      at = makeRoom(instance);
    } else {
      count = at + 1;
    }
    instances[at] = instance;
    offsets[at] = offset;
    lengths[at] = length;
  }

  /** Where an instance stands in the list, or is to stand from now on. */
  private int makeRoom(long instance) {
    int found = find(instance);
    if (found >= 0) {
      return found;
    }
    int at = -found - 1;
    if (count == instances.length) {
      int capacity = count * 2;
      instances = Arrays.copyOf(instances, capacity);
      offsets = Arrays.copyOf(offsets, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
    }
    System.arraycopy(instances, at, instances, at + 1, count - at);
    System.arraycopy(offsets, at, offsets, at + 1, count - at);
    System.arraycopy(lengths, at, lengths, at + 1, count - at);
    count++;
    return at;
  }

  /** Forgets an instance and everything below it. */
  void removeUpTo(long instance) {
    int found = find(instance);
    int gone = found >= 0 ? found + 1 : -found - 1;
    if (gone > 0) {
      System.arraycopy(instances, gone, instances, 0, count - gone);
      System.arraycopy(offsets, gone, offsets, 0, count - gone);
      System.arraycopy(lengths, gone, lengths, 0, count - gone);
      count -= gone;
    }
  }

  /** The bytes of all records in the list. */
  long bytes() {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += lengths[i];
    }
    return sum;
  }

  /** Takes no more room than needed from now on. */
  void trim() {
    if (instances.length > count) {
      instances = Arrays.copyOf(instances, Math.max(1, count));
      offsets = Arrays.copyOf(offsets, Math.max(1, count));
      lengths = Arrays.copyOf(lengths, Math.max(1, count));
    }
  }

  /** The most bytes that {@link #encode} puts. */
  int maxEncodedSize() {
    return 5 + count * (10 + 5 + 5);
  }

  void encode(ByteBuffer into) {
    Varint.put(into, count);
    long instance = 0;
    long offset = 0;
    for (int i = 0; i < count; i++) {
      Varint.put(into, Varint.fold(instances[i] - instance));
      Varint.put(into, Varint.fold(offsets[i] - offset));
      Varint.put(into, lengths[i]);
      instance = instances[i];
      offset = offsets[i] + (long) lengths[i];
    }
  }

  /** Reads what {@link #encode} put, which a checksum has shown to be whole. */
  static PositionList decode(ByteBuffer from) {
    PositionList list = new PositionList();
    int count = (int) Varint.get(from);
    list.instances = new long[Math.max(1, count)];
    list.offsets = new int[Math.max(1, count)];
    list.lengths = new int[Math.max(1, count)];
    list.count = count;
    long instance = 0;
    long offset = 0;
    for (int i = 0; i < count; i++) {
      instance += Varint.unfold(Varint.get(from));
      offset += Varint.unfold(Varint.get(from));
      list.instances[i] = instance;
      list.offsets[i] = (int) offset;
      list.lengths[i] = (int) Varint.get(from);
      offset += list.lengths[i];
    }
    return list;
  }
}
