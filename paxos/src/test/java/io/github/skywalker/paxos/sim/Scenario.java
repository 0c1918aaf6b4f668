package io.github.skywalker.paxos.sim;

import java.util.List;
import java.util.Locale;

/**
 * What a run is about. In the swarm anything may meet anything. Each of the others plays one thing,
 * again and again, in a small cluster with short leases: what the swarm needs thousands of seeds
 * for, it has in a few. Its seeds are judged like all others, and counted apart.
 */
enum Scenario {
  /** Anything. */
  SWARM,
  /** Who leads is parted from some, and the others come and go while his lease lives. */
  LEASES,
  /** Reads are asked of one who was deposed and does not know it. */
  READS,
  /** Ballots contend, each with votes of others still on their way. */
  BALLOTS,
  /** Members come and go, several at once, while others do not hear of it. */
  MEMBERSHIPS,
  /** Nodes live short lives, and what former ones sent comes late. */
  LIVES,
  /** Checkpoints stand in for logs that are soon gone, and are slow in coming. */
  CHECKPOINTS;

  /** By its name, in small letters. */
  static Scenario named(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** What chooses it on the command line. */
  String option() {
    return isSwarm() ? "" : " -Dscenario=" + name().toLowerCase(Locale.ROOT);
  }

  boolean isSwarm() {
    return this == SWARM;
  }

  /** In what its draws are not the swarm's. */
  Bias bias() {
    return switch (this) {
      case SWARM -> new Bias();
      case LEASES ->
          small()
              .always(Fault.PARTED_PAIRS, Fault.WANDERING_CUTS)
              .often(Fault.KILLS, Fault.RESTARTS, Fault.PAUSES, Fault.STALLS)
              .yes("long ways")
              .part("strikes of KILLS", 0.5, 1)
              .part("strikes of RESTARTS", 0.5, 1)
              .part("writes that attract a crash", 0.7, 1);
      case READS ->
          small()
              .always(Fault.WANDERING_CUTS)
              .often(Fault.STALLS, Fault.PAUSES, Fault.PARTED_PAIRS)
              .part("strikes of STALLS", 0.6, 1)
              .part("strikes of PAUSES", 0.6, 1)
              .part("reads", 0, 0.2);
      case BALLOTS ->
          small()
              .always(Fault.WANDERING_CUTS, Fault.REORDERING, Fault.ECHOES)
              .often(Fault.LATE_REPETITION, Fault.LOSS, Fault.STALLS, Fault.PARTED_PAIRS)
              .part("cluster", 0, 0.7)
              .part("masters", 0, 0.5)
              .part("without master", 1, 1)
              .part("delay", 0.7, 1)
              .part("late repetition", 0.7, 1)
              .part("lateness", 0, 0.3)
              .part("window", 0.5, 1);
      case MEMBERSHIPS ->
          small()
              .always(Fault.CHANGES, Fault.WANDERING_CUTS)
              .often(Fault.PARTED_PAIRS, Fault.KILLS, Fault.RETIREMENTS, Fault.LOSS)
              .part("spares", 0.4, 1)
              .part("changes", 0, 0.4)
              .part("window", 0.5, 1);
      case LIVES ->
          small()
              .always(Fault.LATE_REPETITION, Fault.KILLS)
              .often(Fault.PARTED_PAIRS, Fault.RESTARTS, Fault.POWER_CUTS)
              .part("late repetition", 0.9, 1)
              .part("lateness", 0.3, 0.7)
              .part("strikes of KILLS", 0.5, 0.9)
              .part("writes that attract a crash", 0.6, 1)
              .yes("aims at anybody")
              .no("no forwarding")
              .part("load", 0.2, 0.6);
      case CHECKPOINTS ->
          small()
              .always(Fault.WANDERING_CUTS)
              .often(Fault.RESTARTS, Fault.KILLS, Fault.STALLS, Fault.PARTED_PAIRS)
              .often(Fault.FORGED_NAMES)
              .no("no checkpoints")
              .part("distance", 0, 0.3)
              .part("kept checkpoints", 0, 0)
              .no("kept instances")
              .yes("slow catch-up")
              .part("fill", 0.7, 1)
              .part("pieces", 0, 0.3)
              .part("few", 0.5, 1)
              .part("load", 0, 0.6)
              .part("window", 0.7, 1);
    };
  }

  /** What all but the swarm have in common. */
  private static Bias small() {
    return new Bias()
        .part("cluster", 0, 0.4)
        .no("many groups")
        .part("few", 0, 0)
        .no("groups come")
        .no("machines")
        .no("durable machines")
        .no("masters")
        .part("lease", 0, 0.3)
        .part("retry", 0, 0.5)
        .part("election", 0, 0.4)
        .part("disk", 0, 0.5);
  }

  /** The figures of what it is about: of each, two or more a seed. */
  List<String> plays() {
    return switch (this) {
      case SWARM -> List.of();
      case LEASES -> List.of("pairs parted", "masterships");
      case READS -> List.of("reads at a leader who is deposed");
      case BALLOTS -> List.of("cuts that wander", "masterships", "answers echoed");
      case MEMBERSHIPS -> List.of("membership changes");
      case LIVES -> List.of("messages repeated in another life");
      case CHECKPOINTS -> List.of("checkpoints loaded");
    };
  }
}
