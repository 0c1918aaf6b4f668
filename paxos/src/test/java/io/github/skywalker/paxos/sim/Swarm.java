package io.github.skywalker.paxos.sim;

import static io.github.skywalker.paxos.sim.Scheduler.MICROS;
import static io.github.skywalker.paxos.sim.Scheduler.MILLIS;
import static io.github.skywalker.paxos.sim.Scheduler.SECONDS;

import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/**
 * What one run is like, all of it drawn from the seed: cluster, load, limits, and which families of
 * faults there are, and how strong. Different extremes meet in different seeds.
 */
final class Swarm {

  /** So long is the run of a scenario, as its leases are short. */
  private static final int RUN_LEASES = 30;

  private final Draws draws;
  private final Bias bias;
  private final TreeSet<String> drawn = new TreeSet<>();
  final Seed seed;
  final int founders;
  final int spares;
  final int followers;
  final int groups;
  final int comingGroups;
  final int machines;
  final boolean durableMachines;
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
  final int segmentBytes;
  final int maxUnapplied;
  final int groupLoops;
  final boolean forwards;

  final long hopNanos;
  final long diskNanos;
  final long slowNanos;
  final long meanDelayNanos;
  final double asymmetry;
  final long longestWayNanos;
  final double loss;
  final double repetition;
  final double lateRepetition;
  final long latenessNanos;
  final double reordering;
  final double corruption;
  final int queueMessages;
  final long maxIncoming;
  final int maxContending;
  final long maxPendingBytes;
  final int maxReads;

  final long proposeEveryNanos;
  final long readEveryNanos;
  final long changeEveryNanos;
  final long timeoutNanos;
  final int maxPayloadBytes;
  final boolean aimsAtLeaders;
  final int writesForOneCrash;

  final long checkpointInstances;
  final int keptCheckpoints;
  final long keptInstances;
  final int checkpointFillBytes;
  final int pieceBytes;
  final long catchUpBytesPerSecond;

