package io.github.skywalker.machine;

import io.github.skywalker.api.Master;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The replicated state of a group as it was at one instance: the built-in part of a checkpoint.
 *
 * @param instance everything up to it was executed, and nothing above it
 * @param founding the membership that the group was founded with
 * @param membership the membership after the instance
 * @param master the mastership executed last; null if there was none
 * @param masterBallot the ballot of that mastership
 * @param origins the last executed entry of every origin, by node id
 */
public record GroupImage(
    long instance,
    Membership founding,
    Membership membership,
    @Nullable Master master,
    Ballot masterBallot,
    SortedMap<Integer, OriginTable.Row> origins) {

  private static final byte FORMAT = 1;

  /**
   * Copies the table, and checks what belongs together.
   *
   * @throws IllegalArgumentException if this cannot be the state of any group
   */
  public GroupImage {
    if (instance < 1
        || founding.version() != 0
        || founding.members().isEmpty()
        || membership.members().isEmpty()
        || membership.version() > instance
        || (master != null && (master.version() < 1 || master.version() > instance))
        || (master == null) != masterBallot.isZero()) {
      throw new IllegalArgumentException(
          "No group has the state " + membership + ", " + master + " at " + instance);
    }
    for (Map.Entry<Integer, OriginTable.Row> row : origins.entrySet()) {
      if (row.getKey() < 1 || row.getValue().boot() < 1 || row.getValue().sequence() < 1) {
        throw new IllegalArgumentException("No origin has the row " + row);
      }
    }
    origins = Collections.unmodifiableSortedMap(new TreeMap<>(origins));
  }

  /** The bytes, which {@link #decode} reads; the same for the same state. */
  public byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeLong(instance);
      write(out, founding);
      write(out, membership);
      out.writeBoolean(master != null);
      if (master != null) {
        write(out, master.member());
        out.writeLong(master.version());
        out.writeLong(masterBallot.epoch());
        out.writeLong(masterBallot.round());
        out.writeInt(masterBallot.node());
        out.writeInt(masterBallot.boot());
      }
      out.writeInt(origins.size());
      for (Map.Entry<Integer, OriginTable.Row> row : origins.entrySet()) {
        out.writeInt(row.getKey());
        out.writeInt(row.getValue().boot());
        out.writeLong(row.getValue().sequence());
      }
    } catch (IOException impossible) {
      throw new AssertionError("Writing to memory failed", impossible);
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, Membership membership) throws IOException {
    out.writeLong(membership.version());
    out.writeInt(membership.members().size());
    for (Member member : membership.members()) {
      write(out, member);
    }
  }

  private static void write(DataOutputStream out, Member member) throws IOException {
    out.writeInt(member.nodeId());
    out.writeUTF(member.host());
    out.writeInt(member.port());
  }

  /**
   * Reads what {@link #encode} has written.
   *
   * @throws MalformedValueException if it is anything else; checked to the last byte
   */
  public static GroupImage decode(byte[] bytes) throws MalformedValueException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      byte format = in.readByte();
      if (format != FORMAT) {
        throw new MalformedValueException(
            "A group's state of format " + format + ", not " + FORMAT);
      }
      long instance = in.readLong();
      Membership founding = readMembership(in);
      Membership membership = readMembership(in);
      Master master = null;
      Ballot masterBallot = Ballot.ZERO;
      if (in.readBoolean()) {
        master = new Master(readMember(in), in.readLong());
        masterBallot = new Ballot(in.readLong(), in.readLong(), in.readInt(), in.readInt());
      }
      SortedMap<Integer, OriginTable.Row> origins = new TreeMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        origins.put(in.readInt(), new OriginTable.Row(in.readInt(), in.readLong()));
      }
      if (in.available() > 0) {
        throw new MalformedValueException("A group's state with bytes behind its end");
      }
      return new GroupImage(instance, founding, membership, master, masterBallot, origins);
    } catch (IOException cut) {
      throw new MalformedValueException("A group's state that is cut: " + cut);
    } catch (IllegalArgumentException wrong) {
      throw new MalformedValueException("A group's state that is wrong: " + wrong.getMessage());
    }
  }

  private static Membership readMembership(DataInputStream in) throws IOException {
    long version = in.readLong();
    int count = in.readInt();
    if (count < 0 || count > Membership.MAX_MEMBERS) {
      throw new IllegalArgumentException("a membership of " + count);
    }
    TreeSet<Member> members = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      members.add(readMember(in));
    }
    return new Membership(version, members);
  }

  private static Member readMember(DataInputStream in) throws IOException {
    return new Member(in.readInt(), in.readUTF(), in.readInt());
  }
}
