package io.github.skywalker.storage;

/**
 * One record of a group's log, as bytes: the store knows groups, instances and kinds, and nothing
 * of what the bytes mean.
 *
 * <p>Its checksum is computed where it is made: by the group's own loop, which has just touched the
 * bytes, beside the sync of another batch, and not by the one thread that writes for all.
 */
public final class LogRecord {

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

  private final int group;
  private final Kind kind;
  private final long instance;
  private final byte[] head;
  private final byte[] body;
  private final long bytes;
  private final int checksum;

  /**
   * A new record.
   *
   * @param group the group, from 0 up
   * @param kind what the record does to the records before it
   * @param instance the instance; see each {@link Kind}
   * @param head a small part that the writer of the record made for it; not changed afterwards
   * @param body a large part that may be shared with others, a value; not changed afterwards
   */
  public LogRecord(int group, Kind kind, long instance, byte[] head, byte[] body) {
    this(
        group,
        kind,
        instance,
        head,
        body,
        BatchFormat.checksum(BatchFormat.code(kind), group, instance, head, body));
  }

  /** One that was read, and whose checksum was found to be right. */
  LogRecord(int group, Kind kind, long instance, byte[] head, byte[] body, int checksum) {
    this.group = group;
    this.kind = kind;
    this.instance = instance;
    this.head = head;
    this.body = body;
    this.bytes = head.length + (long) body.length;
    this.checksum = checksum;
  }

  /** The group, from 0 up. */
  public int group() {
    return group;
  }

  /** What the record does to the records before it. */
  public Kind kind() {
    return kind;
  }

  /** The instance; see each {@link Kind}. */
  public long instance() {
    return instance;
  }

  /** The small part; not to be changed. */
  public byte[] head() {
    return head;
  }

  /** The large part; not to be changed. */
  public byte[] body() {
    return body;
  }

  /** Bytes of head and body; does not touch them, which may lie in another processor's cache. */
  long bytes() {
    return bytes;
  }

  /** Of the record as it is on disk, before it is mixed with the name of a segment. */
  int checksum() {
    return checksum;
  }

  @Override
  public String toString() {
    return kind + " of group " + group + " at instance " + instance + ", " + bytes() + " bytes";
  }
}
