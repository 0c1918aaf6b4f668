package io.github.skywalker.api;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What a node is, and how much it may take. Made by {@link #builder}; immutable. */
public final class NodeOptions {

  private static final int DEFAULT_CATCH_UP_PIECE_BYTES = 256 << 10;

  /** What is told in pieces comes in pieces of a MiB, and a heartbeat tells of 10,000 groups. */
  private static final int LEAST_FRAME_BYTES = 2 << 20;

  /** Where the log of a node lives. */
  public enum Storage {
    /** In a journal on disk: what was acknowledged survives. The default. */
    JOURNAL,
    /**
     * In memory: a node that stops has forgotten its votes, and must not come back under its id.
     * For tests and throw-away groups.
     */
    MEMORY
  }

  private final Builder is;

  private NodeOptions(Builder builder) {
    this.is = builder;
  }

  /** Starts the options of a node. */
  public static Builder builder() {
    return new Builder();
  }

  /** This node: its id and the address that the others connect to. */
  public Member self() {
    return Builder.required("self", is.self);
  }

  /** The address to listen on; default: the advertised one. */
  public InetSocketAddress listen() {
    return is.listen != null ? is.listen : new InetSocketAddress(self().host(), self().port());
  }

  /** The directory of everything that this node stores. */
  public Path dataDirectory() {
    return Builder.required("dataDirectory", is.dataDirectory);
  }

  /** The name that all nodes of a cluster share; default {@code skywalker}. */
  public String clusterName() {
    return is.clusterName;
  }

  /** Members to ask, for a node that joins groups which others founded; default none. */
  public List<Member> seeds() {
    return is.seeds;
  }

  /** The groups to open at start. */
  public List<GroupOptions> groups() {
    return is.groups;
  }

  /** Where the log lives; default {@link Storage#JOURNAL}. */
  public Storage storage() {
    return is.storage;
  }

  /**
   * For how long this node, answering a heartbeat, lets no other take what the asking node leads;
   * default 2 s. A master that dies is replaced after about this time, so shorter is quicker; a
   * master that pauses for longer loses its place, so longer is calmer. Two seconds outlast what a
   * busy JVM or a stuttering network usually pauses.
   */
  public Duration lease() {
    return is.lease;
  }

  /**
   * How often this node asks each peer for a grant; default a quarter of the lease: two in a row
   * may be lost, and the lease lives on.
   */
  public Duration heartbeatPeriod() {
    return is.heartbeatPeriod != null ? is.heartbeatPeriod : is.lease.dividedBy(4);
  }

  /**
   * How often, on average, this node tells each peer again, for all groups at once, what it knows
   * chosen; default 10 s, and so much for each thousand groups where there are more. Lost messages
   * are found long before by other ways; this one rests on nothing that was remembered.
   */
  public Duration learnPeriod() {
    return is.learnPeriod;
  }

  /**
   * The drift bound: by how much, in millionths, the rates of any two clocks may differ; default
   * 10,000, a hundredth. Leases are counted shorter by it.
   */
  public int maxClockDriftPpm() {
    return is.maxClockDriftPpm;
  }

  /**
   * Threads that run groups; default half the cores, at least 1. A single one serves the
   * connections to other nodes as well; beside several, these have a thread of their own.
   */
  public int groupLoops() {
    return is.groupLoops;
  }

  /**
   * Loops that run the machines; default 2. There is a thread for each, and one for the library's
   * own loop of callbacks; any of them runs any of these loops, one at a time, so that who has run
   * a machine can call back.
   */
  public int applyLoops() {
    return is.applyLoops;
  }

  /** Threads for what may take long; default 2. */
  public int backgroundThreads() {
    return is.backgroundThreads;
  }

  /** Who runs callbacks and listeners; default a loop of the library's, one after the other. */
  public Optional<Executor> callbackExecutor() {
    return Optional.ofNullable(is.callbackExecutor);
  }

  /** The size of one file of the journal; default 64 MiB. */
  public int segmentBytes() {
    return is.segmentBytes;
  }

  /** Below this much free space nothing is written, and the groups halt; default 256 MiB. */
  public long diskReserveBytes() {
    return is.diskReserveBytes;
  }

  /** The largest frame that is sent or taken; default 32 MiB. */
  public int maxFrameBytes() {
    return is.maxFrameBytes;
  }

  /** How many bytes may wait for one peer before messages to it are dropped; default 64 MiB. */
  public long maxOutgoingBytes() {
    return is.maxOutgoingBytes;
  }

  /**
   * How many bytes of messages from other nodes may wait for each group loop, or for this node to
   * open its groups, or of what they have caused for the log, before more messages are dropped;
   * default 64 MiB. What was dropped is counted by {@link NodeObserver#refused}, and said again by
   * whoever needs it.
   */
  public long maxIncomingBytes() {
    return is.maxIncomingBytes;
  }

  /** How many connections from outside are held at once; default 256. */
  public int maxConnections() {
    return is.maxConnections;
  }

  /**
   * How many groups ask for a new master at once, when that of many has died; the others wait their
   * turn, so that none gives up because all are slow. Default 256.
   */
  public int maxContendingGroups() {
    return is.maxContendingGroups;
  }

  /** TCP_NODELAY; default true. */
  public boolean tcpNoDelay() {
    return is.tcpNoDelay;
  }

  /**
   * With what the connections between nodes are encrypted, and their ends made known to each other;
   * default none. Then nodes believe each other who they are, and whoever can reach the address
   * that this node listens on, and knows the name of the cluster, can pass for a node.
   */
  public Optional<TlsOptions> tls() {
    return Optional.ofNullable(is.tls);
  }

  /** The first pause before a lost connection is tried again; doubled up to 20 times; 50 ms. */
  public Duration reconnectPeriod() {
    return is.reconnectPeriod;
  }

  /**
   * How many bytes in a second this node reads and sends, at the most, to nodes that have fallen
   * behind: streamed logs and checkpoints, to all of them together; default 64 MiB. Votes and
   * heartbeats have a connection of their own, and this keeps the disk and the line free for them.
   */
  public long catchUpBytesPerSecond() {
    return is.catchUpBytesPerSecond;
  }

  /**
   * How large the pieces are in which a checkpoint is asked for; default 256 KiB, or half a frame
   * if that is less.
   */
  public int catchUpPieceBytes() {
    return is.catchUpPieceBytes == 0
        ? Math.min(DEFAULT_CATCH_UP_PIECE_BYTES, is.maxFrameBytes / 2)
        : is.catchUpPieceBytes;
  }

  /** Who counts; default {@link NodeObserver#NONE}. */
  public NodeObserver observer() {
    return is.observer;
  }

  /**
   * Checks that a group can be opened on this node, as {@link Builder#build} does for the groups
   * that are opened at start.
   *
   * @throws IllegalArgumentException if it can be neither founded nor joined, or a value does not
   *     fit into a frame
   */
  public void checkFits(GroupOptions group) {
    is.checkGroup(self(), group);
  }

  /** Collects and checks the options of a node. Not for use by several threads. */
  public static final class Builder implements Cloneable {

    private @Nullable Member self;
    private @Nullable InetSocketAddress listen;
    private @Nullable Path dataDirectory;
    private String clusterName = "skywalker";
    private List<Member> seeds = List.of();
    private List<GroupOptions> groups = new ArrayList<>();
    private Storage storage = Storage.JOURNAL;
    private Duration lease = Duration.ofSeconds(2);
    private @Nullable Duration heartbeatPeriod;
    private Duration learnPeriod = Duration.ofSeconds(10);
    private int maxClockDriftPpm = 10_000;
    private int groupLoops = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private int applyLoops = 2;
    private int backgroundThreads = 2;
    private @Nullable Executor callbackExecutor;
    private int segmentBytes = 64 << 20;
    private long diskReserveBytes = 256L << 20;
    private int maxFrameBytes = 32 << 20;
    private long maxOutgoingBytes = 64L << 20;
    private long maxIncomingBytes = 64L << 20;
    private int maxConnections = 256;
    private int maxContendingGroups = 256;
    private boolean tcpNoDelay = true;
    private @Nullable TlsOptions tls;
    private Duration reconnectPeriod = Duration.ofMillis(50);
    private long catchUpBytesPerSecond = 64L << 20;
    private int catchUpPieceBytes; // 0 until it is set.
    private NodeObserver observer = NodeObserver.NONE;

    private Builder() {}

    /** Sets {@link NodeOptions#self}; required. */
    public Builder self(Member member) {
      this.self = member;
      return this;
    }

    /** Sets {@link NodeOptions#listen}. */
    public Builder listen(InetSocketAddress address) {
      this.listen = address;
      return this;
    }

    /** Sets {@link NodeOptions#dataDirectory}; required, for this node alone. */
    public Builder dataDirectory(Path directory) {
      this.dataDirectory = directory;
      return this;
    }

    /** Sets {@link NodeOptions#clusterName}. */
    public Builder clusterName(String name) {
      this.clusterName = Checks.notBlank("NodeOptions.clusterName", name);
      Checks.that(
          name.length() <= 128,
          "NodeOptions.clusterName has at most 128 characters; got " + name.length());
      return this;
    }

    /** Sets {@link NodeOptions#seeds}. */
    public Builder seeds(List<Member> members) {
      this.seeds = List.copyOf(members);
      return this;
    }

    /** Adds a group. */
    public Builder group(GroupOptions group) {
      groups.add(group);
      return this;
    }

    /** Sets {@link NodeOptions#storage}. */
    public Builder storage(Storage where) {
      this.storage = where;
      return this;
    }

    /** Sets {@link NodeOptions#lease}, from 100 ms to a minute. */
    public Builder lease(Duration time) {
      this.lease =
          Checks.between("NodeOptions.lease", time, Duration.ofMillis(100), Duration.ofMinutes(1));
      return this;
    }

    /** Sets {@link NodeOptions#heartbeatPeriod}, from 10 ms up to a third of the lease. */
    public Builder heartbeatPeriod(Duration time) {
      this.heartbeatPeriod =
          Checks.between(
              "NodeOptions.heartbeatPeriod", time, Duration.ofMillis(10), Duration.ofSeconds(20));
      return this;
    }

    /** Sets {@link NodeOptions#learnPeriod}, from 10 ms to an hour. */
    public Builder learnPeriod(Duration time) {
      this.learnPeriod =
          Checks.between(
              "NodeOptions.learnPeriod", time, Duration.ofMillis(10), Duration.ofHours(1));
      return this;
    }

    /** Sets {@link NodeOptions#maxClockDriftPpm}, from 0 to 200,000. */
    public Builder maxClockDriftPpm(int millionths) {
      this.maxClockDriftPpm =
          Checks.between("NodeOptions.maxClockDriftPpm", millionths, 0, 200_000);
      return this;
    }

    /** Sets {@link NodeOptions#groupLoops}, from 1 to 256. */
    public Builder groupLoops(int threads) {
      this.groupLoops = Checks.between("NodeOptions.groupLoops", threads, 1, 256);
      return this;
    }

    /** Sets {@link NodeOptions#applyLoops}, from 1 to 256. */
    public Builder applyLoops(int threads) {
      this.applyLoops = Checks.between("NodeOptions.applyLoops", threads, 1, 256);
      return this;
    }

    /** Sets {@link NodeOptions#backgroundThreads}, from 1 to 64. */
    public Builder backgroundThreads(int threads) {
      this.backgroundThreads = Checks.between("NodeOptions.backgroundThreads", threads, 1, 64);
      return this;
    }

    /**
     * Sets {@link NodeOptions#callbackExecutor}. It is the user's own, and is not shut down. Where
     * it runs tasks out of order, callbacks still run in order: they are handed over one group at a
     * time.
     */
    public Builder callbackExecutor(Executor executor) {
      this.callbackExecutor = executor;
      return this;
    }

    /** Sets {@link NodeOptions#segmentBytes}, a multiple of 8 from 1 MiB to 1 GiB. */
    public Builder segmentBytes(int bytes) {
      this.segmentBytes = Checks.between("NodeOptions.segmentBytes", bytes, 1 << 20, 1 << 30);
      Checks.that(bytes % 8 == 0, "NodeOptions.segmentBytes must be a multiple of 8; got " + bytes);
      return this;
    }

    /** Sets {@link NodeOptions#diskReserveBytes}, at least 0. */
    public Builder diskReserveBytes(long bytes) {
      this.diskReserveBytes = Checks.atLeast("NodeOptions.diskReserveBytes", bytes, 0);
      return this;
    }

    /**
     * Sets {@link NodeOptions#maxFrameBytes}, from 64 KiB to 256 MiB; where there are groups, at
     * least 2 MiB.
     */
    public Builder maxFrameBytes(int bytes) {
      this.maxFrameBytes = Checks.between("NodeOptions.maxFrameBytes", bytes, 64 << 10, 256 << 20);
      return this;
    }

    /** Sets {@link NodeOptions#maxOutgoingBytes}, at least 64 KiB. */
    public Builder maxOutgoingBytes(long bytes) {
      this.maxOutgoingBytes = Checks.atLeast("NodeOptions.maxOutgoingBytes", bytes, 64 << 10);
      return this;
    }

    /** Sets {@link NodeOptions#maxIncomingBytes}, at least 1 KiB. */
    public Builder maxIncomingBytes(long bytes) {
      this.maxIncomingBytes = Checks.atLeast("NodeOptions.maxIncomingBytes", bytes, 1 << 10);
      return this;
    }

    /** Sets {@link NodeOptions#maxConnections}, at least 8. */
    public Builder maxConnections(int count) {
      this.maxConnections = Checks.atLeast("NodeOptions.maxConnections", count, 8);
      return this;
    }

    /** Sets {@link NodeOptions#maxContendingGroups}, at least 1. */
    public Builder maxContendingGroups(int count) {
      this.maxContendingGroups = Checks.atLeast("NodeOptions.maxContendingGroups", count, 1);
      return this;
    }

    /** Sets {@link NodeOptions#tcpNoDelay}. */
    public Builder tcpNoDelay(boolean noDelay) {
      this.tcpNoDelay = noDelay;
      return this;
    }

    /** Sets {@link NodeOptions#tls}: on all nodes of a cluster, or on none. */
    public Builder tls(TlsOptions files) {
      this.tls = files;
      return this;
    }

    /** Sets {@link NodeOptions#reconnectPeriod}, from 1 ms to a minute. */
    public Builder reconnectPeriod(Duration time) {
      this.reconnectPeriod =
          Checks.between(
              "NodeOptions.reconnectPeriod", time, Duration.ofMillis(1), Duration.ofMinutes(1));
      return this;
    }

    /** Sets {@link NodeOptions#catchUpBytesPerSecond}, at least 64 KiB. */
    public Builder catchUpBytesPerSecond(long bytes) {
      this.catchUpBytesPerSecond =
          Checks.atLeast("NodeOptions.catchUpBytesPerSecond", bytes, 64 << 10);
      return this;
    }

    /** Sets {@link NodeOptions#catchUpPieceBytes}, from 1 KiB to 4 MiB, and half a frame. */
    public Builder catchUpPieceBytes(int bytes) {
      this.catchUpPieceBytes =
          Checks.between("NodeOptions.catchUpPieceBytes", bytes, 1 << 10, 4 << 20);
      return this;
    }

    /** Sets {@link NodeOptions#observer}. */
    public Builder observer(NodeObserver hooks) {
      this.observer = hooks;
      return this;
    }

    /**
     * Checks what belongs together.
     *
     * @return the options; later calls on this builder do not change them
     * @throws IllegalArgumentException if self or the data directory is missing, two groups share
     *     an id, a group can be neither founded nor joined, or a value does not fit into a frame
     */
    public NodeOptions build() {
      Member node = required("self", self);
      required("dataDirectory", dataDirectory);
      if (heartbeatPeriod != null) {
        Checks.between(
            "NodeOptions.heartbeatPeriod (at most a third of the lease)",
            heartbeatPeriod,
            Duration.ofMillis(10),
            lease.dividedBy(3));
      }
      Checks.that(
          catchUpPieceBytes <= maxFrameBytes / 2,
          "NodeOptions.catchUpPieceBytes must be at most half of maxFrameBytes, "
              + maxFrameBytes
              + "; got "
              + catchUpPieceBytes);
      Set<Integer> ids = new HashSet<>();
      for (GroupOptions group : groups) {
        Checks.that(ids.add(group.id()), "NodeOptions.group: two groups have the id " + group.id());
        checkGroup(node, group);
      }
      Builder copy;
      try {
        copy = (Builder) clone();
      } catch (CloneNotSupportedException impossible) {
        throw new AssertionError(impossible);
      }
      copy.groups = List.copyOf(groups);
      return new NodeOptions(copy);
    }

    private void checkGroup(Member node, GroupOptions group) {
      Checks.that(
          group.membership().isPresent() || !seeds.isEmpty() || !group.followed().isEmpty(),
          "NodeOptions.seeds: group "
              + group.id()
              + " has no founding membership, and there is no seed, and nobody whom it follows, to"
              + " learn one from");
      Checks.that(
          group.followed().isEmpty()
              || group.membership().stream().noneMatch(all -> all.contains(node.nodeId())),
          "GroupOptions.follow: node "
              + node.nodeId()
              + " is a founding member of group "
              + group.id()
              + ", and so no follower");
      group
          .membership()
          .flatMap(founding -> founding.find(node.nodeId()))
          .ifPresent(
              listed ->
                  Checks.that(
                      listed.equals(node),
                      "NodeOptions.self is "
                          + node
                          + ", but the founding membership of group "
                          + group.id()
                          + " lists "
                          + listed));
      Checks.that(
          maxFrameBytes >= LEAST_FRAME_BYTES,
          "NodeOptions.maxFrameBytes must be at least "
              + LEAST_FRAME_BYTES
              + " for a node with groups; got "
              + maxFrameBytes);
      long largest = (long) Math.max(group.maxValueBytes(), group.maxProposalBytes()) + 4096;
      Checks.that(
          largest <= maxFrameBytes && largest <= segmentBytes / 2,
          "GroupOptions.maxProposalBytes and maxValueBytes, and 4 KiB more, must fit into"
              + " NodeOptions.maxFrameBytes, "
              + maxFrameBytes
              + ", and half of segmentBytes, "
              + segmentBytes
              + "; group "
              + group.id()
              + " needs "
              + largest);
    }

    private static <T> T required(String name, @Nullable T value) {
      if (value == null) {
        throw new IllegalArgumentException("NodeOptions." + name + " is required");
      }
      return value;
    }
  }
}
