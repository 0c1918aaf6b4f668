package io.github.skywalker.examples.torture;

import java.nio.file.Path;
import java.util.List;

/**
 * One run.
 *
 * @param seconds for how long things go wrong
 * @param seed of everything that is drawn
 * @param nodes how many nodes found the cluster
 * @param groups how many groups there are
 * @param clients how many clients there are
 * @param leaseMillis the lease
 * @param faults the kinds of faults that may happen; all if empty
 * @param loseUnsynced whether SIGKILL loses what was not synced, as a power cut does
 * @param checkpointInstances after so many instances nodes take checkpoints
 * @param keptInstances so many instances below the newest checkpoint stay in the logs
 * @param directory where everything is kept
 * @param classPathFront what stands before everything else in the class path of nodes; empty for
 *     nothing
 */
record Plan(
    int seconds,
    long seed,
    int nodes,
    int groups,
    int clients,
    int leaseMillis,
    List<Fault> faults,
    boolean loseUnsynced,
    int checkpointInstances,
    int keptInstances,
    Path directory,
    String classPathFront) {

  /** Says what is wrong with it, in the words of the command line. */
  Plan {
    require("--seconds", seconds, 1, 100_000_000);
    require("--nodes", nodes, 1, 9);
    require("--groups", groups, 1, 64);
    require("--clients", clients, 1, 256);
    require("--lease-ms", leaseMillis, 100, 60_000);
    require("--checkpoint-instances", checkpointInstances, 1, Integer.MAX_VALUE);
    require("--kept-instances", keptInstances, 0, Integer.MAX_VALUE);
  }

  private static void require(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          option + " must be between " + least + " and " + most + "; got " + value);
    }
  }
}
