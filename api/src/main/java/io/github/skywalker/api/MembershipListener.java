package io.github.skywalker.api;

/** Hears of changes of a group's membership. */
@FunctionalInterface
public interface MembershipListener {

  /**
   * Called on the callback executor, in log order. Where the machines of this node lag behind by
   * more than a bound, only the newest is told.
   *
   * @param group the group
   * @param membership the membership from that instance on
   */
  void membershipChanged(int group, Membership membership);
}
