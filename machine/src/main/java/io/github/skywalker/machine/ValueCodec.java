package io.github.skywalker.machine;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.util.Invariant;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of a value: a format version, the kind, then
 *
 * <ul>
 *   <li>of a batch: runs, each of one origin, boot and consecutive sequence numbers, so that what
 *       the entries share is written once: node, boot, first sequence, count; then for each entry
 *       flags, machine, what the flags announce, length, payload;
 *   <li>of a change: expected version, node, boot, number, count; then for each step what it is;
 *   <li>of a master entry: node, lease, ballot.
 * </ul>
 *
 * <p>Numbers are varints, least significant group first. Unknown flags are refused: a later version
 * that needs them (a client's idempotency key, say) raises the format version.
 */
final class ValueCodec {

  private static final byte FORMAT = 1;
  private static final int FENCED = 1;
  private static final Value.Kind[] KINDS = Value.Kind.values();

  private ValueCodec() {}

  static Value noop() {
    return new Value(Value.Kind.NOOP, new byte[] {FORMAT, Value.Kind.NOOP.code()}, null);
  }

  static Value batch(List<Entry> entries) {
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("A batch has at least one entry");
    }
    int size = 2;
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (startsRun(entries, i)) {
        size += size(entry.node()) + size(entry.boot()) + size(entry.sequence());
        size += size(runLength(entries, i));
      }
      size += size(entry);
    }
    // Its exact size: the bytes of a large value are not to be copied once more.
    byte[] bytes = new byte[size];
    ByteBuffer out = ByteBuffer.wrap(bytes).put(FORMAT).put(Value.Kind.BATCH.code());
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (startsRun(entries, i)) {
        put(out, entry.node());
        put(out, entry.boot());
        put(out, entry.sequence());
        put(out, runLength(entries, i));
      }
      put(out, entry.fence() == 0 ? 0 : FENCED);
      put(out, entry.machine());
      if (entry.fence() != 0) {
        put(out, entry.fence());
      }
      put(out, entry.length());
      out.put(entry.bytes(), entry.offset(), entry.length());
    }
    Invariant.check(!out.hasRemaining(), "A value is not as long as it was said to be");
    return new Value(Value.Kind.BATCH, bytes, List.copyOf(entries));
  }

  /** What one entry takes in a batch, beside the head of its run. */
  static int size(Entry entry) {
    return 1
        + size(entry.machine())
        + (entry.fence() != 0 ? size(entry.fence()) : 0)
        + size(entry.length())
        + entry.length();
  }

  private static boolean startsRun(List<Entry> entries, int i) {
    return i == 0 || !follows(entries.get(i - 1), entries.get(i));
  }

  private static int runLength(List<Entry> entries, int start) {
    int end = start + 1;
    while (end < entries.size() && follows(entries.get(end - 1), entries.get(end))) {
      end++;
    }
    return end - start;
  }

  private static boolean follows(Entry one, Entry next) {
    return one.node() == next.node()
        && one.boot() == next.boot()
        && one.sequence() + 1 == next.sequence();
  }

  static Value change(Value.Change change) {
    int size = 64;
    for (MembershipChange step : change.steps()) {
      size += 32 + 4 * hostOf(step).length();
    }
    byte[] room = new byte[size];
    ByteBuffer out = ByteBuffer.wrap(room).put(FORMAT).put(Value.Kind.CHANGE.code());
    put(out, change.expected());
    put(out, change.node());
    put(out, change.boot());
    put(out, change.number());
    put(out, change.steps().size());
    for (MembershipChange step : change.steps()) {
      if (step instanceof MembershipChange.Add add) {
        out.put((byte) 0);
        put(out, add.member());
      } else if (step instanceof MembershipChange.Remove remove) {
        out.put((byte) 1);
        put(out, remove.nodeId());
      } else if (step instanceof MembershipChange.Replace replace) {
        out.put((byte) 2);
        put(out, replace.nodeId());
        put(out, replace.by());
      }
    }
    return new Value(Value.Kind.CHANGE, written(room, out), change);
  }

  private static String hostOf(MembershipChange step) {
    if (step instanceof MembershipChange.Add add) {
      return add.member().host();
    }
    return step instanceof MembershipChange.Replace replace ? replace.by().host() : "";
  }

  static Value mastership(Value.Mastership mastership) {
    byte[] room = new byte[64];
    ByteBuffer out = ByteBuffer.wrap(room).put(FORMAT).put(Value.Kind.MASTER.code());
    put(out, mastership.node());
    put(out, mastership.leaseNanos());
    put(out, mastership.ballot().epoch());
    put(out, mastership.ballot().round());
    put(out, mastership.ballot().node());
    put(out, mastership.ballot().boot());
    return new Value(Value.Kind.MASTER, written(room, out), mastership);
  }

  static Value decode(byte[] bytes) throws MalformedValueException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      byte format = in.get();
      if (format != FORMAT) {
        throw new MalformedValueException("A value of format " + format + ", not " + FORMAT);
      }
      Value value = decode(kind(in.get()), bytes, in);
      if (in.hasRemaining()) {
        throw new MalformedValueException("A value with " + in.remaining() + " bytes too many");
      }
      return value;
    } catch (BufferUnderflowException cut) {
      throw new MalformedValueException("A value that is cut after " + bytes.length + " bytes");
    } catch (IllegalArgumentException wrong) {
      throw new MalformedValueException("A value with a wrong part: " + wrong.getMessage());
    }
  }

  private static Value.Kind kind(byte code) throws MalformedValueException {
    for (Value.Kind kind : KINDS) {
      if (kind.code() == code) {
        return kind;
      }
    }
    throw new MalformedValueException("A value of unknown kind " + code);
  }

  private static Value decode(Value.Kind kind, byte[] bytes, ByteBuffer in)
      throws MalformedValueException {
    return switch (kind) {
      case BATCH -> new Value(kind, bytes, entries(bytes, in));
      case CHANGE -> new Value(kind, bytes, change(in));
      case MASTER -> new Value(kind, bytes, mastership(in));
      case NOOP -> new Value(kind, bytes, null);
    };
  }

  private static Value.Mastership mastership(ByteBuffer in) {
    int node = getInt(in);
    long leaseNanos = get(in);
    return new Value.Mastership(
        node, leaseNanos, new Ballot(get(in), get(in), getInt(in), getInt(in)));
  }

  private static List<Entry> entries(byte[] bytes, ByteBuffer in) throws MalformedValueException {
    List<Entry> entries = new ArrayList<>();
    do {
      int node = getInt(in);
      int boot = getInt(in);
      long sequence = get(in);
      int count = getInt(in);
      if (node < 1 || boot < 1 || sequence < 1 || count < 1) {
        throw new MalformedValueException("A run of entries from nowhere, or of none");
      }
      if (sequence > Long.MAX_VALUE - count) {
        throw new MalformedValueException("A run of entries beyond the last number");
      }
      for (int i = 0; i < count; i++) {
        int flags = getInt(in);
        if ((flags & ~FENCED) != 0) {
          throw new MalformedValueException("An entry with unknown flags " + flags);
        }
        int machine = getInt(in);
        long fence = (flags & FENCED) != 0 ? get(in) : 0;
        int length = getInt(in);
        if (length > in.remaining()) {
          throw new BufferUnderflowException();
        }
        entries.add(
            new Entry(node, boot, sequence + i, machine, fence, bytes, in.position(), length));
        in.position(in.position() + length);
      }
    } while (in.hasRemaining());
    return List.copyOf(entries);
  }

  private static Value.Change change(ByteBuffer in) throws MalformedValueException {
    long expected = get(in);
    int node = getInt(in);
    int boot = getInt(in);
    long number = get(in);
    int count = getInt(in);
    List<MembershipChange> steps = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte what = in.get();
      switch (what) {
        case 0 -> steps.add(new MembershipChange.Add(getMember(in)));
        case 1 -> steps.add(new MembershipChange.Remove(getInt(in)));
        case 2 -> steps.add(new MembershipChange.Replace(getInt(in), getMember(in)));
        default -> throw new MalformedValueException("An unknown step of a change, " + what);
      }
    }
    return new Value.Change(expected, node, boot, number, List.copyOf(steps));
  }

  private static Member getMember(ByteBuffer in) {
    int id = getInt(in);
    int length = getInt(in);
    if (length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] host = new byte[length];
    in.get(host);
    return new Member(id, new String(host, StandardCharsets.UTF_8), getInt(in));
  }

  private static void put(ByteBuffer out, Member member) {
    byte[] host = member.host().getBytes(StandardCharsets.UTF_8);
    put(out, member.nodeId());
    put(out, host.length);
    out.put(host);
    put(out, member.port());
  }

  private static void put(ByteBuffer out, long number) {
    long rest = number;
    while ((rest & ~0x7FL) != 0) {
      out.put((byte) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  /** How many bytes {@link #put(ByteBuffer, long)} takes. */
  private static int size(long number) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(number | 1);
    return (bits + 6) / 7;
  }

  private static long get(ByteBuffer in) {
    long number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = in.get();
      number |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        if (number < 0) {
          throw new IllegalArgumentException("a negative number");
        }
        return number;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }

  private static int getInt(ByteBuffer in) {
    long number = get(in);
    if (number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("a number of more than 31 bits");
    }
    return (int) number;
  }

  private static byte[] written(byte[] room, ByteBuffer out) {
    return out.position() == room.length ? room : Arrays.copyOf(room, out.position());
  }
}
