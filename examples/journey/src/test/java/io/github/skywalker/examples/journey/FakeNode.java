package io.github.skywalker.examples.journey;

import io.github.skywalker.api.Cluster;
import io.github.skywalker.api.Execution;
import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.Master;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.ProposeCallback;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.api.StateMachine;
import io.github.skywalker.api.Status;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;

/**
 * A node without others: executes what is proposed at once, by the machine of the group. While it
 * is held, proposals and barriers wait in their order.
 */
final class FakeNode implements Node {

  private final Member self;
  private final SortedMap<Integer, StateMachine> machines = new TreeMap<>();
  private final SortedMap<Integer, Long> instances = new TreeMap<>();
  private final Queue<ProposeResult> refusals = new ArrayDeque<>();
  private final Queue<Runnable> held = new ArrayDeque<>();
  private boolean holding;
  private int started;
  private boolean closed;

  FakeNode(Member self, Map<Integer, ? extends StateMachine> machines) {
    this.self = self;
    machines.forEach(this::open);
  }

  static FakeNode start(NodeOptions options) {
    FakeNode node = new FakeNode(options.self(), Map.of());
    for (GroupOptions group : options.groups()) {
      node.open(group.id(), group.machines().get(0));
    }
    return node;
  }

  private void open(int group, StateMachine machine) {
    machines.put(group, machine);
    instances.put(group, machine.executedUpTo());
  }

  /** Answers the next proposal with this, and does not execute it. */
  synchronized void refuseNext(Status status) {
    refusals.add(ProposeResult.of(status, "as the test wants it"));
  }

  synchronized void hold() {
    holding = true;
  }

  /** Does all that was held, and holds nothing more. */
  synchronized void release() {
    holding = false;
    while (!held.isEmpty()) {
      held.remove().run();
    }
  }

  /** Does the first thing that is held. */
  synchronized void releaseOne() {
    held.remove().run();
  }

  /** Waits until that many proposals and barriers have come in all. */
  synchronized void awaitStarted(int count) throws InterruptedException {
    while (started < count) {
      wait();
    }
  }

  synchronized int started() {
    return started;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void begin(Runnable work) {
    started++;
    notifyAll();
    if (holding) {
      held.add(work);
    } else {
      work.run();
    }
  }

  @Override
  public Member self() {
    return self;
  }

  @Override
  public SortedSet<Integer> groups() {
    return new TreeSet<>(machines.keySet());
  }

  @Override
  public synchronized void propose(
      int group, byte[] value, ProposeOptions options, ProposeCallback callback) {
    ProposeResult refusal = refusals.poll();
    begin(() -> callback.done(refusal == null ? execute(group, value) : refusal));
  }

  private ProposeResult execute(int group, byte[] value) {
    long instance = instances.merge(group, 1L, Long::sum);
    ByteBuffer bytes = ByteBuffer.wrap(value).asReadOnlyBuffer();
    try {
      Object[] outputs =
          machines
              .get(group)
              .executeAll(List.of(new Execution(group, instance, self.nodeId(), bytes)));
      return new ProposeResult(Status.OK, instance, outputs[0], Optional.of(self), "");
    } catch (Exception fault) {
      return ProposeResult.of(Status.HALTED, fault.getMessage());
    }
  }

  @Override
  public CompletableFuture<Long> readBarrier(int group, ReadConsistency consistency) {
    CompletableFuture<Long> passed = new CompletableFuture<>();
    begin(() -> passed.complete(instances.get(group)));
    return passed;
  }

  @Override
  public CompletableFuture<ProposeResult> changeMembership(
      int group, long expectedVersion, List<MembershipChange> changes, boolean force) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<SortedMap<Integer, ProposeResult>> changeEverywhere(
      MembershipChange change) {
    SortedMap<Integer, ProposeResult> results = new TreeMap<>();
    for (int group : groups()) {
      Status status = group == 0 ? Status.NOT_CAUGHT_UP : Status.OK;
      results.put(group, new ProposeResult(status, 9, null, Optional.empty(), change.toString()));
    }
    return CompletableFuture.completedFuture(results);
  }

  @Override
  public Membership membership(int group) {
    return Membership.founding(List.of(self));
  }

  @Override
  public Cluster cluster(int group) {
    Membership alone = membership(group);
    return new Cluster(alone, alone, new TreeSet<>());
  }

  @Override
  public Optional<Master> master(int group) {
    return Optional.of(new Master(self, 1));
  }

  @Override
  public boolean isMaster(int group) {
    return true;
  }

  @Override
  public CompletableFuture<ProposeResult> retireMaster(int group) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Long> checkpoint(int group) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void pauseLogCleaner(int group) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void resumeLogCleaner(int group) {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized GroupReport report(int group) {
    long upTo = instances.get(group);
    return new GroupReport(
        group,
        self.nodeId(),
        GroupReport.Phase.PREPARED,
        membership(group),
        master(group),
        true,
        "1.1",
        upTo,
        upTo,
        0,
        0,
        0,
        new TreeMap<>(),
        0,
        upTo,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @Override
  public CompletableFuture<Void> createGroup(GroupOptions options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletableFuture<Void> removeGroup(int group) {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
