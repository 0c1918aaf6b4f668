package io.github.skywalker.examples.torture;

/** What can go wrong. */
enum Fault {
  KILL_ONE(6, Needs.NOTHING),
  KILL_MINORITY(4, Needs.NOTHING),
  KILL_MASTER(6, Needs.NOTHING),
  KILL_ALL(6, Needs.NOTHING),
  /** One is killed again and again while it starts. */
  KILL_LOOP(3, Needs.NOTHING),
  /** SIGSTOP for less than a lease. */
  PAUSE_SHORT(4, Needs.NOTHING),
  /** SIGSTOP for more than a lease. */
  PAUSE_LONG(5, Needs.NOTHING),
  PAUSE_MASTER(5, Needs.NOTHING),
  ISOLATE_ONE(4, Needs.NOTHING),
  ISOLATE_MASTER(8, Needs.NOTHING),
  /** Two sides that do not hear each other. */
  HALVES(4, Needs.NOTHING),
  /** Two sides, and one node that hears both. */
  BRIDGE(3, Needs.NOTHING),
  /** One is not heard, and hears all; or the other way round. */
  ONE_WAY(5, Needs.NOTHING),
  /** Nobody hears anybody. */
  SILENCE(2, Needs.NOTHING),
  /** All are slow. */
  DELAYS(4, Needs.NOTHING),
  /** Connections are cut, also in the middle of a message. */
  CUTS(4, Needs.NOTHING),
  /** Bits flip and pieces come twice. */
  GARBLED(4, Needs.NOTHING),
  /** A disk is full, and freed. */
  FULL_DISK(4, Needs.MOUNT_OR_SHIM),
  SYNC_ERROR(4, Needs.SHIM),
  WRITE_ERROR(3, Needs.SHIM),
  /** Syncs take long on all nodes. */
  SLOW_DISKS(4, Needs.SHIM),
  /** All are killed while a sync is going on. */
  POWER_CUT(6, Needs.SHIM),
  /** A bit of the log flips while a node is down. */
  FLIPPED_BIT(3, Needs.NOTHING),
  /** A file of the log ends too early. */
  CUT_FILE(2, Needs.NOTHING),
  DELETED_FILE(2, Needs.NOTHING),
  /** A file of the log is another node's. */
  SWAPPED_FILE(2, Needs.NOTHING),
  /** A member goes, and comes back. */
  LEAVE_AND_RETURN(4, Needs.NOTHING),
  /** A member is replaced by a new one. */
  REPLACE(3, Needs.NOTHING),
  /** A master hands over. */
  RETIRE(5, Needs.NOTHING);

  /** What a fault takes. */
  enum Needs {
    NOTHING,
    MOUNT_OR_SHIM,
    SHIM
  }

  private final int weight;
  private final Needs needs;

  Fault(int weight, Needs needs) {
    this.weight = weight;
    this.needs = needs;
  }

  /** How often, compared with the others. */
  int weight() {
    return weight;
  }

  Needs needs() {
    return needs;
  }

  /** As it is written for people. */
  String words() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }
}
