package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Applier;
import io.github.skywalker.machine.GroupState.Verdict;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Outcome;
import io.github.skywalker.util.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what a step made known to whom it concerns: decided values to the machines, and from there
 * answers to those who wait for them; the rest to listeners, futures and the node.
 */
final class Aftermath implements Outcome.Handler, Applier.Answers {

  private static final Logger log = LoggerFactory.getLogger(Aftermath.class);

  private final int node;
  private final Group group;
  private final GroupOptions options;
  private final Applier applier;
  private final Proposals proposals;
  private final Barriers barriers;
  private final Executor callbacks;
  private final Probe probe;
  private final NodeObserver observer;
  private final Group.Surroundings surroundings;
  private final LongUnaryOperator readableUpTo;
  private @Nullable Checkpoints checkpoints;
  private boolean machinesTrusted = true;
  private volatile boolean stopped;
  private boolean isMember;

  /** Of the value that is being applied; belongs to the apply loop. */
  private List<Proposals.Answer> answers = new ArrayList<>();

  /** Made by the group, with its apply loop, and with how far its log can be read. */
  Aftermath(
      int node,
      Group group,
      GroupOptions options,
      Executor applyLoop,
      Clock clock,
      Proposals proposals,
      Barriers barriers,
      Executor callbacks,
      Probe probe,
      NodeObserver observer,
      Group.Surroundings surroundings,
      LongUnaryOperator readableUpTo,
      Applier.Log readableLog) {
    this.node = node;
    this.group = group;
    this.isMember = options.membership().stream().anyMatch(founding -> founding.contains(node));
    this.options = options;
    this.proposals = proposals;
    this.barriers = barriers;
    this.callbacks = callbacks;
    this.probe = probe;
    this.observer = observer;
    this.surroundings = surroundings;
    this.readableUpTo = readableUpTo;
    this.applier =
        new Applier(options.id(), options.machines(), applyLoop, clock, readableLog, this);
  }

  Applier applier() {
    return applier;
  }

  /** Where checkpoints are kept; told once, before anything else. */
  void use(Checkpoints those) {
    checkpoints = those;
  }

  /** Not after a crash while they were loading a checkpoint: what they hold is not known then. */
  void trustMachines(boolean trust) {
    machinesTrusted = trust;
  }

  /** The group ends here: what its machines lag behind by is not applied any more. */
  void stop() {
    stopped = true;
    applier.abandon();
  }

  /* From the core, on the group's loop. */

  @Override
  public void decided(Outcome.Decided outcome) {
    Value value = outcome.value();
    applier.decided(outcome.instance(), value, outcome.verdicts(), outcome.tickets());
    if (checkpoints != null) {
      checkpoints.decided(value.bytes().length);
    }
    observer.decided(options.id(), outcome.instance(), outcome.verdicts().size());
    surroundings.chosenChanged(group);
  }

  @Override
  public void installed(Outcome.Installed outcome) {
    Objects.requireNonNull(checkpoints, "A checkpoint where none are kept")
        .load(outcome.instance(), machinesTrusted);
    surroundings.chosenChanged(group);
  }

  @Override
  public void covered(Outcome.Covered outcome) {
    applier.covered(outcome.ticket());
  }

  @Override
  public void ended(Outcome.Ended outcome) {
    ProposeResult result = ProposeResult.of(outcome.status(), outcome.detail());
    applier.inOrder(() -> proposals.answer(outcome.ticket(), result));
  }

  @Override
  @SuppressWarnings("unchecked")
  public void answered(Outcome.Answered outcome) {
    if (outcome.ticket() instanceof Barriers.Barrier read) {
      barriers.fail(read, outcome.status(), outcome.detail());
      return;
    }
    ProposeResult result =
        new ProposeResult(
            outcome.status(),
            outcome.instance(),
            null,
            group.master().map(Master::member),
            outcome.detail());
    callbacks.execute(() -> ((CompletableFuture<ProposeResult>) outcome.ticket()).complete(result));
  }

  @Override
  public void readIndex(Outcome.ReadIndex outcome) {
    awaitApplied((Barriers.Barrier) outcome.ticket(), outcome.index());
  }

  @Override
  public void masterChanged(Outcome.MasterChanged outcome) {
    Optional<Master> master = group.master();
    options
        .masterListeners()
        .forEach(
            listener ->
                tell(
                    listener,
                    () -> listener.masterChanged(options.id(), master),
                    "master listener"));
  }

