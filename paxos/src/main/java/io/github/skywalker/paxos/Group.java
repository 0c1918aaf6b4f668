package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.ProposeCallback;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Applier;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState.Verdict;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.paxos.core.Outcome;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.storage.LogWriter;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One group on one node: steps its replica on the group's loop, and carries out what each step asks
 * for. The way of a proposal is in here from end to end: {@link #propose}, {@link #step}, {@link
 * #carryOut}, and the answer through the {@link Applier}.
 */
final class Group {

  private static final Logger log = LoggerFactory.getLogger(Group.class);

  /** How often late read barriers are looked for. */
  private static final long SWEEP_NANOS = 100_000_000;

  /** So long a machine may take for one call, or a master lag, before somebody is told. */
  private static final long BLOCKED_NANOS = 1_000_000_000;

  /** So long a change waits for its new members to be known to be caught up. */
  private static final long CATCH_UP_NANOS = 2_000_000_000;

  /** The group's surroundings: what it reaches of the node. */
  interface Surroundings {

    /** Sends a message of a group. */
    void send(int group, int to, Message message);

    /** Streams chosen values to a node that lacks them, from the log, in the background. */
    void serve(Group group, int node, long from, long upTo);

    /** There are members to be connected with. */
    void membersChanged(Membership membership);

    /** More is chosen in a group. */
    void chosenChanged(Group group);

    /** The log has failed: no group can go on. */
    void logFailed(IOException why);
  }

  /** What other threads may see of the group: one moment, never changed. */
  private record View(
      Phase phase,
      Membership founding,
      Membership membership,
      Optional<Master> master,
      Ballot masterBallot,
      Ballot prepared,
      Ballot promised,
      long chosenUpTo,
      int openInstances,
      Map<Integer, Long> peers,
      @Nullable String haltReason) {}

  private final int node;
  private final int boot;
  private final GroupOptions options;
  private final World world;
  private final RunLoop loop;
  private final Replica replica;
  private final Records records;
  private final LogWriter writer;
  private final Applier applier;
  private final Executor callbacks;
  private final Probe probe;
  private final NodeObserver observer;
  private final Surroundings surroundings;
  private final Proposals proposals;
  private final Barriers barriers;

  /** How many steps' writes are on disk, and up to where everything chosen is in the log then. */
  private final AtomicLong syncedSteps = new AtomicLong();

  private final AtomicLong servableUpTo = new AtomicLong();
  private final List<CompletableFuture<Void>> pauses = new ArrayList<>();
  private final AtomicBoolean changed = new AtomicBoolean();
  private long writtenSteps;
  private long changeNumber;
  private RunLoop.@Nullable Timer timer;
  private long timerAt;
  private boolean sweeping;
  private @Nullable String damage;
  private volatile long behindSince;
  private volatile View view;

  Group(
      int node,
      int boot,
      GroupOptions options,
      World world,
      RunLoop loop,
      Replica replica,
      LogWriter writer,
      RunLoop applyLoop,
      Executor callbacks,
      Probe probe,
      NodeObserver observer,
      Surroundings surroundings) {
    this.node = node;
    this.boot = boot;
    this.options = options;
    this.world = world;
    this.loop = loop;
    this.replica = replica;
    this.records = new Records(options.id(), replica.state());
    this.writer = writer;
    this.callbacks = callbacks;
    this.probe = probe;
    this.observer = observer;
    this.surroundings = surroundings;
    this.applier =
        new Applier(options.id(), options.machines(), applyLoop, world.clock(), new Answers());
    this.proposals =
        new Proposals(options, world.clock(), callbacks, observer, () -> loop.execute(this::drain));
    this.barriers = new Barriers(options.id(), callbacks);
    this.view = look();
  }

  int id() {
    return options.id();
  }

  /* The loop. */

  /** Something happened. May be called by any thread. */
  void post(Event event) {
    loop.execute(() -> step(event));
  }

  /** Hands on what was known chosen before the start. */
  void replay(Outcome outcome) {
    outcome.to(outcomes);
  }

  /** The replica is as the log left it; with damage, it must not take part. */
  void opened(@Nullable String foundDamage) {
    damage = foundDamage;
    view = look();
    probe.recovered(options.id(), replica);
  }

  /** From now on the group takes part. */
  void start() {
    String found = damage;
    post(found == null ? new Event.Tick() : new Event.Halt(found));
  }

  private void drain() {
    step(new Event.Propose(proposals.drain()));
  }

  private void step(Event event) {
    carryOut(event, safely(event), null);
    rearm();
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
    Phase before = view.phase;
    view = look(); // Before the answers, so that who is answered sees what has changed.
    if (view.phase == Phase.PREPARING && before != Phase.PREPARING) {
      observer.preparing(options.id(), view.promised.round());
    }
    for (Ready.Send send : ready.sends) {
      surroundings.send(options.id(), send.to(), send.message());
    }
    if (!ready.writes.isEmpty() || !ready.released.isEmpty()) {
      write(ready, whenSynced);
    }
    for (Outcome outcome : ready.outcomes) {
      outcome.to(outcomes);
    }
  }

  private void write(Ready ready, @Nullable Runnable whenSynced) {
    writtenSteps++;
    long chosenUpTo = replica.chosenUpTo();
    writer.append(
        records.of(ready.writes),
        new LogWriter.Completion() {
          @Override
          public void synced() {
            probe.synced(options.id(), ready);
            for (Ready.Send send : ready.released) {
              surroundings.send(options.id(), send.to(), send.message());
            }
            servableUpTo.accumulateAndGet(chosenUpTo, Math::max);
            syncedSteps.incrementAndGet();
            if (ready.serial != 0) {
              post(new Event.Synced(ready.serial));
            }
            if (whenSynced != null) {
              whenSynced.run();
            }
          }

          @Override
          public void failed(IOException why) {
            surroundings.logFailed(why);
          }
        });
  }

  private void rearm() {
    long next = replica.nextDeadline();
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

  /* What became known. */

  private final Outcome.Handler outcomes =
      new Outcome.Handler() {
        @Override
        public void decided(Outcome.Decided outcome) {
          Value value = outcome.value();
          applier.decided(outcome.instance(), value, outcome.verdicts(), outcome.tickets());
          observer.decided(options.id(), outcome.instance(), outcome.verdicts().size());
          surroundings.chosenChanged(Group.this);
        }

        @Override
        public void ended(Outcome.Ended outcome) {
          ProposeResult result = ProposeResult.of(outcome.status(), outcome.detail());
          applier.inOrder(() -> proposals.answer(outcome.ticket(), result));
        }

        @Override
        @SuppressWarnings("unchecked")
        public void answered(Outcome.Answered outcome) {
          if (outcome.ticket() instanceof ReadTicket read) {
            barriers.fail(read.future, outcome.status(), outcome.detail());
            return;
          }
          ProposeResult result =
              new ProposeResult(
                  outcome.status(),
                  outcome.instance(),
                  null,
                  look().master().map(Master::member),
                  outcome.detail());
          callbacks.execute(
              () -> ((CompletableFuture<ProposeResult>) outcome.ticket()).complete(result));
        }

        @Override
        public void readIndex(Outcome.ReadIndex outcome) {
          awaitApplied(((ReadTicket) outcome.ticket()).future, outcome.index());
        }

        @Override
        public void masterChanged(Outcome.MasterChanged outcome) {
          Optional<Master> master = look().master();
          options
              .masterListeners()
              .forEach(
                  listener ->
                      tell(() -> listener.masterChanged(options.id(), master), "master listener"));
        }

        @Override
        public void membershipChanged(Outcome.MembershipChanged outcome) {
          Membership membership = outcome.membership();
          surroundings.membersChanged(membership);
          options
              .membershipListeners()
              .forEach(
                  listener ->
                      tell(
                          () -> listener.membershipChanged(options.id(), membership),
                          "membership listener"));
        }

        @Override
        public void prepared(Outcome.Prepared outcome) {
          observer.prepared(options.id(), outcome.prepared());
        }

        @Override
        public void serve(Outcome.Serve outcome) {
          if (syncedSteps.get() == writtenSteps) {
            servableUpTo.accumulateAndGet(replica.chosenUpTo(), Math::max);
          }
          long upTo = Math.min(outcome.upTo(), servableUpTo.get());
          if (outcome.from() <= upTo) {
            surroundings.serve(Group.this, outcome.node(), outcome.from(), upTo);
          }
        }

        @Override
        public void halted(Outcome.Halted outcome) {
          log.error(
              "Group {} halts on node {}: {}. The other groups and nodes go on.",
              options.id(),
              node,
              outcome.reason());
          barriers.end(Status.HALTED, outcome.reason());
          options
              .groupListeners()
              .forEach(
                  listener ->
                      tell(() -> listener.halted(options.id(), outcome.reason()), "listener"));
        }
      };

  /** Calls a listener, behind what was decided before. */
  private void tell(Runnable listener, String what) {
    applier.inOrder(
        () ->
            callbacks.execute(
                () -> {
                  try {
                    listener.run();
                  } catch (Throwable fault) {
                    log.error("A {} of group {} failed.", what, options.id(), fault);
                  }
                }));
  }

  /** What comes from the user's machines, on the apply loop. */
  private final class Answers implements Applier.Answers {

    @Override
    public void answered(Object ticket, Verdict verdict, long instance, @Nullable Object output) {
      proposals.answer(ticket, result(verdict, instance, output));
    }

    private ProposeResult result(Verdict verdict, long instance, @Nullable Object output) {
      return switch (verdict) {
        case EXECUTE -> new ProposeResult(Status.OK, instance, output, Optional.empty(), "");
        case CANCEL ->
            ProposeResult.of(Status.CANCELLED, "not executed in time, and never will be");
        case FENCED ->
            ProposeResult.of(Status.CONFLICT, "the mastership has another version by now");
        case PASS -> throw new IllegalStateException("Nobody waits for what is passed over");
      };
    }

    @Override
    public void lost(Object ticket) {
      proposals.answer(
          ticket, ProposeResult.of(Status.HALTED, "decided, but not executed on this node"));
    }

    @Override
    public void failed(long instance, String why, @Nullable Throwable fault) {
      if (fault != null) {
        log.error("A machine of group {} failed at instance {}.", options.id(), instance, fault);
      }
      post(new Event.Halt(why));
    }

    @Override
    public void applied(long instance) {
      probe.applied(options.id(), instance);
    }
  }

  /* What users ask. */

  void propose(byte[] value, ProposeOptions how, ProposeCallback callback) {
    View now = view;
    ProposeResult refusal = null;
    if (now.haltReason != null) {
      refusal = ProposeResult.of(Status.HALTED, now.haltReason);
    } else if (!now.membership.contains(node) && !now.membership.members().isEmpty()) {
      refusal =
          ProposeResult.of(
              Status.INVALID_NODE, "node " + node + " is no member of group " + options.id());
    }
    proposals.propose(
        value, how, callback, refusal, isMaster(), now.master, applier.unappliedBytes());
  }

  private record ReadTicket(CompletableFuture<Long> future) {}

  CompletableFuture<Long> readBarrier(ReadConsistency consistency) {
    CompletableFuture<Long> future = new CompletableFuture<>();
    if (consistency == ReadConsistency.LOCAL) {
      barriers.complete(future, applier.appliedUpTo());
      return future;
    }
    long deadline = deadline();
    boolean majority = consistency == ReadConsistency.MAJORITY;
    loop.execute(
        () -> {
          barriers.add(future, deadline);
          sweepLater();
          step(new Event.Read(new ReadTicket(future), majority, deadline));
        });
    return future;
  }

  private void awaitApplied(CompletableFuture<Long> future, long index) {
    if (applier.appliedUpTo() >= index) {
      barriers.complete(future, applier.appliedUpTo());
    } else {
      applier.whenApplied(index, () -> barriers.complete(future, applier.appliedUpTo()));
    }
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

  CompletableFuture<ProposeResult> changeMembership(
      long expected, List<MembershipChange> changes, boolean force) {
    long patience = Math.min(CATCH_UP_NANOS, options.proposeTimeout().toNanos());
    return changeMembership(expected, changes, force, world.clock().nanos() + patience);
  }

  /** Asks again while the new members are only just behind: what is known of them is a bit old. */
  private CompletableFuture<ProposeResult> changeMembership(
      long expected, List<MembershipChange> changes, boolean force, long patientUntil) {
    return changeOnce(expected, changes, force)
        .thenCompose(
            result -> {
              long next = world.clock().nanos() + options.retryPeriod().toNanos();
              if (result.status() != Status.NOT_CAUGHT_UP || next - patientUntil > 0) {
                return CompletableFuture.completedFuture(result);
              }
              return pauseUntil(next)
                  .thenCompose(nothing -> changeMembership(expected, changes, force, patientUntil));
            });
  }

  /** Completed at a time, or when the group stops. */
  private CompletableFuture<Void> pauseUntil(long nanos) {
    CompletableFuture<Void> pause = new CompletableFuture<>();
    loop.execute(
        () -> {
          pauses.removeIf(CompletableFuture::isDone);
          pauses.add(pause);
          loop.at(nanos, () -> pause.complete(null));
        });
    return pause;
  }

  private CompletableFuture<ProposeResult> changeOnce(
      long expected, List<MembershipChange> changes, boolean force) {
    CompletableFuture<ProposeResult> future = new CompletableFuture<>();
    long deadline = deadline();
    loop.execute(
        () -> {
          Value.Change change =
              new Value.Change(expected, node, boot, ++changeNumber, List.copyOf(changes));
          step(new Event.ChangeMembership(future, Value.change(change), force, deadline));
        });
    return future;
  }

  CompletableFuture<ProposeResult> retireMaster() {
    CompletableFuture<ProposeResult> future = new CompletableFuture<>();
    long deadline = deadline();
    post(new Event.Retire(future, deadline));
    return future;
  }

  /**
   * Looks whether a machine does not come back, and whether this node, as master, has fallen so far
   * behind in applying that another should take its place. Called now and then, by another loop.
   */
  void watch() {
    long blocked = applier.blockedNanos();
    if (blocked > BLOCKED_NANOS) {
      observer.machineBlocked(options.id(), applier.calledMachine(), Duration.ofNanos(blocked));
    }
    if (applier.unappliedBytes() <= options.maxUnappliedBytes()) {
      behindSince = 0;
    } else if (behindSince == 0) {
      behindSince = world.clock().nanos();
    } else if (isMaster() && world.clock().nanos() - behindSince > BLOCKED_NANOS) {
      behindSince = 0;
      log.warn("Group {}: this master has fallen behind in applying, and retires.", options.id());
      post(new Event.Retire(new CompletableFuture<ProposeResult>(), deadline()));
    }
  }

  private long deadline() {
    return world.clock().nanos() + options.proposeTimeout().toNanos();
  }

  /* What can be seen. */

  private View look() {
    return new View(
        replica.phase(),
        replica.state().founding(),
        replica.state().membership(),
        Optional.ofNullable(replica.state().master()),
        replica.state().masterBallot(),
        replica.prepared(),
        replica.promised(),
        replica.chosenUpTo(),
        replica.openInstances(),
        replica.peers(),
        replica.haltReason());
  }

  Membership membership() {
    return view.membership;
  }

  /** The membership that the group was founded with. */
  Membership founding() {
    return view.founding;
  }

  Optional<Master> master() {
    return view.master;
  }

  /** Whether the master entry executed last is of the ballot that is prepared, and leased. */
  boolean isMaster() {
    View now = view;
    return !now.prepared.isZero()
        && now.prepared.equals(now.masterBallot)
        && replica.lease().leftNanos(world.clock().nanos()) > 0;
  }

  long chosenUpTo() {
    return view.chosenUpTo;
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

  GroupReport report() {
    View now = view;
    return new GroupReport(
        options.id(),
        node,
        now.phase,
        now.membership,
        now.master,
        isMaster(),
        now.promised.toString(),
        now.chosenUpTo,
        applier.appliedUpTo(),
        now.openInstances,
        proposals.pending(),
        proposals.pendingBytes(),
        new TreeMap<>(now.peers),
        Optional.ofNullable(now.haltReason));
  }

  /* The end. */

  /** Releases what is led, and answers what is pending; then runs something, on the loop. */
  void stop(Runnable then) {
    loop.execute(
        () -> {
          drain();
          step(new Event.Stop());
          List.copyOf(pauses).forEach(pause -> pause.complete(null));
          barriers.end(Status.STOPPED, "the node was closed");
          then.run();
        });
  }

  /** Drops the group: stops it, and marks its promise so. */
  void drop(Runnable whenDurable) {
    loop.execute(
        () -> {
          drain();
          Event.Drop event = new Event.Drop();
          carryOut(event, safely(event), whenDurable);
          List.copyOf(pauses).forEach(pause -> pause.complete(null));
          barriers.end(Status.STOPPED, "the group was removed");
        });
  }
}
