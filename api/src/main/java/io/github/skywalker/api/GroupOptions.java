package io.github.skywalker.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What one group is, and how much it may take. Made by {@link #builder}; immutable. */
public final class GroupOptions {

  private final Builder is;

  private GroupOptions(Builder builder) {
    this.is = builder;
  }

  /**
   * Starts the options of a group.
   *
   * @param id the group's id, from 0 up; the same on all nodes, and never used for another group
   */
  public static Builder builder(int id) {
    return new Builder(id);
  }

  /** The group's id. */
  public int id() {
    return is.id;
  }

  /** The founding membership; empty on a node that joins a group which others founded. */
  public Optional<Membership> membership() {
    return is.membership;
  }

  /** Whom this node, which follows the group, asks first; empty on founding members. */
  public List<Member> followed() {
    return is.followed;
  }

  /** The machines, in the order in which they were given. */
  public List<StateMachine> machines() {
    return is.machines;
  }

  /** Whether the group elects a master that holds a lease; default true. */
  public boolean useMaster() {
    return is.useMaster;
  }

  /** Whether proposals are forwarded to the master (default), or refused with its address. */
  public boolean forwardToMaster() {
    return is.forwardToMaster;
  }

  /** How many instances may be open at once; default 32. */
  public int windowInstances() {
    return is.windowInstances;
  }

  /** The most bytes of proposals that share one instance; default 256 KiB. */
  public int maxValueBytes() {
    return is.maxValueBytes;
  }

  /** The largest single proposal; default 1 MiB. */
  public int maxProposalBytes() {
    return is.maxProposalBytes;
  }

  /** How many proposals may wait for their answer at this node; default 65,536. */
  public int maxPendingProposals() {
    return is.maxPendingProposals;
  }

  /** How many bytes of proposals may wait for their answer at this node; default 64 MiB. */
  public long maxPendingBytes() {
    return is.maxPendingBytes;
  }

  /**
   * How many read barriers may wait at this node, each until it is answered and, where the machines
   * lag, until they have come so far; default 65,536.
   */
  public int maxPendingReads() {
    return is.maxPendingReads;
  }

  /**
   * How many bytes may be chosen and not yet applied before proposals are refused, and about how
   * many bytes of memory such values may take before they are read from the log again instead;
   * default 64 MiB.
   */
  public long maxUnappliedBytes() {
    return is.maxUnappliedBytes;
  }

  /** The time for a proposal to be decided, where it has none of its own; default 10 s. */
  public Duration proposeTimeout() {
    return is.proposeTimeout;
  }

  /** After this time without an answer a message is sent again, then less often; default 100 ms. */
  public Duration retryPeriod() {
    return is.retryPeriod;
  }

  /**
   * How long, at the most, a node waits at random before it contends, so that not all do at once;
   * default 300 ms.
   */
  public Duration maxElectionDelay() {
    return is.maxElectionDelay;
  }

  /**
   * After how many instances a checkpoint is taken, if every machine has one; default 100,000. Each
   * distance is drawn anew, up to a quarter shorter or longer, so that groups do not all take
   * theirs at once.
   */
  public long checkpointInstances() {
    return is.checkpointInstances;
  }

  /** After how many bytes of values a checkpoint is taken, if that is sooner; default 256 MiB. */
  public long checkpointBytes() {
    return is.checkpointBytes;
  }

  /** How many checkpoints are kept; default 2, so that there is one if the newest is damaged. */
  public int keptCheckpoints() {
    return is.keptCheckpoints;
  }

  /**
   * How many instances below the newest checkpoint stay in the log, for others to learn from;
   * default 10,000. What the oldest kept checkpoint does not cover stays in any case.
   */
  public long keptInstances() {
    return is.keptInstances;
  }

  /** Who hears of masters, by log order. */
  public List<MasterListener> masterListeners() {
    return is.masterListeners;
  }

  /** Who hears of membership changes, by log order. */
  public List<MembershipListener> membershipListeners() {
    return is.membershipListeners;
  }

  /** Who hears that the group halted here. */
  public List<GroupListener> groupListeners() {
    return is.groupListeners;
  }

  /** Collects and checks the options of a group. Not for use by several threads. */
  public static final class Builder implements Cloneable {

    private final int id;
    private Optional<Membership> membership = Optional.empty();
    private List<Member> followed = List.of();
    private List<StateMachine> machines = new ArrayList<>();
    private boolean useMaster = true;
    private boolean forwardToMaster = true;
    private int windowInstances = 32;
    private int maxValueBytes = 256 << 10;
    private int maxProposalBytes = 1 << 20;
    private int maxPendingProposals = 1 << 16;
    private long maxPendingBytes = 64L << 20;
    private int maxPendingReads = 1 << 16;
    private long maxUnappliedBytes = 64L << 20;
    private Duration proposeTimeout = Duration.ofSeconds(10);
    private Duration retryPeriod = Duration.ofMillis(100);
    private Duration maxElectionDelay = Duration.ofMillis(300);
    private long checkpointInstances = 100_000;
    private long checkpointBytes = 256L << 20;
    private int keptCheckpoints = 2;
    private long keptInstances = 10_000;
    private List<MasterListener> masterListeners = new ArrayList<>();
    private List<MembershipListener> membershipListeners = new ArrayList<>();
    private List<GroupListener> groupListeners = new ArrayList<>();

    private Builder(int id) {
      this.id = Checks.atLeast("GroupOptions.id", id, 0);
    }

    /** Sets the founding membership: the same on every founding node. */
    public Builder membership(Membership founding) {
      Checks.that(
          founding.version() == 0 && !founding.members().isEmpty(),
          "GroupOptions.membership is the founding one, with version 0 and at least one member;"
              + " got "
              + founding);
      this.membership = Optional.of(founding);
      return this;
    }

    /**
     * Makes this node a follower of a group that others founded: it learns and applies everything,
     * serves reads after {@link Node#readBarrier}, teaches others that lag, and does not vote or
     * propose. Once a membership change names it, it is a member; one that was removed follows.
     *
     * @param nodes whom to ask first, beside {@link NodeOptions#seeds}: members, or other
     *     followers, former members too; by them it finds the members of the time. What is learned
     *     of a follower is as good.
     */
    public Builder follow(Collection<Member> nodes) {
      Checks.that(!nodes.isEmpty(), "GroupOptions.follow: name at least one node to follow");
      this.followed = List.copyOf(nodes);
      return this;
    }

    /** Adds a machine. */
    public Builder machine(StateMachine machine) {
      Checks.atLeast(
          "StateMachine.machineId", machine.machineId(), StateMachine.FIRST_USER_MACHINE_ID);
      machines.add(machine);
      return this;
    }

    /** Sets {@link GroupOptions#useMaster}. */
    public Builder useMaster(boolean use) {
      this.useMaster = use;
      return this;
    }

    /** Sets {@link GroupOptions#forwardToMaster}. */
    public Builder forwardToMaster(boolean forward) {
      this.forwardToMaster = forward;
      return this;
    }

    /** Sets {@link GroupOptions#windowInstances}, from 1 to 1,024. */
    public Builder windowInstances(int instances) {
      this.windowInstances = Checks.between("GroupOptions.windowInstances", instances, 1, 1024);
      return this;
    }

    /** Sets {@link GroupOptions#maxValueBytes}, from 1 KiB to 16 MiB. */
    public Builder maxValueBytes(int bytes) {
      this.maxValueBytes = Checks.between("GroupOptions.maxValueBytes", bytes, 1 << 10, 16 << 20);
      return this;
    }

    /** Sets {@link GroupOptions#maxProposalBytes}, from 1 byte to 16 MiB. */
    public Builder maxProposalBytes(int bytes) {
      this.maxProposalBytes = Checks.between("GroupOptions.maxProposalBytes", bytes, 1, 16 << 20);
      return this;
    }

    /** Sets {@link GroupOptions#maxPendingProposals}, at least 1. */
    public Builder maxPendingProposals(int count) {
      this.maxPendingProposals = Checks.atLeast("GroupOptions.maxPendingProposals", count, 1);
      return this;
    }

    /** Sets {@link GroupOptions#maxPendingBytes}, at least 1. */
    public Builder maxPendingBytes(long bytes) {
      this.maxPendingBytes = Checks.atLeast("GroupOptions.maxPendingBytes", bytes, 1);
      return this;
    }

    /** Sets {@link GroupOptions#maxPendingReads}, at least 1. */
    public Builder maxPendingReads(int count) {
      this.maxPendingReads = Checks.atLeast("GroupOptions.maxPendingReads", count, 1);
      return this;
    }

    /** Sets {@link GroupOptions#maxUnappliedBytes}, at least 1. */
    public Builder maxUnappliedBytes(long bytes) {
      this.maxUnappliedBytes = Checks.atLeast("GroupOptions.maxUnappliedBytes", bytes, 1);
      return this;
    }

    /** Sets {@link GroupOptions#proposeTimeout}, from 1 ms to a day. */
    public Builder proposeTimeout(Duration time) {
      this.proposeTimeout =
          Checks.between(
              "GroupOptions.proposeTimeout", time, Duration.ofMillis(1), Duration.ofDays(1));
      return this;
    }

    /** Sets {@link GroupOptions#retryPeriod}, from 1 ms to a minute. */
    public Builder retryPeriod(Duration time) {
      this.retryPeriod =
          Checks.between(
              "GroupOptions.retryPeriod", time, Duration.ofMillis(1), Duration.ofMinutes(1));
      return this;
    }

    /** Sets {@link GroupOptions#maxElectionDelay}, from 1 ms to a minute. */
    public Builder maxElectionDelay(Duration time) {
      this.maxElectionDelay =
          Checks.between(
              "GroupOptions.maxElectionDelay", time, Duration.ofMillis(1), Duration.ofMinutes(1));
      return this;
    }

    /** Sets {@link GroupOptions#checkpointInstances}, at least 1. */
    public Builder checkpointInstances(long instances) {
      this.checkpointInstances = Checks.atLeast("GroupOptions.checkpointInstances", instances, 1);
      return this;
    }

    /** Sets {@link GroupOptions#checkpointBytes}, at least 1 KiB. */
    public Builder checkpointBytes(long bytes) {
      this.checkpointBytes = Checks.atLeast("GroupOptions.checkpointBytes", bytes, 1 << 10);
      return this;
    }

    /** Sets {@link GroupOptions#keptCheckpoints}, from 1 to 100. */
    public Builder keptCheckpoints(int count) {
      this.keptCheckpoints = Checks.between("GroupOptions.keptCheckpoints", count, 1, 100);
      return this;
    }

    /** Sets {@link GroupOptions#keptInstances}, at least 0. */
    public Builder keptInstances(long instances) {
      this.keptInstances = Checks.atLeast("GroupOptions.keptInstances", instances, 0);
      return this;
    }

    /** Adds a listener. */
    public Builder onMaster(MasterListener listener) {
      masterListeners.add(listener);
      return this;
    }

    /** Adds a listener. */
    public Builder onMembership(MembershipListener listener) {
      membershipListeners.add(listener);
      return this;
    }

    /** Adds a listener. */
    public Builder onHalt(GroupListener listener) {
      groupListeners.add(listener);
      return this;
    }

    /**
     * Checks what belongs together.
     *
     * @return the options; later calls on this builder do not change them
     * @throws IllegalArgumentException if there is no machine, two share an id, or the bounds on
     *     bytes contradict each other
     */
    public GroupOptions build() {
      Checks.that(!machines.isEmpty(), "GroupOptions.machine: group " + id + " has no machine");
      Set<Integer> ids = new HashSet<>();
      for (StateMachine machine : machines) {
        Checks.that(
            ids.add(machine.machineId()),
            "GroupOptions.machine: group " + id + " has two machines " + machine.machineId());
      }
      Checks.that(
          maxPendingBytes >= maxProposalBytes,
          "GroupOptions.maxPendingBytes must be at least maxProposalBytes, "
              + maxProposalBytes
              + "; got "
              + maxPendingBytes);
      Builder copy;
      try {
        copy = (Builder) clone();
      } catch (CloneNotSupportedException impossible) {
        throw new AssertionError(impossible);
      }
      copy.machines = List.copyOf(machines);
      copy.masterListeners = List.copyOf(masterListeners);
      copy.membershipListeners = List.copyOf(membershipListeners);
      copy.groupListeners = List.copyOf(groupListeners);
      return new GroupOptions(copy);
    }
  }
}
