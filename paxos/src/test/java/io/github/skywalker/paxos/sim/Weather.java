package io.github.skywalker.paxos.sim;

import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/** What each directed link does to a message at this moment. */
final class Weather {

  /** A direction between two nodes. */
  private record Way(int from, int to) implements Comparable<Way> {
    @Override
    public int compareTo(Way other) {
      int byFrom = Integer.compare(from, other.from);
      return byFrom != 0 ? byFrom : Integer.compare(to, other.to);
    }
  }

  private final Swarm swarm;
  private final SplittableRandom random;
  private final Map<Way, Double> slowness = new TreeMap<>();
  private final Set<Way> cuts = new TreeSet<>();
  private final Map<Way, Long> stalls = new TreeMap<>();
  private boolean calm;

  Weather(Swarm swarm, SplittableRandom random) {
    this.swarm = swarm;
    this.random = random;
  }

  /** Cuts a direction. */
  void cut(int from, int to) {
    if (from != to) {
      cuts.add(new Way(from, to));
    }
  }

  /** Makes a direction whole again. */
  void heal(int from, int to) {
    cuts.remove(new Way(from, to));
  }

  void healAll() {
    cuts.clear();
    stalls.clear();
  }

  /** Holds back what goes in a direction until some true time. */
  void stall(int from, int to, long until) {
    stalls.put(new Way(from, to), until);
  }

  /** Until when this direction holds back what it carries. */
  long stalledUntil(int from, int to) {
    return stalls.isEmpty() ? 0 : stalls.getOrDefault(new Way(from, to), 0L);
  }

  boolean isCut(int from, int to) {
    return cuts.contains(new Way(from, to));
  }

  /** From now on only cuts are left: no loss, nothing twice, nothing out of order. */
  void calm() {
    calm = true;
  }

  /** How long a message takes: a minimum, and an exponential tail. */
  long delay(int from, int to) {
    double slow =
        slowness.computeIfAbsent(
            new Way(from, to), way -> Math.pow(swarm.asymmetry, random.nextDouble() * 2 - 1));
    double tail = -Math.log(1 - random.nextDouble()) * 0.7;
    double mean = swarm.meanDelayNanos * slow;
    return (long) (mean * (0.3 + Math.min(tail, 8)));
  }

  boolean loses() {
    return !calm && swarm.loss > 0 && random.nextDouble() < swarm.loss;
  }

  boolean repeats() {
    return !calm && swarm.repetition > 0 && random.nextDouble() < swarm.repetition;
  }

  boolean repeatsLate() {
    return !calm && swarm.lateRepetition > 0 && random.nextDouble() < swarm.lateRepetition;
  }

  /** Whether this message keeps its place behind those sent before it. */
  boolean keepsOrder() {
    return calm || swarm.reordering == 0 || random.nextDouble() >= swarm.reordering;
  }

  /** When a late repetition comes: at once, or minutes later. */
  long lateness() {
    return (long) (swarm.runNanos * Math.pow(random.nextDouble(), 3));
  }

  int queueMessages() {
    return calm ? Integer.MAX_VALUE : swarm.queueMessages;
  }

  /** Something up to a bound, for what has no better measure. */
  long upTo(long bound) {
    return random.nextLong(bound + 1);
  }
}
