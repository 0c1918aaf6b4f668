package io.github.skywalker.storage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * What a checkpoint consists of. It may come from a peer, so whatever can be read of it is checked
 * here: a manifest that exists names only plain files below its own directory.
 *
 * @param group the group that it is of
 * @param instance everything up to it is in the checkpoint, and nothing above it
 * @param state the built-in state, as bytes; not to be changed
 * @param files in the order of their names
 */
public record CheckpointManifest(int group, long instance, byte[] state, List<Item> files) {

  /** How many files a checkpoint may have. */
  public static final int MAX_FILES = 10_000;

  /** How long one part of a file's name may be, in bytes: what file systems take. */
  public static final int MAX_NAME_BYTES = 255;

  /** How many directories deep a file may lie. */
  public static final int MAX_DEPTH = 16;

  /** How many bytes a manifest may have. */
  public static final int MAX_BYTES = 16 << 20;

  private static final long MAGIC = 0x534B594348454301L;
  private static final int CRC_BYTES = Integer.BYTES;

  /**
   * One file.
   *
   * @param name relative to the directory of the checkpoint, with {@code /} between its parts
   * @param size in bytes
   * @param crc the CRC32C of what it holds
   */
  public record Item(String name, long size, int crc) {

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it could lie anywhere else than below the directory, if
     *     no file can have it here, or if the size is negative
     */
    public Item {
      if (size < 0) {
        throw new IllegalArgumentException("A file of " + size + " bytes");
      }
      String[] parts = name.split("/", -1);
      if (parts.length > MAX_DEPTH) {
        throw new IllegalArgumentException("A file " + parts.length + " directories deep");
      }
      for (String part : parts) {
        checkPart(part);
      }
      Path unused = Path.of(name); // Not every locale has a name in bytes for all that is Unicode.
    }

    private static void checkPart(String part) {
      boolean plain =
          !part.isEmpty()
              && !part.equals(".")
              && !part.equals("..")
              && part.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES
              && part.chars().allMatch(c -> c >= ' ' && c != '\\' && c != ':' && c != 0x7F);
      if (!plain) {
        throw new IllegalArgumentException(
            "A file name with the part \"" + part.substring(0, Math.min(40, part.length())) + '"');
      }
    }
  }

  /**
   * Checks that the files can stand beside each other.
   *
   * @throws IllegalArgumentException if two have one name, one is the directory of another, or
   *     there are too many, or too large
   */
  public CheckpointManifest {
    if (group < 0 || instance < 1) {
      throw new IllegalArgumentException("A checkpoint of group " + group + " at " + instance);
    }
    if (files.size() > MAX_FILES) {
      throw new IllegalArgumentException("A checkpoint of " + files.size() + " files");
    }
    files = List.copyOf(files);
    Set<String> names = new HashSet<>();
    long total = 0;
    for (Item file : files) {
      total = Math.addExact(total, file.size());
      if (!names.add(file.name()) || file.name().equals(GroupCheckpoints.MANIFEST)) {
        throw new IllegalArgumentException("A checkpoint with two files " + file.name());
      }
    }
    for (Item file : files) {
      for (int at = file.name().indexOf('/'); at > 0; at = file.name().indexOf('/', at + 1)) {
        if (names.contains(file.name().substring(0, at))) {
          throw new IllegalArgumentException(file.name() + " lies in a file");
        }
      }
    }
  }

  /** How many bytes all files have. */
  public long totalBytes() {
    long total = 0;
    for (Item file : files) {
      total += file.size();
    }
    return total;
  }

  /** The bytes, with a checksum at the end. */
  public byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeLong(MAGIC);
      out.writeInt(group);
      out.writeLong(instance);
      out.writeInt(state.length);
      out.write(state);
      out.writeInt(files.size());
      for (Item file : files) {
        byte[] name = file.name().getBytes(StandardCharsets.UTF_8);
        out.writeShort(name.length);
        out.write(name);
        out.writeLong(file.size());
        out.writeInt(file.crc());
      }
      out.writeInt(crc(bytes.toByteArray(), bytes.size()));
    } catch (IOException impossible) {
      throw new AssertionError("Writing to memory failed", impossible);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #encode} has written.
   *
   * @throws DamagedException if it is anything else, or names what no checkpoint may hold
   */
  public static CheckpointManifest decode(byte[] bytes) throws DamagedException {
    int end = bytes.length - CRC_BYTES;
    if (end < Long.BYTES || crc(bytes, end) != ByteBuffer.wrap(bytes).getInt(end)) {
      throw new DamagedException("The checksum of a manifest is wrong");
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, end))) {
      if (in.readLong() != MAGIC) {
        throw new DamagedException("A manifest of an unknown format version");
      }
      int group = in.readInt();
      long instance = in.readLong();
      byte[] state = read(in, in.readInt());
      int count = in.readInt();
      if (count < 0 || count > MAX_FILES) {
        throw new DamagedException("A manifest of " + count + " files");
      }
      List<Item> files = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        byte[] name = read(in, in.readUnsignedShort());
        files.add(new Item(new String(name, StandardCharsets.UTF_8), in.readLong(), in.readInt()));
      }
      if (in.available() > 0) {
        throw new DamagedException("A manifest with bytes behind its end");
      }
      return new CheckpointManifest(group, instance, state, files);
    } catch (DamagedException known) {
      throw known;
    } catch (IOException cut) {
      throw new DamagedException("A manifest that is cut");
    } catch (IllegalArgumentException | ArithmeticException wrong) {
      throw new DamagedException("A manifest that is wrong: " + wrong.getMessage());
    }
  }

  private static byte[] read(DataInputStream in, int length) throws IOException {
    if (length < 0 || length > in.available()) {
      throw new DamagedException("A manifest with a part of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
