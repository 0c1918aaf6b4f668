package io.github.skywalker.api;

/**
 * How a proposal ended. What the caller may do next is in its {@link #fate}.
 *
 * <p>Refusals ({@link #NOT_MASTER}, {@link #INVALID_NODE}, {@link #OVERLOADED}, {@link #TOO_LARGE},
 * and a {@link #CONFLICT} that is seen at once) are answered at once, outside the order of
 * submission. Everything else is answered in the order of submission.
 */
public enum Status {
  /** It was chosen, and the machine on this node has executed it. */
  OK(Fate.APPLIED),
  /** This node is not the master, and the group is configured not to forward. */
  NOT_MASTER(Fate.NEVER),
  /** This node cannot propose in the group: it does not host it, or is no member of it. */
  INVALID_NODE(Fate.NEVER),
  /**
   * It came too late: the membership has another version than the change was made for, or the
   * master another one than the caller relied on.
   */
  CONFLICT(Fate.NEVER),
  /** The group's queue of proposals, or of reads, is full; try again later, and more slowly. */
  OVERLOADED(Fate.NEVER),
  /** The value is larger than {@link GroupOptions#maxProposalBytes()}. */
  TOO_LARGE(Fate.NEVER),
  /** Its deadline passed, and the group agreed that it will not be executed. */
  CANCELLED(Fate.NEVER),
  /**
   * No majority of the new membership would be caught up: heard of within the lease, behind by no
   * more than a window, and voting; see the detail.
   */
  NOT_CAUGHT_UP(Fate.NEVER),
  /** Its deadline passed, and it is not known whether it was, or will be, executed. */
  TIMEOUT(Fate.UNKNOWN),
  /** The group halted on this node, after damage, a disk error or a fault of its machine. */
  HALTED(Fate.UNKNOWN),
  /** The node was closed, or the group removed from it, before the outcome was known. */
  STOPPED(Fate.UNKNOWN);

  /** What has become of the effect of a proposal: the caller's next move depends on this alone. */
  public enum Fate {
    /** It took effect, once. */
    APPLIED,
    /** It has had no effect, and never will: it is safe to propose it again. */
    NEVER,
    /** It may have taken effect, or may later: only the state of the machine can tell. */
    UNKNOWN
  }

  private final Fate fate;

  Status(Fate fate) {
    this.fate = fate;
  }

  /** What has become of the effect. */
  public Fate fate() {
    return fate;
  }
}
