package io.github.skywalker.paxos;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.MalformedValueException;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Write;
import io.github.skywalker.storage.LogRecord;
import io.github.skywalker.storage.LogRecord.Kind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The records of one group's log. Their heads:
 *
 * <ul>
 *   <li>of a state: format, whether the group was dropped, hint, promised ballot; the body is the
 *       founding membership, so that a log says by itself whose it is;
 *   <li>of a value: format, whether it is known chosen, hint, ballot; the body is the value.
 * </ul>
 *
 * Behind these, all say what may have been lost if batches before them cannot be read: see {@link
 * Stamp}. A value that is known chosen carries the promise as its ballot, and any other that of its
 * vote, which is the promise, too.
 */
final class Records implements Write.Handler {

  private static final byte FORMAT = 2;

  /** Its records end with the ballot. */
  private static final byte FORMAT_WITHOUT_STAMP = 1;

  private static final int HEAD_BYTES = 1 + 1 + 8 + 8 + 8 + 4 + 4 + 8 + 8;

  /** Votes were given nobody knows where. */
  static final long UNKNOWN = Long.MAX_VALUE;

  /**
   * What a record says of those that were made before it.
   *
   * @param promised the promised ballot
   * @param votedUpTo no vote was given above this instance; {@link #UNKNOWN} if votes may be lost
   * @param madeAfter this batch of the log, and all before it, were appended before this was made
   */
  record Stamp(Ballot promised, long votedUpTo, long madeAfter) {}

  private final int group;
  private final GroupState state;
  private Membership encoded;
  private byte[] founding;
  private List<LogRecord> records = new ArrayList<>();
  private Stamp stamp = new Stamp(Ballot.ZERO, UNKNOWN, 0);

  Records(int group, GroupState state) {
    this.group = group;
    this.state = state;
    this.encoded = state.founding();
    this.founding = write(encoded);
  }

  /**
   * The records of the writes of one step, in their order.
   *
   * @param after how things stand after the step
   */
  List<LogRecord> of(List<Write> writes, Stamp after) {
    records = new ArrayList<>(writes.size());
    stamp = after;
    for (Write write : writes) {
      write.to(this);
    }
    return records;
  }

  @Override
  public void promised(Write.Promised write) {
    byte[] head = head(write.dropped(), write.hint(), write.ballot());
    if (!encoded.equals(state.founding())) { // A joiner has learned who founded the group.
      encoded = state.founding();
      founding = write(encoded);
    }
    records.add(new LogRecord(group, Kind.STATE, 0, head, founding));
    if (write.dropped()) {
      records.add(new LogRecord(group, Kind.DROP, 0, LogRecord.EMPTY, LogRecord.EMPTY));
    }
  }

  @Override
  public void accepted(Write.Accepted write) {
    byte[] head = head(false, write.hint(), write.ballot());
    records.add(new LogRecord(group, Kind.VALUE, write.instance(), head, write.value().bytes()));
  }

  @Override
  public void chosen(Write.Chosen write) {
    byte[] head = head(true, write.hint(), stamp.promised());
    records.add(new LogRecord(group, Kind.VALUE, write.instance(), head, write.value().bytes()));
  }

  @Override
  public void covered(Write.Covered write) {
    records.add(
        new LogRecord(group, Kind.CLEAN, write.instance(), LogRecord.EMPTY, LogRecord.EMPTY));
  }

  private byte[] head(boolean flag, long hint, Ballot ballot) {
    byte[] head = new byte[HEAD_BYTES];
    ByteBuffer.wrap(head)
        .put(FORMAT)
        .put((byte) (flag ? 1 : 0))
        .putLong(hint)
        .putLong(ballot.epoch())
        .putLong(ballot.round())
        .putInt(ballot.node())
        .putInt(ballot.boot())
        .putLong(stamp.votedUpTo())
        .putLong(stamp.madeAfter());
    return head;
  }

  private static byte[] write(Membership founding) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(founding.members().size());
      for (Member member : founding.members()) {
        out.writeInt(member.nodeId());
        out.writeUTF(member.host());
        out.writeInt(member.port());
      }
    } catch (IOException impossible) {
      throw new AssertionError("Writing to memory failed", impossible);
    }
    return bytes.toByteArray();
  }

  /** What a state record says. */
  record State(boolean dropped, long hint, Stamp stamp, Membership founding) {
    Ballot promised() {
      return stamp.promised();
    }
  }

  /** What a value record says. */
  record Held(boolean chosen, long hint, Stamp stamp, Value value) {

    /** Of the vote, if it is one. */
    Ballot ballot() {
      return stamp.promised();
    }

    /** Up to where this says that everything is known chosen. */
    long knownChosen(long instance) {
      return chosen ? instance : hint;
    }
  }

  static State readState(LogRecord record) throws IOException {
    ByteBuffer head = checked(record);
    try {
      boolean dropped = head.get() != 0;
      return new State(dropped, head.getLong(), readStamp(head), readFounding(record.body()));
    } catch (BufferUnderflowException | IllegalArgumentException malformed) {
      throw unreadable(record, malformed);
    }
  }

  static Held readHeld(LogRecord record) throws IOException {
    ByteBuffer head = checked(record);
    try {
      boolean chosen = head.get() != 0;
      long hint = head.getLong();
      return new Held(chosen, hint, readStamp(head), Value.decode(record.body()));
    } catch (BufferUnderflowException | MalformedValueException malformed) {
      throw unreadable(record, malformed);
    }
  }

  private static ByteBuffer checked(LogRecord record) throws IOException {
    ByteBuffer head = ByteBuffer.wrap(record.head());
    byte format = head.hasRemaining() ? head.get() : 0;
    if (format != FORMAT && format != FORMAT_WITHOUT_STAMP) {
      throw new IOException(
          "The log holds a record of format "
              + format
              + " for group "
              + record.group()
              + ", instance "
              + record.instance()
              + "; this version reads formats up to "
              + FORMAT
              + ": use the version that wrote it, or a newer one");
    }
    return head;
  }

  private static IOException unreadable(LogRecord record, Exception why) {
    return new IOException(
        "The log holds a record that cannot be read, for group "
            + record.group()
            + ", instance "
            + record.instance(),
        why);
  }

  private static Stamp readStamp(ByteBuffer in) {
    Ballot promised = new Ballot(in.getLong(), in.getLong(), in.getInt(), in.getInt());
    return in.get(0) == FORMAT_WITHOUT_STAMP
        ? new Stamp(promised, UNKNOWN, 0)
        : new Stamp(promised, in.getLong(), in.getLong());
  }

  private static Membership readFounding(byte[] body) throws IOException {
    TreeSet<Member> members = new TreeSet<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(body))) {
      int count = in.readInt();
      for (int i = 0; i < count; i++) {
        members.add(new Member(in.readInt(), in.readUTF(), in.readInt()));
      }
    }
    return new Membership(0, members);
  }
}
