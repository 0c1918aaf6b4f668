package io.github.skywalker.paxos.sim;

/** The families of faults; each is on in one half of the seeds, some of them more rarely. */
enum Fault {
  /** Messages are lost. */
  LOSS,
  /** Messages come twice. */
  REPETITION,
  /** Messages come again much later, perhaps to another life of the receiver. */
  LATE_REPETITION,
  /** Messages overtake each other. */
  REORDERING,
  /** Few messages fit into a link; the others are dropped. */
  FULL_QUEUES,
  /** Connections break, and what was on its way in them is lost. */
  RESETS,
  /** A bit flips on its way. */
  CORRUPTION,
  /** Links are cut, in both directions or in one. */
  PARTITIONS,
  /** A cut wanders from node to node: who was away meets those who were not, and another goes. */
  WANDERING_CUTS,
  /** Links hold back what they carry, and deliver it all later. */
  STALLS,
  /** Processes are killed. */
  KILLS,
  /** Machines lose power, and with it what was not synced. */
  POWER_CUTS,
  /** Processes stand still while their clock goes on. */
  PAUSES,
  /** Machines stand still, clock and all: leases are then counted, not asserted. */
  SUSPENSIONS(8),
  /** Clocks drift beyond the bound: leases are then counted, not asserted. */
  HOSTILE_CLOCKS(8),
  /** Writes and syncs fail. */
  DISK_ERRORS,
  /** Disks are full for a while. */
  FULL_DISKS(8),
  /** Nodes are stopped in good order, and started again. */
  RESTARTS,
  /** All nodes are killed at once. */
  BLACKOUTS,
  /** Members are added, removed and replaced. */
  CHANGES,
  /** Masters retire. */
  RETIREMENTS,
  /** A stored bit of a minority's disks flips. */
  ROT(4),
  /** Writes to a minority's disks go to another place, and nobody says so. */
  MISDIRECTED_WRITES(4),
  /** Writes to a minority's disks stop short, and nobody says so. */
  SHORT_WRITES(4),
  /** For a while, pages of a disk are read as they were before, or from another place. */
  MISREADS(4),
  /** The user's machines take their time, now and then. */
  SLOW_MACHINES,
  /** A disk is lost for good, and its node comes back under its old id. */
  LOST_DISKS(8),
  /** Peers offer checkpoints of which a file lies elsewhere. */
  FORGED_NAMES(8),
  /** One who leads and one other do not hear each other, and all others hear both. */
  PARTED_PAIRS(Fault.NEVER),
  /** What was answered to a ballot before comes again, just when another one asks. */
  ECHOES(Fault.NEVER);

  /** In no seed of the swarm: what only scenarios have. */
  private static final int NEVER = Integer.MAX_VALUE;

  private final int oneIn;

  Fault() {
    this(2);
  }

  Fault(int oneIn) {
    this.oneIn = oneIn;
  }

  /** One seed in so many has it. */
  int oneIn() {
    return oneIn;
  }
}
