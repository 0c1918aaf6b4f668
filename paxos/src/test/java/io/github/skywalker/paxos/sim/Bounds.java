package io.github.skywalker.paxos.sim;

import io.github.skywalker.paxos.SimulatedNode;
import io.github.skywalker.paxos.core.HeldInstances;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;

/**
 * What waits in one life of a node, and how much of it may: looked at when something has grown,
 * that is after each step of a group and each call of a client. What clients wait for is counted
 * here, and not asked of the node.
 */
final class Bounds {

  private static final String INVARIANT = "19 queues and memory within their bounds";

  /** What is held is summed up only after so many steps. */
  private static final int STEPS_FOR_ONE_SUM = 64;

  private final Life life;
  private final Swarm swarm;
  private final Judge judge;
  private final int[] proposals;
  private final long[] proposalBytes;
  private final int[] reads;
  private int steps;
  private int stepped = -1;
  private long heldBytes;
  private boolean installed;

  Bounds(Life life, Swarm swarm, Judge judge) {
    this.life = life;
    this.swarm = swarm;
    this.judge = judge;
    this.proposals = new int[swarm.allGroups()];
    this.proposalBytes = new long[swarm.allGroups()];
    this.reads = new int[swarm.allGroups()];
  }

  /* What clients ask for. */

  void proposing(int group, int bytes) {
    proposals[group]++;
    proposalBytes[group] += bytes;
  }

  void proposalAnswered(int group, int bytes) {
    proposals[group]--;
    proposalBytes[group] -= bytes;
  }

  void reading(int group) {
    reads[group]++;
  }

  void readAnswered(int group) {
    reads[group]--;
  }

  /** A call has come back. */
  void called(SimulatedNode node, int group) {
    atMost(proposals[group], swarm.maxPending, group, "proposals wait for their answers");
    atMost(
        proposalBytes[group],
        swarm.maxPendingBytes,
        group,
        "bytes of proposals wait for their answers");
    atMost(reads[group], swarm.maxReads, group, "reads wait for their answers");
    SimulatedNode.Waiting waiting = node.waiting(group);
    if (waiting == null) {
      return;
    }
    atMost(waiting.reads(), swarm.maxReads, group, "reads wait for their answers or machines");
    boolean counts =
        waiting.proposals() == proposals[group]
            && waiting.proposalBytes() == proposalBytes[group]
            && waiting.reads() >= reads[group];
    if (!counts) {
      judge.fail(
          INVARIANT,
          "group %d, node %d: %s is counted; %d proposals of %d bytes and %d reads wait",
          group,
          life.host().id(),
          waiting,
          proposals[group],
          proposalBytes[group],
          reads[group]);
    }
  }

  /* What a node holds. */

  /**
   * A replica has taken a step; what it asks for is not done yet.
   *
   * @param installs whether it has taken a checkpoint in, which may put more behind what waits
   */
  void stepped(SimulatedNode node, int group, Replica replica, Ready ready, boolean installs) {
    if (ready.writes.isEmpty() && ready.outcomes.isEmpty()) {
      return; // Nothing has grown.
    }
    SimulatedNode.Waiting waiting = node.waiting(group);
    stepped = group;
    heldBytes = waiting == null ? 0 : waiting.heldBytes();
    installed = installs;
    String breach = HeldInstances.breach(replica, swarm.window);
    if (breach == null && ++steps % STEPS_FOR_ONE_SUM == 0) {
      breach = HeldInstances.miscount(replica);
    }
    if (breach != null) {
      judge.fail(INVARIANT, "group %d, node %d: %s", group, life.host().id(), breach);
    }
  }

  /** An event is over, and with it what its step asked for. */
  void eventOver(SimulatedNode node) {
    if (stepped < 0) {
      return;
    }
    int group = stepped;
    stepped = -1;
    SimulatedNode.Waiting waiting = node.waiting(group);
    if (waiting != null) {
      checkHeld(group, waiting.heldBytes());
    }
  }

  /** One step may go beyond the bound, and none after it until there is room again. */
  private void checkHeld(int group, long held) {
    if (heldBytes > swarm.maxUnapplied && !installed) {
      atMost(held, heldBytes, group, "bytes of values are held for machines that lag");
    }
  }

  /** A group takes up what another node has said: it may have to write for that. */
  void heard(SimulatedNode node, int group) {
    atMost(node.unwrittenBytes(), swarm.maxIncoming, group, "bytes wait for the log");
  }

  private void atMost(long is, long most, int group, String what) {
    if (is > most) {
      judge.fail(
          INVARIANT,
          "group %d, node %d: %d %s; at most %d",
          group,
          life.host().id(),
          is,
          what,
          most);
    }
  }
}
