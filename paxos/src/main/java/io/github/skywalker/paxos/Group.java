package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.ProposeCallback;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Applier;
import io.github.skywalker.machine.Value;
import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.paxos.core.Outcome;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.storage.GroupCheckpoints;
import io.github.skywalker.storage.LogStore;
import io.github.skywalker.storage.LogWriter;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One group on one node: steps its replica on the group's loop, and carries out what each step asks
 * for. The way of a proposal: {@link #propose}, {@link #step}, {@link #carryOut}, and, when it is
 * decided, {@link Aftermath} and the {@link Applier}.
 */
final class Group implements Acquaintances.Known, Everywhere.Changeable {

  private static final Logger log = LoggerFactory.getLogger(Group.class);

  /** How often late read barriers are looked for. */
  private static final long SWEEP_NANOS = 100_000_000;

  /** So many times a group that was removed says that it does not lead any more. */
  private static final int RELEASE_RETRIES = 64;

  /** The group's surroundings: what it reaches of the node. */
  interface Surroundings {

    /** Sends a message of a group. */
    void send(int to, Network.Lane lane, Envelope message);

    /** Streams chosen values to a node that lacks them, from the log, in the background. */
    void serve(Group group, int node, long from, long upTo);

    /** What sends a group's checkpoints to other nodes. */
    CheckpointSending sending(GroupCheckpoints kept, InUse inUse);

    /** What receives those of other nodes. */
    CheckpointFetching fetching(Group group, GroupCheckpoints kept);

    /** Runs what may take long beside the group; one after the other. */
    void errand(Runnable task);

    /** There are members to be connected with. */
    void membersChanged(Membership membership);

    /** More is chosen in a group. */
    void chosenChanged(Group group);
  }

  private final int node;
  private final GroupOptions options;
  private final World world;
  private final RunLoop loop;
  private final LogStore store;
  private final Replica replica;
  private final GroupLog groupLog;
  private final ChangeRequests changeRequests;
  private final Aftermath aftermath;
  private final @Nullable Archive archive;
  private final Applier applier;
  private final Refusals refusals;
  private final Probe probe;
  private final NodeObserver observer;
  private final Surroundings surroundings;
  private final Proposals proposals;
  private final Barriers barriers;
  private final Watch watch;

  private final AtomicBoolean changed = new AtomicBoolean();
  private final AtomicBoolean grantsChanged = new AtomicBoolean();
  private RunLoop.@Nullable Timer timer;
  private long timerAt;
  private boolean sweeping;
  private @Nullable String fault;
  private @Nullable Recall recall;
  private boolean dropped;
  private long silentFrom;
  private volatile long coveredUpTo;
  private volatile GroupView view;

  Group(
      int node,
      int boot,
      GroupOptions options,
      World world,
      RunLoop loop,
      Replica replica,
      LogStore store,
      LogWriter writer,
      @Nullable GroupCheckpoints kept,
      Executor applyLoop,
      RunLoop checkpointLoop,
      Executor callbacks,
      Probe probe,
      NodeObserver observer,
      Surroundings surroundings) {
    this.node = node;
    this.options = options;
    this.world = world;
    this.loop = loop;
    this.store = store;
    this.replica = replica;
    this.refusals = new Refusals(node, options);
    this.probe = probe;
    this.observer = observer;
    this.surroundings = surroundings;
    this.proposals =
        new Proposals(options, world.clock(), callbacks, observer, () -> loop.execute(this::drain));
    this.barriers = new Barriers(options.id(), options.maxPendingReads(), callbacks);
    this.groupLog = new GroupLog(options.id(), replica.state(), store, writer, this::logFailed);
    this.changeRequests = new ChangeRequests(node, boot, options, loop, world.clock(), this::step);
    this.aftermath =
        new Aftermath(
            node,
            this,
            options,
            applyLoop,
            world.clock(),
            proposals,
            barriers,
            callbacks,
            probe,
            observer,
            surroundings,
            groupLog::readableUpTo,
            this::readAgain);
    this.applier = aftermath.applier();
    this.watch =
        new Watch(
            options,
            applier,
            proposals,
            observer,
            world.clock(),
            this::isMaster,
            () -> post(new Event.Retire(new CompletableFuture<ProposeResult>(), deadline())));
    this.archive = kept == null ? null : archive(kept, writer, checkpointLoop, callbacks);
    if (archive != null) {
      aftermath.use(archive.checkpoints());
    }
    this.view = GroupView.of(replica);
  }

  private Archive archive(
      GroupCheckpoints kept, LogWriter writer, RunLoop checkpointLoop, Executor callbacks) {
    InUse inUse = new InUse(world.clock());
    LogCleaner cleaner =
        new LogCleaner(
            options, kept, store, writer, applier::appliedUpTo, this::cleaned, this::logFailed);
    Checkpoints checkpoints =
        new Checkpoints(
            options,
            kept,
            replica,
            applier,
            loop,
            checkpointLoop,
            cleaner,
            inUse,
            world.clock(),
            callbacks,
            observer,
            world.seed());
    return new Archive(
        checkpoints, cleaner, surroundings.sending(kept, inUse), surroundings.fetching(this, kept));
  }

  @Override
  public int id() {
    return options.id();
  }

  /** After this time something unanswered is sent again. */
  @Override
  public long retryNanos() {
    return options.retryPeriod().toNanos();
  }

  @Override
  public long patienceNanos() {
    return options.proposeTimeout().toNanos();
  }

  /* The loop. */

  /** Something happened. May be called by any thread. */
  void post(Event event) {
    loop.execute(() -> step(event));
  }

  /**
   * Hands on what was known chosen before the start, and is in the log or in a checkpoint.
   *
   * @param machinesTrusted whether the machines can be believed what they say that they hold
   */
  void replay(List<Outcome> outcomes, boolean machinesTrusted) {
    aftermath.trustMachines(machinesTrusted);
    outcomes.forEach(outcome -> outcome.to(aftermath));
    if (applier.limit(replica.state(), options.maxUnappliedBytes())) {
      applier.readable(replica.chosenUpTo());
    }
  }

  /**
   * Begins with a checkpoint of which the log knows nothing. It may have come from elsewhere just
   * before a crash, so that the log still holds votes there for what was never chosen.
   */
  void cover(long instance) {
    coveredUpTo = instance;
    groupLog.cover(instance);
  }

  /** What follows the values that are lost is in the log, unless it is lost, too. */
  void recall(GroupLosses losses) {
    recall =
        new Recall(options.id(), losses, replica, groupLog, loop, surroundings::errand, this::step);
  }

  private void recallMore() {
    Recall present = recall;
    if (present == null) {
      return;
    }
    if (replica.onlyLearns()) {
      present.consider();
      return;
    }
    recall = null;
    log.info(
        "Group {}: everything that was known chosen, and lost, is learned again, up to instance {}."
            + " It votes on node {} again.",
        options.id(),
        replica.chosenUpTo(),
        node);
    surroundings.chosenChanged(this); // Its peers are told with that that it votes again.
  }

  /**
   * The replica is as the log left it.
   *
   * @param found why the group cannot even learn, and is to halt; null if it can
   */
  void opened(@Nullable String found) {
    fault = found;
    view = GroupView.of(replica);
    String why = found != null ? found : replica.damage();
    if (why == null && replica.onlyLearns()) {
      why = "it learns again what it had known chosen up to " + replica.lostUpTo();
    }
    if (why == null) {
      probe.recovered(options.id(), replica);
    } else {
      probe.damaged(options.id(), why);
    }
  }

  /** From now on the group takes part. */
  void start() {
    String found = fault;
    post(found == null ? new Event.Tick() : new Event.Halt(found));
    String damage = replica.damage();
    if (recall != null) {
      surroundings.chosenChanged(this); // Its peers are told with that that it does not vote yet.
    }
    if (found == null && damage != null) {
      loop.execute(() -> aftermath.onlyLearns(damage));
    }
  }

  /**
   * The grants have changed. However often that happens before the group looks, it looks once. May
   * be called by any thread.
   */
  void grantsChanged() {
    if (grantsChanged.compareAndSet(false, true)) {
      loop.execute(
          () -> {
            grantsChanged.set(false);
            step(new Event.GrantsChanged());
          });
    }
  }

  private void drain() {
    step(new Event.Propose(proposals.drain()));
  }

  /** Takes an event. Called on the loop. */
  void step(Event event) {
    carryOut(event, safely(event), null);
    recallMore();
    rearm();
  }

  /** Without a log it cannot go on. May be called by any thread. */
  void logFailed(IOException why) {
    post(
        new Event.Halt(
            "the log failed: "
                + why.getMessage()
                + "; make room on the disk or mend it, and start the node anew"));
  }

  private void cleaned(long upTo) {
    probe.cleaned(options.id(), upTo);
    observer.cleaned(options.id(), upTo);
  }

  /** A fault in the core leaves the replica as nobody knows: it must not go on. */
  private Ready safely(Event event) {
    try {
      return replica.step(event, world.clock().nanos());
    } catch (RuntimeException | Error fault) {
      log.error("Group {}: a step failed at {}.", options.id(), event.getClass(), fault);
      return replica.step(new Event.Halt("a step failed: " + fault), world.clock().nanos());
    }
  }

  /** Carries out what a step asks for, in the order of {@link Ready}. */
  private void carryOut(Event event, Ready ready, @Nullable Runnable whenSynced) {
    probe.stepped(options.id(), replica, event, ready);
    Phase before = view.phase();
    view =
        GroupView.of(replica); // Before the answers, so that who is answered sees what has changed.
    if (view.phase() == Phase.PREPARING && before != Phase.PREPARING) {
      observer.preparing(options.id(), view.promised().round());
    }
    send(ready.sends);
    boolean installs = ready.installedUpTo > 0;
    if (installs) {
      coveredUpTo = ready.installedUpTo; // More may be known chosen by now.
      ready.outcomes.forEach(outcome -> outcome.to(aftermath));
    }
    if (!ready.writes.isEmpty() || !ready.released.isEmpty()) {
      groupLog.append(ready, replica, () -> synced(ready, whenSynced));
    }
    if (!installs) {
      ready.outcomes.forEach(outcome -> outcome.to(aftermath));
    }
    if (archive != null) {
      archive.checkpoints().consider();
    }
    if (applier.limit(replica.state(), options.maxUnappliedBytes())) {
      tellReadable();
    }
  }

  /** Machines that lag go on as far as the log can be read. */
  private void tellReadable() {
    applier.readable(groupLog.readableUpTo(replica.chosenUpTo()));
  }

  /** What goes to several nodes stands together, and is brought into its form once. */
  private void send(List<Ready.Send> sends) {
    Message written = null;
    Envelope envelope = Envelope.getDefaultInstance();
    for (Ready.Send send : sends) {
      Message message = send.message();
      if (message != written) {
        envelope = Wire.write(options.id(), message);
        written = message;
      }
      boolean bulk = message instanceof Message.Learned;
      surroundings.send(send.to(), bulk ? Network.Lane.BULK : Network.Lane.PROMPT, envelope);
    }
  }

  /** The vote has reached the disk: what waited for that leaves. Called by the log writer. */
  private void synced(Ready ready, @Nullable Runnable whenSynced) {
    probe.synced(options.id(), ready);
    send(ready.released);
    if (ready.serial != 0) {
      post(new Event.Synced(ready.serial));
    } else if (applier.lags()) {
      loop.execute(this::tellReadable);
    }
    if (whenSynced != null) {
      whenSynced.run();
    }
  }

  /** Called on the apply loop. */
  private Value readAgain(long instance) throws IOException {
    probe.readAgain(options.id(), instance);
    return groupLog.read(instance);
  }

  private void rearm() {
    long next = replica.nextDeadline();
    if (dropped && next - silentFrom >= 0) {
      return; // Whoever has not heard of the release by now is gone, or has removed the group too.
    }
    if (next == Long.MAX_VALUE || (timer != null && timerAt - next <= 0)) {
      return; // The timer that is set fires early enough, and looks again.
    }
    if (timer != null) {
      timer.cancel();
    }
    timerAt = next;
    timer =
        loop.at(
            next,
            () -> {
              timer = null;
              step(new Event.Tick());
            });
  }

  /* What users ask. */

  void propose(byte[] value, ProposeOptions how, ProposeCallback callback) {
    GroupView now = view;
    ProposeResult refusal = refusals.refusal(now);
    proposals.propose(
        value, how, callback, refusal, this::isMaster, now.master(), applier.unappliedBytes());
  }

  CompletableFuture<Long> readBarrier(ReadConsistency consistency) {
    Barriers.Barrier barrier = barriers.begin();
    if (barrier == null) {
      return barriers.refusal();
    }
    if (consistency == ReadConsistency.LOCAL) {
      barriers.complete(barrier, applier.appliedUpTo());
      return barrier.future();
    }
    long deadline = deadline();
    boolean majority = consistency == ReadConsistency.MAJORITY;
    loop.execute(
        () -> {
          barriers.add(barrier, deadline);
          sweepLater();
          step(new Event.Read(barrier, majority, deadline));
        });
    return barrier.future();
  }

  private void sweepLater() {
    if (!sweeping) {
      sweeping = true;
      loop.at(
          world.clock().nanos() + SWEEP_NANOS,
          () -> {
            sweeping = false;
            if (barriers.sweep(world.clock().nanos())) {
              sweepLater();
            }
          });
    }
  }

  @Override
  public CompletableFuture<ProposeResult> changeMembership(
      long expected, List<MembershipChange> changes, boolean force) {
    return changeRequests.ask(expected, changes, force);
  }

  CompletableFuture<ProposeResult> retireMaster() {
    CompletableFuture<ProposeResult> future = new CompletableFuture<>();
    post(new Event.Retire(future, deadline()));
    return future;
  }

  /** What is kept on disk beside the log; null if nothing is. */
  @Nullable Archive archive() {
    return archive;
  }

  /**
   * Looks after the user's code. Called now and then, by another loop, from when something was
   * decided.
   *
   * @return whether the machines have something to do still
   */
  boolean watch() {
    watch.look();
    return applier.appliedUpTo() < chosenUpTo();
  }

  private long deadline() {
    return world.clock().nanos() + options.proposeTimeout().toNanos();
  }

  /* What can be seen. */

  @Override
  public Membership membership() {
    return view.membership();
  }

  @Override
  public Set<Integer> heardOf() {
    return view.peers().keySet();
  }

  @Override
  public Map<Integer, Long> peers() {
    return view.peers();
  }

  /** Whom it follows, by its options. */
  List<Member> followed() {
    return options.followed();
  }

  /** The membership that the group was founded with. */
  Membership founding() {
    return view.founding();
  }

  Optional<Master> master() {
    return view.master();
  }

  /** What of it other threads may see, as it is now. */
  GroupView view() {
    return view;
  }

  /** Whether the master entry executed last is of the ballot that is prepared, and leased. */
  boolean isMaster() {
    return view.leads() && replica.lease().leftNanos(world.clock().nanos()) > 0;
  }

  @Override
  public long chosenUpTo() {
    return view.chosenUpTo();
  }

  /** Up to here a checkpoint from elsewhere stands in for the log, which may hold other values. */
  long coveredUpTo() {
    return coveredUpTo;
  }

  /** Notes that the peers are to be told of the group; says whether that was not noted yet. */
  boolean markChanged() {
    return !changed.get() && changed.compareAndSet(false, true);
  }

  /** The peers are about to be told. */
  void clearChanged() {
    changed.set(false);
  }

  Applier applier() {
    return applier;
  }

  /** What its users propose. */
  Proposals proposals() {
    return proposals;
  }

  /** What its users wait for before they read. */
  Barriers barriers() {
    return barriers;
  }

  GroupReport report() {
    GroupView now = view;
    return new GroupReport(
        options.id(),
        node,
        now.phase(),
        now.membership(),
        now.master(),
        isMaster(),
        now.promised().toString(),
        now.chosenUpTo(),
        applier.appliedUpTo(),
        now.openInstances(),
        proposals.pending(),
        proposals.pendingBytes(),
        new TreeMap<>(now.peers()),
        archive == null ? 0 : archive.checkpoints().newest(),
        Math.max(0, now.chosenUpTo() - store.cleanedUpTo(options.id())),
        Optional.ofNullable(archive == null ? null : archive.fetching().progress()),
        Optional.ofNullable(now.haltReason()),
        watch.blocked());
  }

  /* The end. */

  /** Releases what is led, and answers what is pending; then runs something, on the loop. */
  void stop(Runnable then) {
    loop.execute(
        () -> {
          drain();
          step(new Event.Stop());
          aftermath.stop();
          changeRequests.end();
          barriers.end(Status.STOPPED, "the node was closed");
          if (archive == null) {
            then.run();
          } else {
            archive.checkpoints().end(then);
          }
        });
  }

  /**
   * Drops the group: stops it, and marks its promise so.
   *
   * @param whenDone called when that is durable, and no machine is called any more
   */
  void drop(Runnable whenDone) {
    loop.execute(
        () -> {
          drain();
          Event.Drop event = new Event.Drop();
          carryOut(event, safely(event), () -> dropped(whenDone));
          aftermath.stop();
          dropped = true;
          long patience = RELEASE_RETRIES * options.retryPeriod().toNanos();
          silentFrom = world.clock().nanos() + patience;
          changeRequests.end();
          barriers.end(Status.STOPPED, "the group was removed");
          if (archive != null) {
            archive.checkpoints().end(() -> {});
          }
        });
  }

  /** That it was dropped is on disk, and so nothing else of it is needed any more. */
  private void dropped(Runnable whenDone) {
    if (archive != null) {
      loop.execute(archive.checkpoints()::drop);
    }
    applier.inOrder(whenDone);
  }
}
