package io.github.skywalker.api;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;

/**
 * One process of a cluster, and the groups that it hosts.
 *
 * <p>All methods may be called by any thread, and none of them blocks, except {@link #close}. A
 * future that a method returns is completed on the callback executor.
 */
public interface Node extends AutoCloseable {

  /** This node, as the others know it. */
  Member self();

  /** The ids of the groups that are open here. */
  SortedSet<Integer> groups();

  /**
   * Proposes a value: it is executed once by the group's machine on every node, in the same order
   * everywhere, and after every value that this node proposed in the group before.
   *
   * @param group the group
   * @param value the bytes; not copied, and not to be changed before the callback has been called
   * @param options the machine, a timeout, a fence
   * @param callback called exactly once
   * @throws NullPointerException if one of them is missing; nothing was proposed then
   */
  void propose(int group, byte[] value, ProposeOptions options, ProposeCallback callback);

  /** As {@link #propose(int, byte[], ProposeOptions, ProposeCallback)}, with the defaults. */
  default void propose(int group, byte[] value, ProposeCallback callback) {
    propose(group, value, ProposeOptions.DEFAULT, callback);
  }

  /**
   * As {@link #propose(int, byte[], ProposeOptions, ProposeCallback)}, with the answer as a future,
   * which never completes exceptionally: what went wrong is in the {@link Status}.
   */
  default CompletableFuture<ProposeResult> propose(int group, byte[] value) {
    CompletableFuture<ProposeResult> future = new CompletableFuture<>();
    propose(group, value, ProposeOptions.DEFAULT, future::complete);
    return future;
  }

  /**
   * Waits until this node's machines have applied everything that was acknowledged anywhere before
   * the call, so that what is then read from them is as new as the consistency asks.
   *
   * @param group the group
   * @param consistency what the read may miss
   * @return the instance that the machines have reached at least; fails with {@link NodeException}
   *     if that does not come about within the group's propose timeout, or the group stops; at
   *     once, with OVERLOADED, if {@link GroupOptions#maxPendingReads} wait
   */
  CompletableFuture<Long> readBarrier(int group, ReadConsistency consistency);

  /**
   * Changes who votes in a group; all changes together, or none.
   *
   * @param group the group
   * @param expectedVersion the {@link Membership#version} that the changes were made for
   * @param changes at least one; each node id in at most one of them
   * @return {@link Status#OK} when this node has executed the change; {@link Status#CONFLICT} when
   *     another change came first; {@link Status#NOT_CAUGHT_UP} when too few of the new members
   *     hold the log for the group to go on; else as a proposal
   */
  default CompletableFuture<ProposeResult> changeMembership(
      int group, long expectedVersion, List<MembershipChange> changes) {
    return changeMembership(group, expectedVersion, changes, false);
  }

  /**
   * As {@link #changeMembership(int, long, List)}.
   *
   * @param group the group
   * @param expectedVersion the {@link Membership#version} that the changes were made for
   * @param changes at least one
   * @param force true to change even if no majority of the new members is caught up: the group then
   *     stands still until one is
   * @return as {@link #changeMembership(int, long, List)}
   */
  CompletableFuture<ProposeResult> changeMembership(
      int group, long expectedVersion, List<MembershipChange> changes, boolean force);

  /**
   * Makes one membership change in all groups of this node that it concerns: in each that part of
   * it which the group still lacks, so that the call can be repeated, here or at another node,
   * until all of them have it.
   *
   * <ul>
   *   <li>Who comes must have caught up first: in each group it is waited for, up to the group's
   *       propose timeout, until the node holds what was chosen there when the group's turn came.
   *       Start it as a follower of the groups before ({@link GroupOptions.Builder#follow}); where
   *       there is much to learn, look at {@link #report} and ask again.
   *   <li>A replacement is one change: there is no moment with a member more, or less. Where both
   *       nodes are members, the one that goes is removed; where the one that goes is none, nothing
   *       is done.
   *   <li>The groups are changed a few at a time. Each change costs its group a new ballot: about a
   *       round trip, in which proposals wait. Nothing fails for it.
   * </ul>
   *
   * @param change the change; never forced
   * @return how it ended in each group that is open here, when all of them have answered: {@link
   *     Status#OK} with the version that has it, also if nothing was left to be done; {@link
   *     Status#NOT_CAUGHT_UP} if the node that comes has not come far enough, with how far it is;
   *     else as {@link #changeMembership(int, long, List)}. Whatever its fate, asking again is
   *     safe.
   */
  CompletableFuture<SortedMap<Integer, ProposeResult>> changeEverywhere(MembershipChange change);

