package io.github.skywalker.paxos;

import io.github.skywalker.api.Cluster;
import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.ProposeCallback;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.core.Contenders;
import io.github.skywalker.paxos.core.Grants;
import io.github.skywalker.paxos.core.Heartbeats;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.storage.GroupCheckpoints;
import io.github.skywalker.storage.LogStore;
import io.github.skywalker.storage.LogWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node: the groups of one process, the log and the network that they share, and their threads.
 *
 * <p>{@link #start} reads the log and lets the groups take part; from then on everything happens on
 * loops. See {@link Group} for the way of a proposal.
 */
public final class PaxosNode implements Node {

  private static final Logger log = LoggerFactory.getLogger(PaxosNode.class);

  /** What all groups together keep in memory of chosen values, roughly: it outlives collections. */
  private static final long MAX_TAIL_BYTES = 16L << 20;

  private final NodeOptions options;
  private final World world;
  private final Probe probe;
  private final Loops loops;
  private final Storage storage;
  private final Network network;
  private final Grants grants;
  private final Contenders contenders;
  private final Pulse pulse;
  private final CatchUp catchUp;
  private final Acquaintances acquaintances;
  private final Everywhere everywhere;
  private final LogWriter writer;
  private final Map<Integer, Group> groups = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable CompletableFuture<Void>> closing =
      new AtomicReference<>();

  /**
   * Starts a node: reads its log, and takes part from then on. Blocks while it reads, and says how
   * far it is.
   *
   * @param options who it is, where it lives, and its groups
   * @return the node; the caller's to close
   * @throws IOException if its directory or its log cannot be used, or its address not be listened
   *     on; the message says what is wrong, where, and what to do
   */
  public static Node start(NodeOptions options) throws IOException {
    return new PaxosNode(options, new Machine(), Probe.NONE);
  }

  PaxosNode(NodeOptions options, World world, Probe probe) throws IOException {
    this.options = options;
    this.world = world;
    this.probe = probe;
    this.loops = new Loops(world, options);
    this.everywhere =
        new Everywhere(options.self().nodeId(), loops.errands(), world.clock(), loops.callbacks());
    Inbox inbox =
        new Inbox(groups, loops::mailboxOf, options.observer(), options.maxIncomingBytes());
    Storage opened = null;
    Network listening = null;
    try {
      opened = Storage.open(options, world, loops.background());
      this.storage = opened;
      this.contenders = new Contenders(options.maxContendingGroups());
      this.grants = grants();
      this.writer =
          new LogWriter(
              storage.log(),
              loops.ofLog(),
              world.clock(),
              new LogWatch(),
              LogWriter.DEFAULT_MAX_BATCH_BYTES);
      listening =
          world.network(
              loops.ofNetwork(), options, storage.dataId(), storage.boot(), this::admit, inbox);
      this.network = listening;
      Pace pace = new Pace(loops.errands(), world.clock(), options.catchUpBytesPerSecond());
      this.catchUp = new CatchUp(storage.log(), pace, network);
      inbox.transfers(new Transfers(loops.errands(), pace, groups.values()));
      this.acquaintances =
          new Acquaintances(
              options.self(),
              network,
              options.heartbeatPeriod().toNanos(),
              options.learnPeriod().toNanos());
      inbox.acquaintances(acquaintances);
      this.pulse =
          new Pulse(
              new Heartbeats(
                  storage.boot(),
                  options.lease().toNanos(),
                  options.maxClockDriftPpm(),
                  options.learnPeriod().toNanos(),
                  world.seed(),
                  grants),
              grants,
              options.heartbeatPeriod().toNanos(),
              loops,
              world.clock(),
              network,
              groups,
              acquaintances);
      begin(inbox);
    } catch (IOException | RuntimeException failed) {
      abandon(opened, listening);
      throw failed;
    }
  }

  /**
   * Waits, before anything is promised, for the longest lease that a former life may have granted;
   * and has on disk what this life may grant before it grants anything.
   */
  private Grants grants() throws IOException {
    long former = storage.formerLeaseNanos();
    storage.noteLease(Math.max(former, options.lease().toNanos()));
    boolean waits = storage.boot() > 1 && former > 0;
    long waitUntil = waits ? world.clock().nanos() + longer(former) : Long.MIN_VALUE;
    return new Grants(options.self().nodeId(), storage.boot(), waitUntil);
  }

  /** By this node's clock a lease may last longer, if the clock by which it was granted is slow. */
  private long longer(long leaseNanos) {
    return leaseNanos + leaseNanos / 1_000_000 * options.maxClockDriftPpm();
  }

  private void begin(Inbox inbox) throws IOException {
    options.seeds().forEach(network::know);
    List<Group> opened = new ArrayList<>();
    for (GroupOptions group : options.groups()) {
      opened.add(open(group, false));
    }
    opened.forEach(this::takePart);
    inbox.open(pulse, this::unwrittenBytes);
    pulse.start();
    long wait = grants.waitEnd(world.clock().nanos());
    if (wait != Grants.NEVER) {
      loops.background().at(wait, this::shortenNotedLease);
    }
  }

  private void shortenNotedLease() {
    try {
      storage.noteLease(options.lease().toNanos());
    } catch (IOException failed) {
      log.warn("The length of the lease cannot be noted; the longer one stays noted.", failed);
    }
  }

  /** What each group may keep in memory for those who lag. */
  private long tailShare() {
    return MAX_TAIL_BYTES / Math.max(1, Math.max(options.groups().size(), groups.size()));
  }

  private Group open(GroupOptions group, boolean isNew) throws IOException {
    return new Opening(group, options, world, storage, grants, contenders, this::tailShare)
        .open(
            isNew,
            loops.ofGroup(group.id()),
            loops.ofMachines(group.id()),
            loops.ofCheckpoints(),
            loops.callbacksOfGroup(),
            writer,
            probe,
            new Outside());
  }

  private void takePart(Group group) {
    group.followed().forEach(network::know);
    group.membership().members().forEach(network::know);
    group.start(); // Before anything can arrive for it: what cannot even learn halts.
    groups.put(group.id(), group);
    group.grantsChanged(); // Those of a group that is not there yet are told of no change.
    acquaintances.changed();
  }

  private CompletableFuture<Boolean> admit(int node, byte[] dataId) {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    loops
        .background()
        .execute(
            () -> {
              try {
                answer.complete(storage.admit(node, dataId));
              } catch (IOException failed) {
                answer.completeExceptionally(failed);
              }
            });
    return answer;
  }

  /** What a group reaches of the node. */
  private final class Outside implements Group.Surroundings {

    @Override
    public void send(int to, Network.Lane lane, Envelope message) {
      network.send(to, lane, message);
    }

    @Override
    public void serve(Group group, int node, long from, long upTo) {
      catchUp.serve(group, node, from, upTo);
    }

    @Override
    public CheckpointSending sending(GroupCheckpoints kept, InUse inUse) {
      return new CheckpointSending(kept, inUse, network, options.maxFrameBytes() / 2);
    }

    @Override
    public CheckpointFetching fetching(Group group, GroupCheckpoints kept) {
      return new CheckpointFetching(
          group,
          kept,
          loops.errands(),
          loops.ofCheckpoints(),
          world.clock(),
          network,
          options.observer(),
          options.catchUpPieceBytes(),
          group.retryNanos() * 4,
          this::hasRoomFor);
    }

    private boolean hasRoomFor(long bytes) {
      try {
        long left = world.disk().usableBytes(options.dataDirectory().toAbsolutePath());
        return left - options.diskReserveBytes() >= bytes;
      } catch (IOException unknown) {
        return false;
      }
    }

    @Override
    public void errand(Runnable task) {
      loops.errands().execute(task);
    }

    @Override
    public void membersChanged(Membership membership) {
      membership.members().forEach(network::know);
      acquaintances.changed();
    }

    @Override
    public void chosenChanged(Group group) {
      pulse.chosenChanged(group);
    }
  }

  /**
   * The log fails for all groups at once, also for those that have nothing to write just then. One
   * that is being opened hears of it when it writes.
   */
  private final class LogWatch implements LogWriter.Observer {

    @Override
    public void synced(int records, long bytes, long nanos) {
      options.observer().synced(records, bytes, Duration.ofNanos(nanos));
    }

    @Override
    public void failed(IOException why) {
      groups.values().forEach(group -> group.logFailed(why));
    }
  }

  /* What can be seen within the package. */

  /** A group that is open here; null if it is not. */
  @Nullable Group group(int id) {
    return groups.get(id);
  }

  /** What the groups have written. */
  LogStore log() {
    return storage.log();
  }

  /** How many bytes of memory wait for the log, roughly. */
  long unwrittenBytes() {
    return writer.waitingBytes();
  }

  /* What users ask. */

  @Override
  public Member self() {
    return options.self();
  }

  @Override
  public SortedSet<Integer> groups() {
    return new TreeSet<>(groups.keySet());
  }

  @Override
  public void propose(int group, byte[] value, ProposeOptions how, ProposeCallback callback) {
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(how, "options");
    Objects.requireNonNull(callback, "callback");
    Group found = groups.get(group);
    if (closing.get() != null) {
      callback.done(ProposeResult.of(Status.INVALID_NODE, "the node was closed"));
    } else if (found == null) {
      callback.done(ProposeResult.of(Status.INVALID_NODE, noGroup(group)));
    } else {
      found.propose(value, how, callback);
    }
  }

  @Override
  public CompletableFuture<Long> readBarrier(int group, ReadConsistency consistency) {
    Group found = groups.get(group);
    return found == null || closing.get() != null
        ? CompletableFuture.failedFuture(new NodeException(Status.INVALID_NODE, noGroup(group)))
        : found.readBarrier(consistency);
  }

  @Override
  public CompletableFuture<ProposeResult> changeMembership(
      int group, long expectedVersion, List<MembershipChange> changes, boolean force) {
    Group found = groups.get(group);
    return found == null || closing.get() != null
        ? refused(group)
        : found.changeMembership(expectedVersion, changes, force);
  }

  @Override
  public CompletableFuture<SortedMap<Integer, ProposeResult>> changeEverywhere(
      MembershipChange change) {
    if (closing.get() != null) {
      SortedMap<Integer, ProposeResult> refusals = new TreeMap<>();
      groups().forEach(group -> refusals.put(group, refusal(group)));
      return CompletableFuture.completedFuture(refusals);
    }
    List<Group> all = new ArrayList<>(groups.values());
    all.sort(Comparator.comparingInt(Group::id));
    return everywhere.change(all, change);
  }

  @Override
  public CompletableFuture<ProposeResult> retireMaster(int group) {
    Group found = groups.get(group);
    return found == null || closing.get() != null ? refused(group) : found.retireMaster();
  }

  private CompletableFuture<ProposeResult> refused(int group) {
    return CompletableFuture.completedFuture(refusal(group));
  }

  private ProposeResult refusal(int group) {
    return ProposeResult.of(Status.INVALID_NODE, noGroup(group));
  }

  @Override
  public CompletableFuture<Long> checkpoint(int group) {
    Group found = groups.get(group);
    if (found == null || closing.get() != null) {
      return CompletableFuture.failedFuture(new NodeException(Status.INVALID_NODE, noGroup(group)));
    }
    Archive archive = found.archive();
    return archive == null
        ? CompletableFuture.failedFuture(
            new NodeException(Status.INVALID_NODE, "the node keeps nothing on disk"))
        : archive.checkpoints().take();
  }

  @Override
  public void pauseLogCleaner(int group) {
    Archive archive = find(group).archive();
    if (archive != null) {
      archive.cleaner().pause();
    }
  }

  @Override
  public void resumeLogCleaner(int group) {
    Archive archive = find(group).archive();
    if (archive != null) {
      archive.cleaner().resume();
    }
  }

  @Override
  public Membership membership(int group) {
    return find(group).membership();
  }

  @Override
  public Cluster cluster(int group) {
    return acquaintances.cluster(find(group));
  }

  @Override
  public Optional<Master> master(int group) {
    return find(group).master();
  }

  @Override
  public boolean isMaster(int group) {
    return find(group).isMaster();
  }

  @Override
  public GroupReport report(int group) {
    return find(group).report();
  }

  Group find(int group) {
    Group found = groups.get(group);
    if (found == null) {
      throw new NodeException(Status.INVALID_NODE, noGroup(group));
    }
    return found;
  }

  /** Through which a group hears what other nodes say to it. */
  Mailbox mailboxOf(int group) {
    return loops.mailboxOf(group);
  }

  private String noGroup(int group) {
    return "group " + group + " is not open on node " + options.self().nodeId();
  }

  /* Groups come and go. */

  @Override
  public CompletableFuture<Void> createGroup(GroupOptions group) {
    options.checkFits(group);
    CompletableFuture<Void> done = new CompletableFuture<>();
    loops
        .errands()
        .execute(
            () -> {
              try {
                if (closing.get() != null || groups.containsKey(group.id())) {
                  throw new IOException(
                      "Group " + group.id() + " is open already, or the node is being closed");
                }
                takePart(open(group, true));
                loops.callbacks().execute(() -> done.complete(null));
              } catch (IOException | RuntimeException failed) {
                NodeException why =
                    new NodeException(Status.INVALID_NODE, String.valueOf(failed.getMessage()));
                why.initCause(failed);
                loops.callbacks().execute(() -> done.completeExceptionally(why));
              }
            });
    return done;
  }

  @Override
  public CompletableFuture<Void> removeGroup(int group) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Group removed = groups.get(group);
    if (removed != null && removed.view().needs(options.self().nodeId())) {
      done.completeExceptionally(
          new NodeException(
              Status.NOT_CAUGHT_UP,
              "The members of group "
                  + group
                  + " may still need the vote by which node "
                  + options.self().nodeId()
                  + " was removed: try again when they have chosen something more"));
    } else if (removed == null || !groups.remove(group, removed)) {
      done.completeExceptionally(new NodeException(Status.INVALID_NODE, noGroup(group)));
    } else {
      pulse.removed(removed);
      acquaintances.forget(group);
      removed.drop(() -> loops.callbacks().execute(() -> done.complete(null)));
    }
    return done;
  }

  /* The end. */

  @Override
  public void close() {
    CompletableFuture<Void> closed = closeAsync();
    if (loops.isCurrent()) {
      return; // Its own thread cannot wait for itself to end.
    }
    closed.join();
    loops.close();
  }

  /**
   * Stops without waiting: first the groups, which release what they lead and answer what is
   * pending; then the log; then the network, when the releases have had time to leave; then what
   * runs the user's code, in the order in which answers go through it.
   */
  CompletableFuture<Void> closeAsync() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    if (!closing.compareAndSet(null, done)) {
      return Objects.requireNonNull(closing.get());
    }
    pulse.stop();
    CompletableFuture<Void> stopped = everywhere.end();
    for (Group group : groups.values()) {
      CompletableFuture<Void> each = new CompletableFuture<>();
      group.stop(() -> each.complete(null));
      stopped = stopped.thenCombine(each, (one, other) -> null);
    }
    CompletableFuture<Void> unused =
        stopped
            .thenCompose(nothing -> closeWriter())
            .thenCompose(nothing -> loops.answered())
            .thenRun(this::closeRest)
            .whenComplete(
                (nothing, failed) -> {
                  if (failed != null) {
                    log.error("Closing node {} failed.", options.self(), failed);
                  }
                  done.complete(null);
                });
    return done;
  }

  private CompletableFuture<Void> closeWriter() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    writer.close(
        failed -> {
          if (failed != null) {
            log.warn("The log was not closed in order: {}", failed.getMessage());
          }
          closed.complete(null);
        });
    return closed;
  }

  private void closeRest() {
    network.close();
    closeStorage(storage);
  }

  private static void closeStorage(Storage storage) {
    try {
      storage.close();
    } catch (IOException failed) {
      log.warn("The data directory was not closed in order: {}", failed.getMessage());
    }
  }

  /** Frees what a start that failed has taken. */
  private void abandon(@Nullable Storage opened, @Nullable Network listening) {
    if (listening != null) {
      listening.close();
    }
    if (opened != null) {
      try {
        opened.log().close();
      } catch (IOException failed) {
        log.warn("The log was not closed in order: {}", failed.getMessage());
      }
      closeStorage(opened);
    }
    loops.close();
  }
}
