package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.ProposeCallback;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.StateMachine;
import io.github.skywalker.api.Status;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.TaskLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door through which users' proposals come into a group, and their answers go out. It is
 * bounded in count and bytes, from the call of {@code propose} to the callback, and refuses at once
 * what does not fit.
 */
final class Proposals {

  private static final Logger log = LoggerFactory.getLogger(Proposals.class);

  /** A proposal that waits for its answer. */
  static final class Ticket {
    private final ProposeCallback callback;
    private final long submittedNanos;
    private final int bytes;

    Ticket(ProposeCallback callback, long submittedNanos, int bytes) {
      this.callback = callback;
      this.submittedNanos = submittedNanos;
      this.bytes = bytes;
    }
  }

  /** What a proposal that was taken in is told. */
  record Answer(Object ticket, ProposeResult result) {}

  private final GroupOptions options;
  private final Clock clock;
  private final Executor callbacks;
  private final NodeObserver observer;
  private final ConcurrentLinkedQueue<Event.Proposal> queue = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicLong pendingBytes = new AtomicLong();
  private final Runnable wake;
  private volatile long callSince = Long.MIN_VALUE;

  /** Made with the loop's task that drains the queue; called when there is something in it. */
  Proposals(
      GroupOptions options, Clock clock, Executor callbacks, NodeObserver observer, Runnable wake) {
    this.options = options;
    this.clock = clock;
    this.callbacks = callbacks;
    this.observer = observer;
    this.wake = wake;
  }

  /**
   * Takes a proposal in, or refuses it at once.
   *
   * @param refusal why nothing can be proposed here at all; null if it can
   * @param isMaster whether this node is master; asked only where that matters
   * @param master the master by the log
   * @param unappliedBytes what was decided and not applied yet
   */
  void propose(
      byte[] value,
      ProposeOptions how,
      ProposeCallback callback,
      @Nullable ProposeResult refusal,
      BooleanSupplier isMaster,
      Optional<Master> master,
      long unappliedBytes) {
    long now = clock.nanos();
    ProposeResult refused = refusal != null ? refusal : refuse(value, how, isMaster, master);
    if (refused == null && unappliedBytes > options.maxUnappliedBytes()) {
      refused =
          ProposeResult.of(
              Status.OVERLOADED,
              "the machines of group "
                  + options.id()
                  + " have not applied "
                  + unappliedBytes
                  + " bytes that were decided; at most "
                  + options.maxUnappliedBytes());
    }
    if (refused == null && !reserve(value.length)) {
      refused =
          ProposeResult.of(
              Status.OVERLOADED,
              pending.get()
                  + " proposals with "
                  + pendingBytes.get()
                  + " bytes wait in group "
                  + options.id()
                  + "; at most "
                  + options.maxPendingProposals()
                  + " and "
                  + options.maxPendingBytes());
    }
    if (refused != null) {
      call(new Ticket(callback, now, value.length), refused);
      return;
    }
    long timeout = how.timeout().orElse(options.proposeTimeout()).toNanos();
    queue.add(
        new Event.Proposal(
            new Ticket(callback, now, value.length),
            how.machineId().orElse(options.machines().get(0).machineId()),
            how.masterVersion().orElse(0),
            value,
            now + timeout,
            timeout));
    if (!woken.get() && woken.compareAndSet(false, true)) {
      wake.run();
    }
  }

  private @Nullable ProposeResult refuse(
      byte[] value, ProposeOptions how, BooleanSupplier isMaster, Optional<Master> master) {
    if (value.length > options.maxProposalBytes()) {
      return ProposeResult.of(
          Status.TOO_LARGE,
          "a proposal in group "
              + options.id()
              + " has at most "
              + options.maxProposalBytes()
              + " bytes; got "
              + value.length);
    }
    if (how.machineId().isEmpty() ? options.machines().size() > 1 : !hasMachine(how)) {
      throw new IllegalArgumentException(
          "ProposeOptions.machineId: group "
              + options.id()
              + " has the machines "
              + options.machines().stream().map(StateMachine::machineId).toList()
              + "; name one of them");
    }
    OptionalLong fence = how.masterVersion();
    if (fence.isPresent() && (master.isEmpty() || master.get().version() != fence.getAsLong())) {
      return refused(Status.CONFLICT, master, "the mastership has another version");
    }
    if (!options.forwardToMaster() && options.useMaster() && !isMaster.getAsBoolean()) {
      return refused(Status.NOT_MASTER, master, "this node is not master");
    }
    return null;
  }

  private boolean hasMachine(ProposeOptions how) {
    int id = how.machineId().orElseThrow();
    return options.machines().stream().anyMatch(machine -> machine.machineId() == id);
  }

  private static ProposeResult refused(Status status, Optional<Master> master, String why) {
    Optional<Member> member = master.map(Master::member);
    return new ProposeResult(status, 0, null, member, why);
  }

  private boolean reserve(int bytes) {
    if (pending.incrementAndGet() > options.maxPendingProposals()) {
      pending.decrementAndGet();
      return false;
    }
    if (pendingBytes.addAndGet(bytes) > options.maxPendingBytes()) {
      pendingBytes.addAndGet(-bytes);
      pending.decrementAndGet();
      return false;
    }
    return true;
  }

  /** Everything that has come in. Called on the group's loop, which {@code wake} has asked for. */
  List<Event.Proposal> drain() {
    woken.set(false);
    List<Event.Proposal> proposals = new ArrayList<>();
    for (Event.Proposal next = queue.poll(); next != null; next = queue.poll()) {
      proposals.add(next);
    }
    return proposals;
  }

  /** Answers a proposal that was taken in, behind all answers before it. */
  void answer(Object ticket, ProposeResult result) {
    answerAll(List.of(new Answer(ticket, result)), false);
  }

  /**
   * As {@link #answer}, for many at once: one way between threads for all of them.
   *
   * @param last whether the caller's task ends with that, so that its thread can call back
   */
  void answerAll(List<Answer> answers, boolean last) {
    Runnable task = () -> callAll(answers);
    if (last && callbacks instanceof TaskLoop loop) {
      loop.follow(task);
    } else {
      callbacks.execute(task);
    }
  }

  private void callAll(List<Answer> answers) {
    callSince = clock.nanos();
    for (Answer answer : answers) {
      Ticket waiting = (Ticket) answer.ticket();
      // Before the callback, so that it can propose again where the queue was full.
      pending.decrementAndGet();
      pendingBytes.addAndGet(-waiting.bytes);
      call(waiting, answer.result());
    }
    callSince = Long.MIN_VALUE;
  }

  private void call(Ticket ticket, ProposeResult result) {
    if (observer != NodeObserver.NONE) { // Most have none, and the clock would be read for nobody.
      observer.answered(
          options.id(),
          result.status(),
          Duration.ofNanos(Math.max(0, clock.nanos() - ticket.submittedNanos)));
    }
    try {
      ticket.callback.done(result);
    } catch (Throwable fault) {
      log.error("A callback of a proposal in group {} failed.", options.id(), fault);
    }
  }

  /** For how long the callbacks of one value have not come back; 0 if none are called. */
  long blockedNanos() {
    long since = callSince;
    return since == Long.MIN_VALUE ? 0 : Math.max(0, clock.nanos() - since);
  }

  int pending() {
    return pending.get();
  }

  long pendingBytes() {
    return pendingBytes.get();
  }
}
