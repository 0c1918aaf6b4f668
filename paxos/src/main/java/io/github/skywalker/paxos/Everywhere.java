package io.github.skywalker.paxos;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One membership change made in many groups: in each it is what that group still lacks of it, so
 * that it can be asked for again until it is made everywhere. Belongs to one loop.
 */
final class Everywhere {

  /** In so many groups it is made at a time: each change costs its group a new ballot. */
  private static final int MAX_AT_ONCE = 16;

  /** A group, as far as this concerns it. */
  interface Changeable {

    int id();

    Membership membership();

    /** What the other nodes are known to hold. */
    Map<Integer, Long> peers();

    long chosenUpTo();

    long retryNanos();

    /** So long a group waits for who comes to have caught up. */
    long patienceNanos();

    CompletableFuture<ProposeResult> changeMembership(
        long expected, List<MembershipChange> changes, boolean force);
  }

  private final int self;
  private final RunLoop loop;
  private final Clock clock;
  private final Executor callbacks;
  private final List<Job> jobs = new ArrayList<>();
  private boolean ended;

  /** Made by the node. */
  Everywhere(int self, RunLoop loop, Clock clock, Executor callbacks) {
    this.self = self;
    this.loop = loop;
    this.clock = clock;
    this.callbacks = callbacks;
  }

  /** Makes a change in some groups. May be called by any thread. */
  CompletableFuture<SortedMap<Integer, ProposeResult>> change(
      List<? extends Changeable> groups, MembershipChange change) {
    Job job = new Job(groups, change);
    loop.execute(job::begin);
    return job.future;
  }

  /**
   * The node is closed: nothing more is waited for. Completed when all answers have been handed to
   * the callbacks.
   */
  CompletableFuture<Void> end() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.execute(
        () -> {
          ended = true;
          List.copyOf(jobs).forEach(Job::stop);
          done.complete(null);
        });
    return done;
  }

  /** One call, and what became of it so far. */
  private final class Job {
    private final CompletableFuture<SortedMap<Integer, ProposeResult>> future =
        new CompletableFuture<>();
    private final MembershipChange change;
    private final @Nullable Member comes;
    private final Queue<Changeable> waiting;
    private final Map<Integer, Attempt> running = new HashMap<>();
    private final SortedMap<Integer, ProposeResult> results = new TreeMap<>();

    Job(List<? extends Changeable> groups, MembershipChange change) {
      this.change = change;
      this.comes = newcomer(change);
      this.waiting = new ArrayDeque<>(groups);
    }

    void begin() {
      jobs.add(this);
      if (ended) {
        stop();
      } else {
        goOn();
      }
    }

    void stop() {
      ProposeResult stopped = ProposeResult.of(Status.STOPPED, "the node was closed");
      running.keySet().forEach(group -> results.put(group, stopped));
      waiting.forEach(group -> results.put(group.id(), stopped));
      running.clear();
      waiting.clear();
      goOn();
    }

    private void goOn() {
      while (running.size() < MAX_AT_ONCE && !waiting.isEmpty()) {
        Changeable next = waiting.remove();
        Attempt attempt = new Attempt(next);
        running.put(next.id(), attempt);
        attempt.make();
      }
      if (running.isEmpty() && jobs.remove(this)) {
        callbacks.execute(() -> future.complete(results));
      }
    }

    /** The change in one group; made again as long as another change comes before it. */
    private final class Attempt {
      private final Changeable group;
      private final long held;
      private final long until;

      Attempt(Changeable group) {
        this.group = group;
        this.held = group.chosenUpTo();
        this.until = clock.nanos() + group.patienceNanos();
      }

      private boolean isOver() {
        return running.get(group.id()) != this;
      }

      void make() {
        if (isOver()) {
          return;
        }
        Membership now = group.membership();
        Optional<MembershipChange> step = missing(change, now);
        if (step.isEmpty()) {
          finish(
              new ProposeResult(
                  Status.OK, now.version(), null, Optional.empty(), "nothing was left to change"));
        } else if (!isReady(now)) {
          againUnlessLate(
              ProposeResult.of(
                  Status.NOT_CAUGHT_UP,
                  comes
                      + (group.peers().containsKey(id(comes))
                          ? " holds " + group.peers().get(id(comes)) + " of " + held + " instances"
                          : " has not been heard of in this group: start it, as one that follows"
                              + " it, and ask again")));
        } else {
          var unused =
              group
                  .changeMembership(now.version(), List.of(step.get()), false)
                  .thenAccept(result -> loop.execute(() -> answered(now, result)));
        }
      }

      /** Whether the node that comes holds what was chosen when this began, if it is new. */
      private boolean isReady(Membership now) {
        if (comes == null || comes.nodeId() == self || now.contains(comes.nodeId())) {
          return true;
        }
        return group.peers().getOrDefault(comes.nodeId(), -1L) >= held;
      }

      private void answered(Membership asked, ProposeResult result) {
        boolean overtaken = group.membership().version() > asked.version();
        if (result.status() == Status.CONFLICT && overtaken) {
          againUnlessLate(result);
        } else {
          finish(result);
        }
      }

      private void againUnlessLate(ProposeResult otherwise) {
        long next = clock.nanos() + group.retryNanos();
        if (isOver()) {
          return;
        }
        if (next - until > 0) {
          finish(otherwise);
        } else {
          loop.at(next, this::make);
        }
      }

      private void finish(ProposeResult result) {
        if (running.remove(group.id(), this)) {
          results.put(group.id(), result);
          goOn();
        }
      }
    }
  }

  private static int id(@Nullable Member member) {
    return member == null ? 0 : member.nodeId();
  }

  private static @Nullable Member newcomer(MembershipChange change) {
    if (change instanceof MembershipChange.Add add) {
      return add.member();
    }
    return change instanceof MembershipChange.Replace replace ? replace.by() : null;
  }

  /** By its address too, which the order of members leaves out. */
  private static boolean isThere(Member member, Membership now) {
    return now.find(member.nodeId()).equals(Optional.of(member));
  }

  /** What a membership still lacks of a change; empty if nothing. */
  static Optional<MembershipChange> missing(MembershipChange change, Membership now) {
    if (change instanceof MembershipChange.Remove remove) {
      return now.contains(remove.nodeId()) ? Optional.of(change) : Optional.empty();
    }
    if (change instanceof MembershipChange.Add add) {
      return isThere(add.member(), now) ? Optional.empty() : Optional.of(change);
    }
    MembershipChange.Replace replace = (MembershipChange.Replace) change;
    boolean goes = now.contains(replace.nodeId());
    boolean isThere = isThere(replace.by(), now);
    if (!goes || (isThere && replace.by().nodeId() == replace.nodeId())) {
      return Optional.empty();
    }
    return Optional.of(isThere ? new MembershipChange.Remove(replace.nodeId()) : change);
  }
}