  Swarm(Draws draws, Seed seed, Cut cut) {
    this.draws = draws;
    this.seed = seed;
    this.bias = seed.scenario().bias();
    int dice = below("cluster", 10);
    founders = dice < 4 ? 3 : dice < 7 ? 5 : new int[] {1, 2, 4, 7}[below("odd", 4)];
    groups = 1 + (chance("many groups", 3) ? below("groups", 8) : below("few", 2));
    comingGroups = chance("groups come", 3) ? 1 + below("coming groups", 3) : 0;
    machines = chance("machines", 4) ? 2 : 1;
    durableMachines = chance("durable machines", 3);
    groupsWithoutMaster = chance("masters", 4) ? below("without master", groups + 1) : 0;
    if (!seed.scenario().isSwarm()) {
      faults.addAll(bias.faults(draws));
    } else if (!chance("calm", 10)) {
      // Some runs have nearly all of them, and some a few, which the others do not drown.
      double density = 0.1 + 0.8 * share("density");
      for (Fault fault : Fault.values()) {
        if (share("fault " + fault) < density * 2 / fault.oneIn()) {
          faults.add(fault);
        }
      }
    }
    faults.removeAll(cut.without());
    spares = has(Fault.CHANGES) ? 1 + below("spares", 3) : 0;
    boolean mayFollow = seed.scenario().isSwarm() && chance("followers", 4);
    followers = mayFollow ? 1 + below("how many followers", 2) : 0;

    leaseNanos = (long) (200 * MILLIS * Math.pow(150, Math.pow(share("lease"), 3)));
    retryNanos = between("retry", leaseNanos / 40, leaseNanos / 4, 10 * MILLIS, 500 * MILLIS);
    electionNanos = between("election", leaseNanos / 20, leaseNanos, 10 * MILLIS, SECONDS);
    runNanos =
        seed.scenario().isSwarm()
            ? Math.min(60 * SECONDS, 5 * SECONDS + (1 + below("run", 3)) * leaseNanos * 3)
            : RUN_LEASES * leaseNanos;
    clockPpm = has(Fault.HOSTILE_CLOCKS) ? 50_000 : 1_000;

    window = 1 << below("window", 7);
    maxValueBytes = 1 << (10 + (chance("small values", 3) ? 0 : below("values", 8)));
    maxPending = chance("few pending", 4) ? 4 + below("pending", 30) : 10_000;
    segmentBytes = 1 << (14 + below("segments", 7));
    maxUnapplied = chance("little unapplied", 3) ? 1 << (8 + below("unapplied", 7)) : 1 << 20;
    groupLoops = 1 + below("loops", 3);
    forwards = !chance("no forwarding", 5);

    hopNanos = between("hop", MICROS, 200 * MICROS, MICROS, retryNanos / 50);
    diskNanos = between("disk", 20 * MICROS, 20 * MILLIS, 20 * MICROS, retryNanos / 4);
    slowNanos = between("slow machines", retryNanos / 4, 2 * leaseNanos, MILLIS, 3 * SECONDS);
    meanDelayNanos = between("delay", 50 * MICROS, 50 * MILLIS, 50 * MICROS, retryNanos / 4);
    asymmetry = chance("asymmetric", 3) ? 1 + share("asymmetry") * 4 : 1;
    longestWayNanos = chance("long ways", 3) ? Math.min(leaseNanos * 2 / 3, SECONDS) : 0;
    loss = has(Fault.LOSS) ? 0.3 * Math.pow(share("loss"), 2) : 0;
    repetition = has(Fault.REPETITION) ? 0.5 * Math.pow(share("repetition"), 2) : 0;
    lateRepetition = has(Fault.LATE_REPETITION) ? 0.2 * Math.pow(share("late repetition"), 3) : 0;
    latenessNanos = between("lateness", 2 * retryNanos, runNanos, 0, runNanos);
    reordering = has(Fault.REORDERING) ? share("reordering") : 0;
    corruption = has(Fault.CORRUPTION) ? 0.01 * Math.pow(share("corruption"), 2) : 0;
    queueMessages = has(Fault.FULL_QUEUES) ? 4 + below("queues", 40) : 100_000;
    maxIncoming = has(Fault.FULL_QUEUES) ? 2 << (10 + below("incoming", 7)) : 64 << 20;

    maxPayloadBytes = chance("long payloads", 8) ? 8 << 10 : 8 + below("payloads", 120);
    maxContending = chance("few contenders", 3) ? 1 + below("contenders", 2) : 256;

    // Where each has an instance for itself, no more than can be chosen while the run settles.
    boolean alone = 2L * maxPayloadBytes > maxValueBytes;
    long instanceNanos = alone ? 4 * (meanDelayNanos + diskNanos) / window : 0;
    long slowest = (long) ((double) runNanos * instanceNanos / (10 * longestNanos()));
    proposeEveryNanos = Math.max(slowest, runNanos / (50 << below("load", 5)));
    readEveryNanos = between("reads", proposeEveryNanos / 4, 16 * proposeEveryNanos, 0, runNanos);
    changeEveryNanos =
        between("changes", runNanos / 100, runNanos, 5 * proposeEveryNanos, runNanos);
    timeoutNanos = between("timeout", retryNanos * 10, 20 * leaseNanos, 100 * MILLIS, 60 * SECONDS);
    maxPendingBytes =
        chance("few pending bytes", 4)
            ? (8L + maxPayloadBytes) << below("pending bytes", 6)
            : 64 << 20;
    maxReads = chance("few reads", 4) ? 1 << below("pending reads", 5) : 1 << 16;
    writesForOneCrash = (int) (150 * Math.pow(20, share("writes that attract a crash")));
    aimsAtLeaders = !chance("aims at anybody", 3);

    checkpointInstances = chance("no checkpoints", 4) ? 1 << 20 : 4L << below("distance", 6);
    keptCheckpoints = 1 + below("kept checkpoints", 3);
    keptInstances = chance("kept instances", 3) ? below("kept instances, how many", 200) : 0;
    pieceBytes = 1 << (10 + below("pieces", 5));
    // Slow, but not so slow that all that a run proposes takes longer than it may settle.
    long slow = Math.max(64 << 10, 128L * maxPayloadBytes);
    catchUpBytesPerSecond = chance("slow catch-up", 3) ? slow : 64 << 20;
    checkpointFillBytes = below("fill", 20_000);
  }

