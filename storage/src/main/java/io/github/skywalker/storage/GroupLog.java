package io.github.skywalker.storage;

import org.jspecify.annotations.Nullable;

/** What is kept in memory of one group. Guarded by the lock of {@link Positions}. */
final class GroupLog {

  private final int group;

  /** Where the newest state lies. */
  @Nullable Place state;

  /** The highest instance held. */
  long last;

  long cleanedUpTo;

  /** The segment with the newest record that tells {@link #cleanedUpTo}. */
  @Nullable Segment cleanedIn;

  /** In segments before this one, what is at or below {@link #cleanedUpTo} is gone. */
  long cleanBase;

  /** In segments before this one, all values are gone. */
  long dropBase;

  /** The newest segment that holds a record of the group, if that is the open one. */
  @Nullable Segment openSegment;

  /** The values in it. */
  PositionList open = new PositionList();

  GroupLog(int group) {
    this.group = group;
  }

  int group() {
    return group;
  }

  boolean isEmpty() {
    return state == null && last == 0 && cleanedUpTo == 0;
  }
}
