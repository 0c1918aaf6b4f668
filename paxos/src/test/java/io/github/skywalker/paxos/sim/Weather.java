package io.github.skywalker.paxos.sim;

import java.util.Arrays;
import java.util.SplittableRandom;

/** What each directed link does to a message at this moment. */
final class Weather {

  private static final double TAIL = 0.7;
  private static final double LONGEST_TAIL = 8;

  private final Swarm swarm;
  private final int nodes;
  private final double[] slowness;
  private final long[] lengths;
  private final int[] cuts;
  private final long[] stalls;
  private final SplittableRandom delays;
  private final SplittableRandom losses;
  private final SplittableRandom repetitions;
  private final SplittableRandom lateRepetitions;
  private final SplittableRandom orders;
  private final SplittableRandom corruptions;
  private final SplittableRandom pauses;
  private int untilLoss;
  private boolean calm;

  Weather(Swarm swarm, Draws draws) {
    this.swarm = swarm;
    nodes = swarm.allNodes() + 1;
    slowness = new double[nodes * nodes];
    lengths = new long[nodes * nodes];
    cuts = new int[nodes * nodes];
    stalls = new long[nodes * nodes];
    for (int from = 0; from < nodes; from++) {
      for (int to = 0; to < nodes; to++) {
        double exponent = draws.of("slowness from " + from, to).nextDouble() * 2 - 1;
        slowness[way(from, to)] = Math.pow(swarm.asymmetry, exponent);
      }
    }
    for (int a = 1; a < nodes; a++) {
      for (int b = 1; b < a; b++) {
        lengthen(a, b, draws.of("lengths", way(a, b)));
      }
    }
    delays = draws.of("delays");
    losses = draws.of("losses");
    repetitions = draws.of("repetitions");
    lateRepetitions = draws.of("late repetitions");
    orders = draws.of("orders");
    corruptions = draws.of("corruptions");
    pauses = draws.of("pauses before dialling");
  }

  /** Some pairs of nodes have a long way between them, in one direction. */
  private void lengthen(int a, int b, SplittableRandom random) {
    long length = (long) (swarm.longestWayNanos * random.nextDouble());
    int dice = random.nextInt(4);
    if (dice < 2) {
      lengths[dice == 0 ? way(a, b) : way(b, a)] = length;
    }
  }

  private int way(int from, int to) {
    return from * nodes + to;
  }

  /** Cuts a direction, in which other cuts may lie already. */
  void cut(int from, int to) {
    if (from != to) {
      cuts[way(from, to)]++;
    }
  }

  /** Takes one cut of a direction away. */
  void heal(int from, int to) {
    cuts[way(from, to)] = Math.max(0, cuts[way(from, to)] - 1);
  }

  void healAll() {
    Arrays.fill(cuts, 0);
    Arrays.fill(stalls, 0);
  }

  /** Holds back what goes in a direction until some true time. */
  void stall(int from, int to, long until) {
    stalls[way(from, to)] = until;
  }

  /** Until when this direction holds back what it carries. */
  long stalledUntil(int from, int to) {
    return stalls[way(from, to)];
  }

  boolean isCut(int from, int to) {
    return cuts[way(from, to)] > 0;
  }

  boolean isCalm() {
    return calm;
  }

  /** From now on only cuts are left: no loss, nothing twice, nothing out of order. */
  void calm() {
    calm = true;
  }

  /**
   * How long a message takes: a minimum, and an exponential tail; and, as long as it is not calm,
   * the length of the way, which may be near that of a lease.
   */
  long delay(int from, int to) {
    double tail = -Math.log(1 - delays.nextDouble()) * TAIL;
    double mean = swarm.meanDelayNanos * slowness[way(from, to)];
    long length = calm ? 0 : lengths[way(from, to)];
    return length + (long) (mean * (1 - TAIL + Math.min(tail, LONGEST_TAIL)));
  }

  /** The longest that a message takes where nothing holds it back. */
  long longestDelay() {
    return (calm ? 0 : Arrays.stream(lengths).max().orElse(0))
        + (long)
            (swarm.meanDelayNanos
                * Arrays.stream(slowness).max().orElse(1)
                * (1 - TAIL + LONGEST_TAIL));
  }

  /** Whether ways are so long, beside the lease, that a grant may run out and come back. */
  boolean letsGrantsLapse() {
    return 4 * longestDelay() >= swarm.leaseNanos;
  }

  /** One message is lost, the one after so many. */
  void loseAfter(int messages) {
    untilLoss = messages;
  }

  /** Whether that message is still to come. */
  boolean isToLose() {
    return untilLoss > 0;
  }

  boolean loses() {
    if (untilLoss > 0 && --untilLoss == 0) {
      return true;
    }
    return !calm && swarm.loss > 0 && losses.nextDouble() < swarm.loss;
  }

  boolean repeats() {
    return !calm && swarm.repetition > 0 && repetitions.nextDouble() < swarm.repetition;
  }

  boolean repeatsLate() {
    return !calm && swarm.lateRepetition > 0 && lateRepetitions.nextDouble() < swarm.lateRepetition;
  }

  /** Whether what was answered before comes again when the same is asked anew. */
  boolean echoes() {
    return !calm && swarm.has(Fault.ECHOES);
  }

  /** Whether peers lie about the names of files. */
  boolean forges() {
    return !calm && swarm.has(Fault.FORGED_NAMES);
  }

  boolean corrupts() {
    return !calm && swarm.corruption > 0 && corruptions.nextDouble() < swarm.corruption;
  }

  /** Flips one bit of a frame, in every second case of what its header says of the payload. */
  void corrupt(byte[] frame) {
    int bytes = corruptions.nextBoolean() ? Integer.BYTES + Integer.BYTES : frame.length;
    frame[corruptions.nextInt(bytes)] ^= (byte) (1 << corruptions.nextInt(Byte.SIZE));
  }

  /** Whether this message keeps its place behind those sent before it. */
  boolean keepsOrder() {
    return calm || swarm.reordering == 0 || orders.nextDouble() >= swarm.reordering;
  }

  /** When a late repetition comes: soon, or minutes later. */
  long lateness() {
    return (long) (swarm.latenessNanos * Math.pow(lateRepetitions.nextDouble(), 2));
  }

  int queueMessages() {
    return calm ? Integer.MAX_VALUE : swarm.queueMessages;
  }

  /** How long a node waits before it dials again. */
  long pause(long most) {
    return pauses.nextLong(most + 1);
  }
}