  /**
   * Puts one node in the place of another in all groups of this node in which that one votes: as
   * {@link #changeEverywhere} with a {@link MembershipChange.Replace}.
   */
  default CompletableFuture<SortedMap<Integer, ProposeResult>> replaceEverywhere(
      int nodeId, Member by) {
    return changeEverywhere(new MembershipChange.Replace(nodeId, by));
  }

  /**
   * The membership of a group that this node executed last.
   *
   * @throws NodeException if the group is not open here
   */
  Membership membership(int group);

  /**
   * Who keeps a group, as far as this node knows: who votes, who follows, and the newest membership
   * that it has heard of.
   *
   * @throws NodeException if the group is not open here
   */
  Cluster cluster(int group);

  /**
   * The master of a group by this node's log, which may be behind.
   *
   * @return empty if there is none yet, or the group has no master election
   * @throws NodeException if the group is not open here
   */
  Optional<Master> master(int group);

  /**
   * Whether this node is master of the group at this moment, with a live lease. While clocks keep
   * the drift bound, no two nodes say so at once.
   *
   * @throws NodeException if the group is not open here
   */
  boolean isMaster(int group);

  /**
   * Hands the mastership to another member: what is open is finished first, what is waiting is
   * forwarded to the successor.
   *
   * @param group the group
   * @return {@link Status#OK} when a successor has been named; {@link Status#NOT_MASTER} if this
   *     node is not master
   */
  CompletableFuture<ProposeResult> retireMaster(int group);

  /**
   * Takes a checkpoint now, whatever the options say.
   *
   * @param group the group
   * @return the instance up to which it holds everything, when it is durable; fails with {@link
   *     NodeException} if a machine of the group has no checkpoints, if nothing was executed yet,
   *     if it cannot be written, or the group stops
   */
  CompletableFuture<Long> checkpoint(int group);

  /**
   * Deletes nothing more of a group's log on this node, until {@link #resumeLogCleaner} or the next
   * start: for a backup, or for a node that is about to come back and is to learn from the log.
   *
   * @throws NodeException if the group is not open here
   */
  void pauseLogCleaner(int group);

  /**
   * Deletes again what the checkpoints cover.
   *
   * @throws NodeException if the group is not open here
   */
  void resumeLogCleaner(int group);

  /**
   * What the group is doing here.
   *
   * @throws NodeException if the group is not open here
   */
  GroupReport report(int group);

  /**
   * Opens a group while the node runs. Ids are never used again: a group that was removed here
   * stays removed.
   *
   * @param options the group
   * @return completed when the group has read its log and takes part; fails with {@link
   *     NodeException} if its id is or was in use here, or its log is damaged
   */
  CompletableFuture<Void> createGroup(GroupOptions options);

  /**
   * Closes a group on this node for good and frees what it holds; its promise alone is kept, since
   * a vote must not be forgotten. Where this node is a member, remove it from the membership first,
   * and wait until {@link #membership} here says so: else the group loses a voter.
   *
   * @param group the group
   * @return completed when that is on disk, and the group's machines are not called any more; what
   *     was pending is answered {@link Status#STOPPED}. Fails with {@link NodeException} and {@link
   *     Status#NOT_CAUGHT_UP}, and changes nothing, while the members that are left may still need
   *     the vote that this node gave for its own removal, which is over when they have chosen
   *     anything more: call it again then
   */
  CompletableFuture<Void> removeGroup(int group);

  /**
   * Stops: releases what this node leads, answers what is pending with {@link Status#STOPPED}, and
   * frees threads, ports and files. Waits until that is done, and so for machines and callbacks
   * that are running. A second call does nothing.
   */
  @Override
  void close();
}
