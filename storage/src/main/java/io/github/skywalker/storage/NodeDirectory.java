package io.github.skywalker.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * The data directory of one node: its lock, and the file {@code node.meta} with what the node must
 * know of itself and its peers before it says anything.
 *
 * <p>The file is written aside, synced and renamed at each change. After {@link #open}, methods
 * that write are called by one thread, which may wait for the disk.
 */
public final class NodeDirectory implements Closeable {

  /** The file that says whose directory this is. */
  public static final String META = "node.meta";

  /** The file that keeps a second process out. */
  public static final String LOCK = "lock";

  /** The directory of the log. */
  public static final String LOG = "log";

  /** The greatest length of a data id in bytes. */
  public static final int MAX_DATA_ID_BYTES = 64;

  private final Disk disk;
  private final Path directory;
  private final Closeable lock;
  private final long longestLeaseAtStart;
  private volatile NodeMeta meta;

  private NodeDirectory(Disk disk, Path directory, Closeable lock, NodeMeta meta) {
    this.disk = disk;
    this.directory = directory;
    this.lock = lock;
    this.meta = meta;
    this.longestLeaseAtStart = meta.longestLeaseNanos();
  }

  /**
   * Opens the directory, counts one more boot and has that on disk when it returns. An empty
   * directory, or none, is formatted.
   *
   * @param disk to keep it on
   * @param dataDirectory of this node, nobody else's
   * @param clusterName of the node's cluster
   * @param nodeId of the node
   * @param freshDataId random bytes for the case that the directory is formatted now, from 1 to
   *     {@link #MAX_DATA_ID_BYTES}
   * @throws DamagedException if the directory is another node's or another cluster's, or not whole
   * @throws IOException if another process uses it, or reading or writing fails
   */
  public static NodeDirectory open(
      Disk disk, Path dataDirectory, String clusterName, int nodeId, byte[] freshDataId)
      throws IOException {
    if (freshDataId.length == 0 || freshDataId.length > MAX_DATA_ID_BYTES) {
      throw new IllegalArgumentException("A data id of " + freshDataId.length + " bytes.");
    }
    Path directory = dataDirectory.toAbsolutePath().normalize();
    Closeable lock = lock(disk, directory);
    try {
      NodeMeta meta = load(disk, directory, clusterName, nodeId, freshDataId);
      NodeDirectory opened = new NodeDirectory(disk, directory, lock, meta);
      opened.write(meta.withBootCount(meta.bootCount() + 1));
      return opened;
    } catch (IOException | RuntimeException e) {
      try {
        lock.close();
      } catch (IOException atClosing) {
        e.addSuppressed(atClosing);
      }
      throw e;
    }
  }

  private static Closeable lock(Disk disk, Path directory) throws IOException {
    try {
      DurableFiles.createDirectories(disk, directory);
      return disk.lock(directory.resolve(LOCK));
    } catch (FileSystemException e) {
      String why =
          e.getReason() == null ? "access to " + e.getFile() + " is denied" : e.getReason();
      throw new IOException(
          "The data directory "
              + directory
              + " cannot be written: "
              + why
              + ". Let the user that runs the node write there, or name another directory.",
          e);
    }
  }

  private static NodeMeta load(
      Disk disk, Path directory, String clusterName, int nodeId, byte[] freshDataId)
      throws IOException {
    Path file = directory.resolve(META);
    byte[] bytes = DurableFiles.read(disk, file);
    if (bytes == null) {
      refuseWhatIsNotEmpty(disk, directory);
      return new NodeMeta(clusterName, nodeId, freshDataId.clone(), 0, false, 0, new TreeMap<>());
    }
    NodeMeta meta = NodeMeta.decode(bytes, file);
    if (!meta.clusterName().equals(clusterName)) {
      throw new DamagedException(
          directory
              + " belongs to the cluster \""
              + meta.clusterName()
              + "\", not to \""
              + clusterName
              + "\", as "
              + file
              + " says. Nothing was changed; name the right directory or the right cluster.");
    }
    if (meta.nodeId() != nodeId) {
      throw new DamagedException(
          directory
              + " belongs to node "
              + meta.nodeId()
              + ", not to node "
              + nodeId
              + ", as "
              + file
              + " says. Nothing was changed; name the right directory or the right node.");
    }
    return meta;
  }

  /** Where anything else lies there was a node once, and its votes are not to be forgotten. */
  private static void refuseWhatIsNotEmpty(Disk disk, Path directory) throws IOException {
    List<String> found =
        disk.list(directory).stream()
            .filter(name -> !name.equals(LOCK) && !name.equals(META + DurableFiles.ASIDE))
            .filter(name -> !name.equals("lost+found"))
            .toList();
    if (!found.isEmpty()) {
      throw new DamagedException(
          directory
              + " holds "
              + String.join(", ", found)
              + ", but no "
              + META
              + " that says whose it is. Nothing was changed. Put the file back as it was, or name"
              + " an empty directory and a node id that was never used.");
    }
  }

  /** The data id: other nodes know this directory by it. */
  public byte[] dataId() {
    return meta.dataId().clone();
  }

  /** How often the node was started, this time included; from 1 up. */
  public long bootCount() {
    return meta.bootCount();
  }

  /** Where the log belongs. */
  public Path logDirectory() {
    return directory.resolve(LOG);
  }

  /** Whether a log was made here: then it must be there when it is opened. */
  public boolean hasLog() {
    return meta.hasLog();
  }

  /** Notes durably that the log was made, before anything that matters is written to it. */
  public void noteLog() throws IOException {
    if (!meta.hasLog()) {
      write(meta.withLog());
    }
  }

  /**
   * Remembers a peer by its data id.
   *
   * @return whether it may take part; false if the peer is known with another data id: it has lost
   *     its disk, and its votes with it. True only once it is remembered durably
   */
  public boolean admitPeer(int peer, byte[] dataId) throws IOException {
    if (dataId.length == 0 || dataId.length > MAX_DATA_ID_BYTES) {
      return false;
    }
    byte[] known = meta.peers().get(peer);
    if (known != null) {
      return Arrays.equals(known, dataId);
    }
    write(meta.withPeer(peer, dataId));
    return true;
  }

  /** The longest lease, in nanoseconds, that was noted when the node was started. */
  public long longestLeaseNanos() {
    return longestLeaseAtStart;
  }

  /** Notes durably the longest lease that may run from now on; it may be shorter than before. */
  public void noteLease(long nanos) throws IOException {
    if (nanos < 0) {
      throw new IllegalArgumentException("A lease of " + nanos + " ns.");
    }
    if (meta.longestLeaseNanos() != nanos) {
      write(meta.withLongestLeaseNanos(nanos));
    }
  }

  /** Lets other processes in. */
  @Override
  public void close() throws IOException {
    lock.close();
  }

  private void write(NodeMeta changed) throws IOException {
    DurableFiles.write(disk, directory.resolve(META), changed.encode());
    meta = changed;
  }
}
