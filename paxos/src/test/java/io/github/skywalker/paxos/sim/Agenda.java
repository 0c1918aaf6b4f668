package io.github.skywalker.paxos.sim;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What is done to a cluster in the course of a run, by clients and by the nemesis. Each act has a
 * name and a number, and draws from a sequence that follows from these, whatever the others do.
 */
final class Agenda {

  /**
   * One thing that was done.
   *
   * @param number among those with the same name, from 1 up
   */
  record Played(String name, int number) {}

  /** One thing that is done. */
  interface Act {
    void play(SplittableRandom random);
  }

  private final Scheduler scheduler;
  private final Draws draws;
  private final Cut cut;
  private final Map<String, Integer> counts = new HashMap<>();
  private final Map<Played, String> played = new LinkedHashMap<>();
  private Played playing;
  private boolean stopped;

  Agenda(Scheduler scheduler, Draws draws, Cut cut) {
    this.cut = cut;
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
    Played one = new Played(name, counts.merge(name, 1, Integer::sum));
    if (cut.plays(one)) {
      playing = one;
      played.put(one, "");
      act.play(draws.of(name, one.number()));
    }
  }

  /** Says more of the act that is being played. */
  void note(String format, Object... arguments) {
    played.put(playing, String.format(Locale.ROOT, format, arguments));
  }

  /** What was played, in its order, each with what was noted of it. */
  Map<Played, String> played() {
    return played;
  }

  /** Nothing begins any more; what has begun may still end. */
  void stop() {
    stopped = true;
  }

  boolean hasStopped() {
    return stopped;
  }
}
