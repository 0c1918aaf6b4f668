package io.github.skywalker.api;

import java.util.Optional;

/** Hears of changes of a group's master. */
@FunctionalInterface
public interface MasterListener {

  /**
   * Called on the callback executor, in log order, when this node has learned of another
   * mastership. The news may be old by then: {@link Node#isMaster} tells what holds now. Where the
   * machines of this node lag behind by more than a bound, only the newest is told.
   *
   * @param group the group
   * @param master the new master; empty when the one before has given up, and none follows yet
   */
  void masterChanged(int group, Optional<Master> master);
}
