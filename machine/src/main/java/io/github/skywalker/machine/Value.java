package io.github.skywalker.machine;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.MembershipChange;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one instance decides. Immutable. It knows its bytes, which log and wire carry as they are.
 */
public final class Value {

  /** What is in a value. */
  public enum Kind {
    /** Nothing: fills an instance of which no value was reported. */
    NOOP(0),
    /** Entries, in order. */
    BATCH(1),
    /** One membership change, alone. */
    CHANGE(2),
    /** One master entry, alone. */
    MASTER(3);

    private final byte code;

    Kind(int code) {
      this.code = (byte) code;
    }

    /** Which it is in the value's bytes, for ever. */
    byte code() {
      return code;
    }
  }

  /**
   * The change of a membership, as it is proposed.
   *
   * @param expected the version of the membership that it was made for
   * @param node who asked for it
   * @param boot the boot count of that node
   * @param number which of that node's requests it is
   * @param steps what is changed, together
   */
  public record Change(
      long expected, int node, int boot, long number, List<MembershipChange> steps) {}

  /**
   * The entry that makes a node master.
   *
   * @param node the node
   * @param leaseNanos the length of the lease that it was configured with, for reports
   * @param ballot the ballot in which it is prepared
   */
  public record Mastership(int node, long leaseNanos, Ballot ballot) {}

  /** The no-op. */
  public static final Value NOOP = ValueCodec.noop();

  private final Kind kind;
  private final byte[] bytes;
  private final @Nullable Object content;

  Value(Kind kind, byte[] bytes, @Nullable Object content) {
    this.kind = kind;
    this.bytes = bytes;
    this.content = content;
  }

  /** A value of entries; their payloads are copied. */
  public static Value batch(List<Entry> entries) {
    return ValueCodec.batch(entries);
  }

  /** A value with one membership change. */
  public static Value change(Change change) {
    return ValueCodec.change(change);
  }

  /** A value with one master entry. */
  public static Value mastership(Mastership mastership) {
    return ValueCodec.mastership(mastership);
  }

  /**
   * A value from the log or the wire.
   *
   * @param bytes the value's own from now on, not to be changed
   * @throws MalformedValueException if they are not a value's: checked to the last byte, so that
   *     what is stored and executed later is known to be readable
   */
  public static Value decode(byte[] bytes) throws MalformedValueException {
    return ValueCodec.decode(bytes);
  }

  /** What is in it. */
  public Kind kind() {
    return kind;
  }

  /** The bytes; not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  /** The entries of a batch; empty for the other kinds. */
  @SuppressWarnings("unchecked")
  public List<Entry> entries() {
    return kind == Kind.BATCH ? (List<Entry>) content() : List.of();
  }

  /** The change, of that kind only. */
  public Change change() {
    return (Change) content();
  }

  /** The master entry, of that kind only. */
  public Mastership mastership() {
    return (Mastership) content();
  }

  private Object content() {
    Object known = content;
    return known != null ? known : readContent();
  }

  private Object readContent() {
    try {
      Object read = ValueCodec.decode(bytes).content;
      if (read == null) {
        throw new IllegalStateException("A " + kind + " has no content");
      }
      return read;
    } catch (MalformedValueException impossible) {
      throw new IllegalStateException("A value cannot be read again", impossible);
    }
  }

  /**
   * The same value, with nothing but its bytes: for who keeps it, but will hardly look into it. Its
   * content is read anew each time that it is asked for.
   */
  public Value withoutContent() {
    return content == null ? this : new Value(kind, bytes, null);
  }

  /** Whether the bytes are the same. */
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other || (other instanceof Value that && Arrays.equals(bytes, that.bytes));
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** In a few words, for logs and transcripts. */
  @Override
  public String toString() {
    return switch (kind) {
      case NOOP -> "no-op";
      case CHANGE -> "change(" + change().expected() + ", " + words(change().steps()) + ")";
      case MASTER -> "master(" + mastership().node() + ", " + mastership().ballot() + ")";
      case BATCH -> {
        Entry first = entries().get(0);
        String more = entries().size() == 1 ? "" : " and " + (entries().size() - 1) + " more";
        yield "entry " + first.node() + "." + first.boot() + "#" + first.sequence() + more;
      }
    };
  }

  private static String words(List<MembershipChange> steps) {
    StringBuilder words = new StringBuilder();
    for (MembershipChange step : steps) {
      if (step instanceof MembershipChange.Add add) {
        words.append('+').append(id(add.member()));
      } else if (step instanceof MembershipChange.Remove remove) {
        words.append('-').append(remove.nodeId());
      } else if (step instanceof MembershipChange.Replace replace) {
        words.append('-').append(replace.nodeId()).append('+').append(id(replace.by()));
      }
    }
    return words.toString();
  }

  private static int id(Member member) {
    return member.nodeId();
  }
}
