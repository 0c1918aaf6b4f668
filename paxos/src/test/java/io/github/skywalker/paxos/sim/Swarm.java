package io.github.skywalker.paxos.sim;

import static io.github.skywalker.paxos.sim.Scheduler.MICROS;
import static io.github.skywalker.paxos.sim.Scheduler.MILLIS;
import static io.github.skywalker.paxos.sim.Scheduler.SECONDS;

import java.util.EnumSet;
import java.util.SplittableRandom;

/**
 * What one run is like, all of it drawn from the seed: cluster, load, limits, and which families of
 * faults there are, and how strong. Different extremes meet in different seeds.
 */
final class Swarm {

  final long seed;
  final int founders;
  final int spares;
  final int groups;
  final int machines;
  final int groupsWithoutMaster;
  final EnumSet<Fault> faults = EnumSet.noneOf(Fault.class);

  final long leaseNanos;
  final long retryNanos;
  final long electionNanos;
  final long runNanos;
  final int clockPpm;

  final int window;
  final int maxValueBytes;
  final int maxPending;
  final int groupLoops;
  final boolean forwards;

  final long hopNanos;
  final long diskNanos;
  final long meanDelayNanos;
  final double asymmetry;
  final double loss;
  final double repetition;
  final double lateRepetition;
  final double reordering;
  final int queueMessages;
  final long resetEveryNanos;

  final long proposeEveryNanos;
  final long timeoutNanos;
  final int maxPayloadBytes;
  final long faultEveryNanos;

  Swarm(long seed) {
    this.seed = seed;
    SplittableRandom random = new SplittableRandom(seed).split();
    int dice = random.nextInt(10);
    founders = dice < 4 ? 3 : dice < 7 ? 5 : new int[] {1, 2, 4, 7}[random.nextInt(4)];
    groups = random.nextInt(3) == 0 ? 1 + random.nextInt(8) : 1 + random.nextInt(2);
    machines = random.nextInt(4) == 0 ? 2 : 1;
    groupsWithoutMaster = random.nextInt(4) == 0 ? random.nextInt(groups + 1) : 0;
    boolean calm = random.nextInt(10) == 0;
    // A family that came later is drawn from a sequence of its own: seeds keep what they had.
    SplittableRandom later = new SplittableRandom(~seed).split();
    for (Fault fault : Fault.values()) {
      boolean rare =
          fault == Fault.SUSPENSIONS
              || fault == Fault.HOSTILE_CLOCKS
              || fault == Fault.LOST_DISKS
              || fault == Fault.FULL_DISKS;
      SplittableRandom source = fault == Fault.STALLS ? later : random;
      if (source.nextInt(rare ? 8 : 2) == 0 && !calm) {
        faults.add(fault);
      }
    }
    spares = has(Fault.CHANGES) ? 1 + random.nextInt(2) : 0;

    leaseNanos = (long) (200 * MILLIS * Math.pow(150, Math.pow(random.nextDouble(), 3)));
    retryNanos = between(random, leaseNanos / 40, leaseNanos / 4, 10 * MILLIS, 500 * MILLIS);
    electionNanos = between(random, leaseNanos / 20, leaseNanos, 10 * MILLIS, SECONDS);
    runNanos = Math.min(60 * SECONDS, 5 * SECONDS + random.nextInt(1, 4) * leaseNanos * 3);
    clockPpm = has(Fault.HOSTILE_CLOCKS) ? 50_000 : 1_000;

    window = 1 << random.nextInt(7);
    maxValueBytes = random.nextInt(3) == 0 ? 1 << 10 : 1 << (10 + random.nextInt(8));
    maxPending = random.nextInt(4) == 0 ? 4 + random.nextInt(30) : 10_000;
    groupLoops = 1 + random.nextInt(3);
    forwards = random.nextInt(5) != 0;

    hopNanos = between(random, MICROS, 200 * MICROS, MICROS, retryNanos / 50);
    diskNanos = between(random, 20 * MICROS, 20 * MILLIS, 20 * MICROS, retryNanos / 4);
    meanDelayNanos = between(random, 50 * MICROS, 50 * MILLIS, 50 * MICROS, retryNanos / 4);
    asymmetry = random.nextInt(3) == 0 ? 1 + random.nextDouble() * 4 : 1;
    loss = has(Fault.LOSS) ? 0.3 * Math.pow(random.nextDouble(), 2) : 0;
    repetition = has(Fault.REPETITION) ? 0.5 * Math.pow(random.nextDouble(), 2) : 0;
    lateRepetition = has(Fault.LATE_REPETITION) ? 0.02 * random.nextDouble() : 0;
    reordering = has(Fault.REORDERING) ? random.nextDouble() : 0;
    queueMessages = has(Fault.FULL_QUEUES) ? 4 + random.nextInt(40) : 100_000;
    resetEveryNanos = has(Fault.RESETS) ? runNanos / (2 + random.nextInt(20)) : Long.MAX_VALUE;

    int proposals = 50 << random.nextInt(5);
    proposeEveryNanos = runNanos / proposals;
    timeoutNanos = between(random, retryNanos * 10, 20 * leaseNanos, 100 * MILLIS, 60 * SECONDS);
    maxPayloadBytes = random.nextInt(8) == 0 ? 8 << 10 : 8 + random.nextInt(120);
    faultEveryNanos = runNanos / (4 + random.nextInt(30));
  }

  boolean has(Fault fault) {
    return faults.contains(fault);
  }

  /** Whether clocks keep to what leases are promised for. */
  boolean keepsClocks() {
    return !has(Fault.HOSTILE_CLOCKS) && !has(Fault.SUSPENSIONS);
  }

  /** What everything is bounded by when no fault is left. */
  long longestNanos() {
    return Math.max(Math.max(electionNanos, leaseNanos), Math.max(retryNanos * 16, SECONDS));
  }

  private static long between(
      SplittableRandom random, long from, long to, long atLeast, long atMost) {
    double drawn = from * Math.pow((double) to / from, random.nextDouble());
    return Math.max(atLeast, Math.min(Math.max(atLeast, atMost), (long) drawn));
  }

  /** In a few lines, for the report of a failure. */
  @Override
  public String toString() {
    return String.format(
        java.util.Locale.ROOT,
        "%d founders, %d spares, %d groups (%d without master), %d machines each%n"
            + "  lease %d ms, retry %d ms, election %d ms, clocks ± %d ppm, run %.1f s%n"
            + "  window %d, values %d B, pending %d, loops %d, forwards %s%n"
            + "  hop %d µs, disk %d µs, delay %d µs (asymmetry %.1f)%n"
            + "  loss %.3f, repetition %.3f, late %.3f, reordering %.2f, queues %d%n"
            + "  a proposal every %d µs, up to %d B, timeout %d ms; a fault every %d ms%n"
            + "  faults: %s",
        founders,
        spares,
        groups,
        groupsWithoutMaster,
        machines,
        leaseNanos / MILLIS,
        retryNanos / MILLIS,
        electionNanos / MILLIS,
        clockPpm,
        runNanos / 1e9,
        window,
        maxValueBytes,
        maxPending,
        groupLoops,
        forwards,
        hopNanos / MICROS,
        diskNanos / MICROS,
        meanDelayNanos / MICROS,
        asymmetry,
        loss,
        repetition,
        lateRepetition,
        reordering,
        queueMessages,
        proposeEveryNanos / MICROS,
        maxPayloadBytes,
        timeoutNanos / MILLIS,
        faultEveryNanos / MILLIS,
        faults);
  }
}
