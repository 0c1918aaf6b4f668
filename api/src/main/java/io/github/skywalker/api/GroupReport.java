package io.github.skywalker.api;

import java.util.Optional;
import java.util.SortedMap;

/**
 * One group on one node, as it is now. Figures that belong together are from one moment.
 *
 * @param group the group
 * @param nodeId the node that reports
 * @param phase what the node's proposer does
 * @param membership the membership that was executed last
 * @param master the master, by the log
 * @param isMaster whether this node is master, with a live lease
 * @param promised the promised ballot, in words
 * @param chosenUpTo everything up to this instance is known chosen here
 * @param appliedUpTo everything up to this instance was applied by the machines here
 * @param openInstances instances that this node's proposer has open
 * @param pendingProposals proposals submitted here and not yet answered
 * @param pendingBytes their bytes
 * @param peers what the peers last said that they know chosen, by node id
 * @param checkpointInstance the instance of the newest checkpoint on disk; 0 if there is none
 * @param logInstances how many of the chosen instances the log still holds
 * @param fetching the checkpoint that is coming from another node; empty if none is
 * @param haltReason why the group halted here, or why it only learns for good; empty if neither
 * @param blocked which of the user's code has not come back for more than a second: a machine,
 *     named by its id, or a callback; empty if none. The group votes and learns meanwhile.
 */
public record GroupReport(
    int group,
    int nodeId,
    Phase phase,
    Membership membership,
    Optional<Master> master,
    boolean isMaster,
    String promised,
    long chosenUpTo,
    long appliedUpTo,
    int openInstances,
    int pendingProposals,
    long pendingBytes,
    SortedMap<Integer, Long> peers,
    long checkpointInstance,
    long logInstances,
    Optional<Fetching> fetching,
    Optional<String> haltReason,
    Optional<String> blocked) {

  /**
   * A checkpoint on its way to this node.
   *
   * @param fromNode who sends it
   * @param instance everything up to it is in the checkpoint
   * @param doneBytes how much has come
   * @param totalBytes how much there is; 0 as long as that is not known
   */
  public record Fetching(int fromNode, long instance, long doneBytes, long totalBytes) {}

  /** What a node's proposer does in a group. */
  public enum Phase {
    /** It accepts and learns; another node leads, or nobody needs to. */
    FOLLOWING,
    /** It asks whether it would be promised a ballot. */
    CANVASSING,
    /** It waits for promises. */
    PREPARING,
    /** It may propose. */
    PREPARED,
    /** It was prepared, and hands over. */
    RETIRING,
    /**
     * Its log is damaged: it learns, applies and answers reads, and neither votes nor leads. If all
     * that is lost was known chosen, it votes again when it has learned that; otherwise never, and
     * {@link #haltReason} says why.
     */
    LEARNING,
    /** It answers nothing. */
    HALTED
  }
}
