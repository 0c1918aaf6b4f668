package io.github.skywalker.examples.torture;

import io.github.skywalker.api.Member;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What one node is told.
 *
 * @param self its id, and where the others reach it
 * @param founding who founded the groups; empty for one that joins
 * @param seeds whom one that joins may ask
 * @param groups how many groups there are, from 0 up
 * @param data its directory
 * @param clients where it listens for clients
 * @param lease how long a master that is not heard of keeps its place
 * @param proposeTimeout the time for a proposal to be decided
 * @param diskReserveBytes nothing is written below it
 * @param checkpointInstances after so many instances a checkpoint is taken
 * @param keptInstances so many instances below the newest checkpoint stay in the log
 */
record NodePlan(
    Member self,
    List<Member> founding,
    List<Member> seeds,
    int groups,
    Path data,
    InetSocketAddress clients,
    Duration lease,
    Duration proposeTimeout,
    long diskReserveBytes,
    long checkpointInstances,
    long keptInstances) {

  /** The largest proposal that a node takes. */
  static final int MAX_PROPOSAL_BYTES = 256 << 10;

  /** Small, so that the log rolls often. */
  static final int SEGMENT_BYTES = 1 << 20;
}
