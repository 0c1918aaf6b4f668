package io.github.skywalker.storage;

/**
 * One record of a group's log, as bytes: the store knows groups, instances and kinds, and nothing
 * of what the bytes mean.
 *
 * @param group the group, from 0 up
 * @param kind what the record does to the records before it
 * @param instance the instance; see each {@link Kind}
 * @param head a small part that the writer of the record made for it; not changed afterwards
 * @param body a large part that may be shared with others, a value; not changed afterwards
 */
public record LogRecord(int group, Kind kind, long instance, byte[] head, byte[] body) {

  /** No bytes. */
  public static final byte[] EMPTY = new byte[0];

  /** What a record does. */
  public enum Kind {
    /** The state of the group; takes the place of the state before it. Its instance is 0. */
    STATE,
    /** What the group holds at an instance, from 1 up; takes the place of what it held there. */
    VALUE,
    /**
     * Everything the group holds at this instance and below it may go; its state stays. No bytes.
     * One that is not above an earlier one changes nothing. A value written later, at an instance
     * that was cleaned away before, is held like any other: who cleans does not write there again.
     */
    CLEAN,
    /**
     * Everything the group holds at any instance may go; its state stays, and so does the instance
     * up to which it has cleaned. Its own instance is 0. No bytes.
     */
    DROP
  }
}