  private SplittableRandom of(String what) {
    return draws.of("swarm, " + what);
  }

  /** The names of all that was drawn. */
  Set<String> drawn() {
    return drawn;
  }

  private int below(String what, int bound) {
    drawn.add(what);
    return bias.below(what, bound, of(what));
  }

  private boolean chance(String what, int oneIn) {
    return below(what, oneIn) == 0;
  }

  private double share(String what) {
    drawn.add(what);
    return bias.share(what, of(what));
  }

  /** The mean time between two strikes of one family: each has its own measure. */
  long everyNanos(Fault fault) {
    return fault == Fault.WANDERING_CUTS
        ? 2 * leaseNanos // One at a time: it soon follows that before it.
        : (long) (runNanos / Math.pow(16, share("strikes of " + fault)));
  }

  /** How many groups there may ever be. */
  int allGroups() {
    return groups + comingGroups;
  }

  /** How many nodes may ever be members; those above them follow. */
  int allMembers() {
    return founders + spares;
  }

  int allNodes() {
    return allMembers() + followers;
  }

  boolean isFollower(int node) {
    return node > allMembers();
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

  private long between(String what, long from, long to, long atLeast, long atMost) {
    double drawn = from * Math.pow((double) to / from, share(what));
    return Math.max(atLeast, Math.min(Math.max(atLeast, atMost), (long) drawn));
  }

  /** In a few lines, for the report of a failure. */
  @Override
  public String toString() {
    return String.format(
        java.util.Locale.ROOT,
        "%d founders, %d spares, %d followers, %d groups (%d without master, %d come later),"
            + " %d %s machines each%n"
            + "  lease %d ms, retry %d ms, election %d ms, clocks ± %d ppm, run %.1f s%n"
            + "  window %d, values %d B, pending %d of %d B, reads %d, unapplied %d B,"
            + " segments %d KiB, loops %d, forwards %s%n"
            + "  hop %d µs, disk %d µs, machines up to %d ms, delay %d µs (asymmetry %.1f)%n"
            + "  ways up to %d ms%n"
            + "  loss %.3f, repetition %.3f, late %.3f (%d ms), reordering %.2f, corruption %.4f%n"
            + "  queues %d, incoming %d B, %d groups contend%n"
            + "  checkpoints every %d instances of %d B, %d kept, and %d instances%n"
            + "  a proposal every %d µs, up to %d B, timeout %d ms%n"
            + "  a read every %d µs, a change every %d ms%n"
            + "  faults: %s",
        founders,
        spares,
        followers,
        groups,
        groupsWithoutMaster,
        comingGroups,
        machines,
        durableMachines ? "durable" : "empty",
        leaseNanos / MILLIS,
        retryNanos / MILLIS,
        electionNanos / MILLIS,
        clockPpm,
        runNanos / 1e9,
        window,
        maxValueBytes,
        maxPending,
        maxPendingBytes,
        maxReads,
        maxUnapplied,
        segmentBytes >> 10,
        groupLoops,
        forwards,
        hopNanos / MICROS,
        diskNanos / MICROS,
        has(Fault.SLOW_MACHINES) ? slowNanos / MILLIS : 0,
        meanDelayNanos / MICROS,
        asymmetry,
        longestWayNanos / MILLIS,
        loss,
        repetition,
        lateRepetition,
        latenessNanos / MILLIS,
        reordering,
        corruption,
        queueMessages,
        maxIncoming,
        maxContending,
        checkpointInstances,
        checkpointFillBytes,
        keptCheckpoints,
        keptInstances,
        proposeEveryNanos / MICROS,
        maxPayloadBytes,
        timeoutNanos / MILLIS,
        readEveryNanos / MICROS,
        changeEveryNanos / MILLIS,
        faults);
  }
}
