package io.github.skywalker.api;

/** Hears what befalls a group on this node. */
@FunctionalInterface
public interface GroupListener {

  /**
   * Called on the callback executor when the group halts on this node: it answers nothing any more
   * until the node is started anew; the other groups and the other nodes go on. Called too at a
   * start that finds the group's log damaged, so that a vote may be lost, and it only learns and
   * serves reads for good: see {@link GroupReport.Phase#LEARNING}.
   *
   * @param group the group
   * @param reason what happened, where, and what to do
   */
  void halted(int group, String reason);
}