  @Override
  public void membershipChanged(Outcome.MembershipChanged outcome) {
    Membership membership = outcome.membership();
    boolean is = membership.contains(node);
    if (isMember && !is) {
      log.warn(
          "Group {}: node {} is no member any more, and only follows; version {} of the membership"
              + " is {}.",
          options.id(),
          node,
          membership.version(),
          membership.members());
    }
    isMember = is;
    surroundings.membersChanged(membership);
    options
        .membershipListeners()
        .forEach(
            listener ->
                tell(
                    listener,
                    () -> listener.membershipChanged(options.id(), membership),
                    "membership listener"));
  }

  @Override
  public void prepared(Outcome.Prepared outcome) {
    observer.prepared(options.id(), outcome.prepared());
  }

  @Override
  public void serve(Outcome.Serve outcome) {
    long upTo = Math.min(outcome.upTo(), readableUpTo.applyAsLong(group.chosenUpTo()));
    if (outcome.from() <= upTo) {
      surroundings.serve(group, outcome.node(), outcome.from(), upTo);
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
    tellHalted(outcome.reason());
    applier.abandon(); // What was decided may never be readable from this log.
  }

  /** The group begins as one that only learns. */
  void onlyLearns(String why) {
    log.error(
        "Group {} does not vote on node {}, but learns and serves reads: {}. The other groups and"
            + " nodes go on.",
        options.id(),
        node,
        why);
    surroundings.chosenChanged(group); // Its peers are told with that that it votes no more.
    tellHalted(why);
  }

  private void tellHalted(String reason) {
    options
        .groupListeners()
        .forEach(
            listener -> tell(listener, () -> listener.halted(options.id(), reason), "listener"));
  }

  private void awaitApplied(Barriers.Barrier barrier, long index) {
    if (applier.appliedUpTo() >= index) {
      barriers.complete(barrier, applier.appliedUpTo());
    } else if (barriers.awaitMachines(barrier)) {
      applier.whenApplied(index, () -> barriers.complete(barrier, applier.appliedUpTo()));
    }
  }

  /** Calls a listener, behind what was decided before. */
  private void tell(Object listener, Runnable call, String what) {
    applier.inOrder(
        listener,
        () ->
            callbacks.execute(
                () -> {
                  try {
                    call.run();
                  } catch (Throwable fault) {
                    log.error("A {} of group {} failed.", what, options.id(), fault);
                  }
                }));
  }

  /* From the user's machines, on the apply loop. */

  @Override
  public void answered(Object ticket, Verdict verdict, long instance, @Nullable Object output) {
    answers.add(new Proposals.Answer(ticket, result(verdict, instance, output)));
  }

  private ProposeResult result(Verdict verdict, long instance, @Nullable Object output) {
    return switch (verdict) {
      case EXECUTE -> new ProposeResult(Status.OK, instance, output, Optional.empty(), "");
      case CANCEL -> ProposeResult.of(Status.CANCELLED, "not executed in time, and never will be");
      case FENCED -> ProposeResult.of(Status.CONFLICT, "the mastership has another version by now");
      case PASS -> throw new IllegalStateException("Nobody waits for what is passed over");
    };
  }

  @Override
  public void covered(Object ticket, Verdict verdict) {
    proposals.answer(ticket, result(verdict, 0, null));
  }

  @Override
  public void lost(Object ticket) {
    Status status = stopped ? Status.STOPPED : Status.HALTED;
    proposals.answer(ticket, ProposeResult.of(status, "decided, but not executed on this node"));
  }

  /** What one value answers goes to the callbacks in one piece. */
  private void handOverAnswers() {
    if (!answers.isEmpty()) {
      // In a backlog, machines are called again in the same task.
      proposals.answerAll(answers, !applier.lags());
      answers = new ArrayList<>(answers.size());
    }
  }

  @Override
  public void failed(long instance, String why, @Nullable Throwable fault) {
    handOverAnswers();
    if (fault != null) {
      log.error("A machine of group {} failed at instance {}.", options.id(), instance, fault);
    }
    group.post(new Event.Halt(why));
  }

  @Override
  public void applied(long instance) {
    handOverAnswers();
    probe.applied(options.id(), instance);
  }

  @Override
  public void restored(long instance) {
    log.info("Group {}: the machines have loaded the checkpoint at {}.", options.id(), instance);
    probe.restored(options.id(), instance);
    observer.restored(options.id(), instance);
  }
}
