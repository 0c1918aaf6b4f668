package io.github.skywalker.paxos;

import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.storage.Disk;
import io.github.skywalker.storage.GroupCheckpoints;
import io.github.skywalker.storage.Journal;
import io.github.skywalker.storage.JournalOptions;
import io.github.skywalker.storage.LogStore;
import io.github.skywalker.storage.MemoryLogStore;
import io.github.skywalker.storage.NodeDirectory;
import io.github.skywalker.util.Invariant;
import io.github.skywalker.util.Progress;
import io.github.skywalker.util.RunLoop;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node keeps: who it is, how often it was started, whom it knows, and its log. In memory, it
 * is somebody new each time, so that nobody takes it for the one that knew what it has promised.
 */
final class Storage implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(Storage.class);

  private final Disk disk;
  private final Path dataDirectory;
  private final @Nullable NodeDirectory directory;
  private final byte[] dataId;
  private final int boot;
  private final LogStore store;
  private final Map<Integer, byte[]> peersInMemory = new HashMap<>();

  private Storage(
      Disk disk,
      Path dataDirectory,
      @Nullable NodeDirectory directory,
      byte[] dataId,
      int boot,
      LogStore store) {
    this.disk = disk;
    this.dataDirectory = dataDirectory;
    this.directory = directory;
    this.dataId = dataId;
    this.boot = boot;
    this.store = store;
  }

  /** Opens the data directory and reads the log; or makes both. */
  static Storage open(NodeOptions options, World world, RunLoop background) throws IOException {
    if (options.storage() == NodeOptions.Storage.MEMORY) {
      return new Storage(
          world.disk(),
          options.dataDirectory(),
          null,
          world.freshDataId(),
          1,
          new MemoryLogStore());
    }
    NodeDirectory directory =
        NodeDirectory.open(
            world.disk(),
            options.dataDirectory(),
            options.clusterName(),
            options.self().nodeId(),
            world.freshDataId());
    try {
      Invariant.check(
          directory.bootCount() <= Integer.MAX_VALUE,
          "The node was started %d times, more than %d",
          directory.bootCount(),
          Integer.MAX_VALUE);
      LogStore store = openLog(options, world, directory, background);
      directory.noteLog();
      return new Storage(
          world.disk(),
          options.dataDirectory(),
          directory,
          directory.dataId(),
          (int) directory.bootCount(),
          store);
    } catch (IOException | RuntimeException failed) {
      directory.close();
      throw failed;
    }
  }

  private static LogStore openLog(
      NodeOptions options, World world, NodeDirectory directory, RunLoop background)
      throws IOException {
    Path index = options.dataDirectory().toAbsolutePath().normalize().resolve("index");
    return Journal.open(
        world.disk(),
        directory.logDirectory(),
        directory.dataId(),
        new JournalOptions(
            world.segmentBytes(options), options.diskReserveBytes(), directory.hasLog()),
        background,
        world.index(index, options.diskReserveBytes()),
        new Progress(
            world.clock(),
            (done, total) -> log.info("Reading the log: {} of {} MiB", done >> 20, total >> 20)));
  }

  byte[] dataId() {
    return dataId.clone();
  }

  int boot() {
    return boot;
  }

  /** The checkpoints of a group; null where nothing is kept on disk. */
  @Nullable GroupCheckpoints checkpoints(int group) throws IOException {
    return directory == null ? null : GroupCheckpoints.open(disk, dataDirectory, group);
  }

  LogStore log() {
    return store;
  }

  /** The longest lease that a former life of this node may have granted; 0 if none. */
  long formerLeaseNanos() {
    return directory == null ? 0 : directory.longestLeaseNanos();
  }

  /** Notes durably the longest lease that may run from now on. Waits for the disk. */
  void noteLease(long nanos) throws IOException {
    if (directory != null) {
      directory.noteLease(nanos);
    }
  }

  /** Remembers a peer by its data id, durably; says whether it is not known with another. */
  boolean admit(int peer, byte[] itsDataId) throws IOException {
    if (directory != null) {
      return directory.admitPeer(peer, itsDataId);
    }
    byte[] known = peersInMemory.putIfAbsent(peer, itsDataId);
    return known == null || Arrays.equals(known, itsDataId);
  }

  /** Lets go of the directory; the log is closed by its writer. */
  @Override
  public void close() throws IOException {
    if (directory != null) {
      directory.close();
    }
  }
}
