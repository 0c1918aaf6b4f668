package io.github.skywalker.paxos;

import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.network.Admission;
import io.github.skywalker.network.Network;
import io.github.skywalker.storage.Disk;
import io.github.skywalker.storage.SegmentIndex;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import io.github.skywalker.util.TaskLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a node stands on. In production that is the machine, {@link Machine}; under the simulator it
 * is a world in which time, threads, disk and network are played. Everything above it is the same
 * code in both.
 */
interface World {

  /** The clock of the node. */
  Clock clock();

  /** A new loop; the node closes it. */
  RunLoop loop(String name);

  /**
   * New loops that may lend each other their threads; the node closes them.
   *
   * @param owner the first part of their names
   * @param roles the second, one for each loop
   */
  default List<? extends TaskLoop> team(String owner, List<String> roles) {
    return roles.stream().map(role -> loop(owner + "-" + role)).toList();
  }

  /** A new loop that can serve the network too; the node closes it. */
  RunLoop networkLoop(String name);

  /** The file system of the data directory. */
  Disk disk();

  /** How large a segment of the log is, in bytes. */
  default int segmentBytes(NodeOptions options) {
    return options.segmentBytes();
  }

  /** Opens the index of the log, which can be made again from the log at any time. */
  SegmentIndex index(Path directory, long reserveBytes) throws IOException;

  /**
   * Listens, and connects to whoever is made known.
   *
   * @param loop one of {@link #networkLoop}, on which the receiver is called
   */
  Network network(
      RunLoop loop,
      NodeOptions options,
      byte[] dataId,
      int boot,
      Admission admission,
      Network.Receiver receiver)
      throws IOException;

  /** Bytes that no other data directory has as its id. */
  byte[] freshDataId();

  /** A number that differs between nodes and starts, for random delays. */
  long seed();
}
