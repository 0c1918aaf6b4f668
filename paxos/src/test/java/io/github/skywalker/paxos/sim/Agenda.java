package io.github.skywalker.paxos.sim;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What is done to a cluster in the course of a run, by clients and by the nemesis. Each act has a
 * name and a number, and draws from a sequence that follows from these, whatever the others do.
 */
final class Agenda {

  /** One thing that is done. */
  interface Act {
    void play(SplittableRandom random);
  }

  private final Scheduler scheduler;
  private final Draws draws;
  private final Map<String, Integer> played = new HashMap<>();
  private boolean stopped;

  Agenda(Scheduler scheduler, Draws draws) {
    this.scheduler = scheduler;
    this.draws = draws;
  }

  Draws draws() {
    return draws;
  }

  /** Plays an act again and again, at random times. */
  void recur(String name, long meanNanos, Act act) {
    recur(name, meanNanos, draws.of("times of " + name), act);
  }

  private void recur(String name, long meanNanos, SplittableRandom times, Act act) {
    scheduler.after(
        1 + times.nextLong(2 * meanNanos),
        () -> {
          if (!stopped) {
            play(name, act);
            recur(name, meanNanos, times, act);
          }
        });
  }

  /** Plays an act now. */
  void play(String name, Act act) {
    int number = played.merge(name, 1, Integer::sum);
    act.play(draws.of(name, number));
  }

  /** Nothing begins any more; what has begun may still end. */
  void stop() {
    stopped = true;
  }

  boolean hasStopped() {
    return stopped;
  }
}
