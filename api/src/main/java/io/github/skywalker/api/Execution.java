package io.github.skywalker.api;

import java.nio.ByteBuffer;

/**
 * One proposal, chosen, in its place in the group's order.
 *
 * @param group the group
 * @param instance the instance that decided it; several executions may share one
 * @param origin the id of the node at which it was proposed
 * @param value the proposed bytes: read-only, valid only until {@code execute} returns
 */
public record Execution(int group, long instance, int origin, ByteBuffer value) {

  /** A copy of the proposed bytes, the caller's own. */
  public byte[] copyValue() {
    byte[] copy = new byte[value.remaining()];
    value.duplicate().get(copy);
    return copy;
  }
}
