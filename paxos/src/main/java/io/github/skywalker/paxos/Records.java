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
 */
final class Records implements Write.Handler {

  private static final byte FORMAT = 1;
  private static final int HEAD_BYTES = 1 + 1 + 8 + 8 + 8 + 4 + 4;

  private final int group;
  private final GroupState state;
  private Membership encoded;
  private byte[] founding;
  private List<LogRecord> records = new ArrayList<>();

  Records(int group, GroupState state) {
    this.group = group;
    this.state = state;
    this.encoded = state.founding();
    this.founding = write(encoded);
  }

  /** The records of the writes of one step, in their order. */
  List<LogRecord> of(List<Write> writes) {
    records = new ArrayList<>(writes.size());
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
    byte[] head = head(true, write.hint(), Ballot.ZERO);
    records.add(new LogRecord(group, Kind.VALUE, write.instance(), head, write.value().bytes()));
  }

  @Override
  public void covered(Write.Covered write) {
    records.add(
        new LogRecord(group, Kind.CLEAN, write.instance(), LogRecord.EMPTY, LogRecord.EMPTY));
  }

  private static byte[] head(boolean flag, long hint, Ballot ballot) {
    byte[] head = new byte[HEAD_BYTES];
    ByteBuffer.wrap(head)
        .put(FORMAT)
        .put((byte) (flag ? 1 : 0))
        .putLong(hint)
        .putLong(ballot.epoch())
        .putLong(ballot.round())
        .putInt(ballot.node())
        .putInt(ballot.boot());
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
  record State(boolean dropped, long hint, Ballot promised, Membership founding) {}

  /** What a value record says. */
  record Held(boolean chosen, long hint, Ballot ballot, Value value) {}

  static State readState(LogRecord record) throws IOException {
    ByteBuffer head = checked(record);
    try {
      boolean dropped = head.get() != 0;
      return new State(dropped, head.getLong(), readBallot(head), readFounding(record.body()));
    } catch (BufferUnderflowException | IllegalArgumentException malformed) {
      throw unreadable(record, malformed);
    }
  }

  static Held readHeld(LogRecord record) throws IOException {
    ByteBuffer head = checked(record);
    try {
      boolean chosen = head.get() != 0;
      long hint = head.getLong();
      return new Held(chosen, hint, readBallot(head), Value.decode(record.body()));
    } catch (BufferUnderflowException | MalformedValueException malformed) {
      throw unreadable(record, malformed);
    }
  }

  private static ByteBuffer checked(LogRecord record) throws IOException {
    ByteBuffer head = ByteBuffer.wrap(record.head());
    byte format = head.hasRemaining() ? head.get() : 0;
    if (format != FORMAT) {
      throw new IOException(
          "The log holds a record of format "
              + format
              + " for group "
              + record.group()
              + ", instance "
              + record.instance()
              + "; this version reads format "
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

  private static Ballot readBallot(ByteBuffer in) {
    return new Ballot(in.getLong(), in.getLong(), in.getInt(), in.getInt());
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
