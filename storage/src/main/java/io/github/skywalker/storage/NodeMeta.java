package io.github.skywalker.storage;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What the file {@code node.meta} holds.
 *
 * @param clusterName that the node belongs to
 * @param nodeId of the node
 * @param dataId made when the directory was formatted
 * @param bootCount how often the node was started
 * @param hasLog whether a log was made
 * @param longestLeaseNanos the longest lease that may still run
 * @param peers the data id of each peer that was admitted
 */
record NodeMeta(
    String clusterName,
    int nodeId,
    byte[] dataId,
    long bootCount,
    boolean hasLog,
    long longestLeaseNanos,
    SortedMap<Integer, byte[]> peers) {

  private static final long MAGIC = 0x534B594E4F444501L;

  NodeMeta withBootCount(long count) {
    return new NodeMeta(clusterName, nodeId, dataId, count, hasLog, longestLeaseNanos, peers);
  }

  NodeMeta withLog() {
    return new NodeMeta(clusterName, nodeId, dataId, bootCount, true, longestLeaseNanos, peers);
  }

  NodeMeta withLongestLeaseNanos(long nanos) {
    return new NodeMeta(clusterName, nodeId, dataId, bootCount, hasLog, nanos, peers);
  }

  NodeMeta withPeer(int peer, byte[] itsDataId) {
    SortedMap<Integer, byte[]> more = new TreeMap<>(peers);
    more.put(peer, itsDataId.clone());
    return new NodeMeta(clusterName, nodeId, dataId, bootCount, hasLog, longestLeaseNanos, more);
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeLong(MAGIC);
      out.writeUTF(clusterName);
      out.writeInt(nodeId);
      writeBytes(out, dataId);
      out.writeLong(bootCount);
      out.writeBoolean(hasLog);
      out.writeLong(longestLeaseNanos);
      out.writeInt(peers.size());
      for (Map.Entry<Integer, byte[]> peer : peers.entrySet()) {
        out.writeInt(peer.getKey());
        writeBytes(out, peer.getValue());
      }
      out.writeInt(crc(bytes.toByteArray(), bytes.size()));
    } catch (IOException e) {
      throw new IllegalArgumentException("Not to be written to node.meta: " + e.getMessage(), e);
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #encode} made.
   *
   * @throws DamagedException if it is anything else
   */
  static NodeMeta decode(byte[] bytes, Path file) throws DamagedException {
    int end = bytes.length - Integer.BYTES;
    if (end < Long.BYTES || crc(bytes, end) != ByteBuffer.wrap(bytes).getInt(end)) {
      throw damaged(file, "its checksum is wrong", null);
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, end))) {
      if (in.readLong() != MAGIC) {
        throw damaged(file, "it is of an unknown kind or format version", null);
      }
      String clusterName = in.readUTF();
      int nodeId = in.readInt();
      byte[] dataId = readBytes(in);
      long bootCount = in.readLong();
      boolean hasLog = in.readBoolean();
      long longestLeaseNanos = in.readLong();
      SortedMap<Integer, byte[]> peers = new TreeMap<>();
      for (int left = in.readInt(); left > 0; left--) {
        peers.put(in.readInt(), readBytes(in));
      }
      return new NodeMeta(clusterName, nodeId, dataId, bootCount, hasLog, longestLeaseNanos, peers);
    } catch (DamagedException e) {
      throw e;
    } catch (IOException e) {
      throw damaged(file, "it ends too early", e);
    }
  }

  private static DamagedException damaged(Path file, String what, @Nullable Exception cause) {
    DamagedException e =
        new DamagedException(
            file
                + " is damaged: "
                + what
                + ". Nothing was changed. Put the file back as it was, or give the node up and let"
                + " a new one, with a new id and an empty data directory, take its place.");
    if (cause != null) {
      e.initCause(cause);
    }
    return e;
  }

  private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeShort(bytes.length);
    out.write(bytes);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    byte[] bytes = new byte[in.readUnsignedShort()];
    in.readFully(bytes);
    return bytes;
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
