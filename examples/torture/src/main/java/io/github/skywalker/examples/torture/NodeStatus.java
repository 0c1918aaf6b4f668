package io.github.skywalker.examples.torture;

import java.util.List;

/**
 * What a node says of itself.
 *
 * @param node its id
 * @param groups its groups
 * @param proposals how many were handed to the library in this life
 * @param callbacks how many of them were answered
 * @param doubled how many answers came for one that had been answered
 * @param threads of the process
 * @param files that the process has open outside its data directory, sockets included
 * @param heapBytes in use
 */
record NodeStatus(
    int node,
    List<Group> groups,
    long proposals,
    long callbacks,
    long doubled,
    int threads,
    int files,
    long heapBytes) {

  /**
   * One group.
   *
   * @param group its id
   * @param version of its membership
   * @param members of it
   * @param master by the log; 0 if there is none
   * @param isMaster whether this node is
   * @param chosenUpTo known chosen
   * @param appliedUpTo applied
   * @param pending proposals that wait
   * @param halted why it halted; empty if it has not
   * @param digest of all that was executed
   * @param stateHash of what the keys hold
   */
  record Group(
      int group,
      long version,
      List<Integer> members,
      int master,
      boolean isMaster,
      long chosenUpTo,
      long appliedUpTo,
      int pending,
      String halted,
      KeyValueMachine.Digest digest,
      long stateHash) {}
}
