package io.github.skywalker.paxos.sim;

import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.proto.Envelope;
import java.util.function.BiPredicate;

/**
 * For how long the groups of which nothing is wanted have done nothing: idle groups cost neither a
 * message of their own nor a step for nothing.
 */
final class Silence {

  private final Scheduler scheduler;
  private final Weather weather;
  private BiPredicate<Integer, Integer> idle = (node, group) -> false;
  private long brokenAt;
  private String brokenBy = "";

  Silence(Scheduler scheduler, Weather weather) {
    this.scheduler = scheduler;
    this.weather = weather;
  }

  /**
   * Begins to listen.
   *
   * @param itsIdle whether nothing is wanted, at a node, of a group
   */
  void listen(BiPredicate<Integer, Integer> itsIdle) {
    idle = itsIdle;
    brokenAt = scheduler.now();
  }

  /** A message leaves. */
  void said(int from, int to, Envelope message) {
    if (isOfGroup(message)) {
      broken(from, message.getGroup(), message.getMessageCase() + " to " + to);
    }
  }

  private static boolean isOfGroup(Envelope message) {
    return switch (message.getMessageCase()) {
      case HEARTBEAT, GRANT, CLUSTER_WANTED, CLUSTER_NEWS -> false;
      default -> true;
    };
  }

  /**
   * A group takes a step. One that asks a node that is cut off is not for nothing; and for what a
   * group hears the one that said it answers.
   */
  void stepped(int node, int group, Event event, Ready ready) {
    boolean hears = event instanceof Event.Received;
    boolean mayLapse = event instanceof Event.GrantsChanged && weather.letsGrantsLapse();
    if (ready.isEmpty() && !hears && !mayLapse) {
      broken(node, group, "a step for nothing, at " + event);
    }
  }

  private void broken(int node, int group, String what) {
    if (idle.test(node, group)) {
      brokenAt = scheduler.now();
      brokenBy = "node " + node + ", group " + group + ": " + what;
    }
  }

  long nanos() {
    return scheduler.now() - brokenAt;
  }

  /** Who did something last, and what. */
  String brokenBy() {
    return brokenBy;
  }
}
