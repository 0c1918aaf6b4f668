package io.github.skywalker.machine;

import java.nio.ByteBuffer;

/**
 * One proposal, as it travels: who proposed it, which of that origin's it is, and for which
 * machine.
 *
 * @param node the origin
 * @param boot the boot count of the origin
 * @param sequence the number among the origin's entries of that boot, from 1 up without a gap
 * @param machine the id of the machine, or {@link #TOMBSTONE}
 * @param fence the master version that it relies on; 0 for none
 * @param bytes holds the payload; shared, never changed
 * @param offset where the payload begins in it
 * @param length how long the payload is
 */
public record Entry(
    int node,
    int boot,
    long sequence,
    int machine,
    long fence,
    byte[] bytes,
    int offset,
    int length) {

  /** In place of a machine id: the entry only fills its place in the sequence. */
  public static final int TOMBSTONE = 0;

  private static final byte[] NOTHING = new byte[0];

  /** The entry that takes the place of one which was given up. */
  public static Entry tombstone(int node, int boot, long sequence) {
    return new Entry(node, boot, sequence, TOMBSTONE, 0, NOTHING, 0, 0);
  }

  /** Whether it only fills its place. */
  public boolean isTombstone() {
    return machine == TOMBSTONE;
  }

  /**
   * How many bytes it takes in a value. What entries of one origin share, which is no more than 24
   * bytes, is written once for all of them, and does not count.
   */
  public int bytesInValue() {
    return ValueCodec.size(this);
  }

  /** The payload, read-only, backed by the shared bytes. */
  public ByteBuffer payload() {
    ByteBuffer whole = ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    return length == bytes.length ? whole : whole.slice(offset, length);
  }
}
