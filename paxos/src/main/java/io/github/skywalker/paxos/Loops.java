package io.github.skywalker.paxos;

import com.google.common.util.concurrent.MoreExecutors;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.util.RunLoop;
import io.github.skywalker.util.TaskLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The loops of one node, and which of them runs what. Each way from one thread to another costs a
 * proposal time: so a single loop for groups serves the network too; of several, none does, so that
 * no group waits for the connections of the others. And what runs the user's code is a team, where
 * who has run a machine calls back, too, unless the next value waits for the machine.
 */
final class Loops implements AutoCloseable {

  private final List<RunLoop> groups = new ArrayList<>();
  private final List<Mailbox> mailboxes = new ArrayList<>();
  private final List<? extends TaskLoop> apply;
  private final List<RunLoop> background = new ArrayList<>();
  private final RunLoop network;
  private final RunLoop writer;
  private final RunLoop checkpoints;
  private final @Nullable TaskLoop callbackLoop;
  private final Executor callbacks;

  /** Starts them all. */
  Loops(World world, NodeOptions options) {
    String name = "skywalker-" + options.self().nodeId();
    start(background, options.backgroundThreads(), name + "-background", world);
    this.writer = world.loop(name + "-log");
    this.checkpoints = world.loop(name + "-checkpoints");
    if (options.groupLoops() == 1) {
      this.network = world.networkLoop(name + "-groups-0");
      groups.add(network);
    } else {
      this.network = world.networkLoop(name + "-network");
      start(groups, options.groupLoops(), name + "-groups", world);
    }
    for (int i = 0; i < groups.size(); i++) {
      mailboxes.add(
          new Mailbox(
              groups.get(i),
              name + "-groups-" + i,
              options.maxIncomingBytes(),
              options.observer()));
    }
    List<String> roles = new ArrayList<>();
    for (int i = 0; i < options.applyLoops(); i++) {
      roles.add("apply-" + i);
    }
    boolean callsBack = options.callbackExecutor().isEmpty();
    if (callsBack) {
      roles.add("callbacks");
    }
    List<? extends TaskLoop> team = world.team(name, roles);
    this.apply = team.subList(0, options.applyLoops());
    this.callbackLoop = callsBack ? team.get(options.applyLoops()) : null;
    this.callbacks = callbackLoop != null ? callbackLoop : options.callbackExecutor().orElseThrow();
  }

  private static void start(List<RunLoop> loops, int count, String name, World world) {
    for (int i = 0; i < count; i++) {
      loops.add(world.loop(name + "-" + i));
    }
  }

  /** Where connections are served. */
  RunLoop ofNetwork() {
    return network;
  }

  /** Where a group takes its steps. */
  RunLoop ofGroup(int group) {
    return groups.get(Math.floorMod(group, groups.size()));
  }

  /** Through which a group hears what other nodes say to it. */
  Mailbox mailboxOf(int group) {
    return mailboxes.get(Math.floorMod(group, mailboxes.size()));
  }

  /** Where a group's machines run. */
  Executor ofMachines(int group) {
    return apply.get(Math.floorMod(group, apply.size()));
  }

  /** Where the node's own heartbeat runs: beside groups, which never block. */
  RunLoop ofPulse() {
    return groups.get(0);
  }

  /** Through which the heartbeat hears of other nodes. */
  Mailbox mailboxOfPulse() {
    return mailboxes.get(0);
  }

  /** Where the log is written. */
  RunLoop ofLog() {
    return writer;
  }

  /** For short writes of the node's own, and for what the log needs done beside it. */
  RunLoop background() {
    return background.get(0);
  }

  /** Where checkpoints are written: that takes as long as the user's machines take. */
  RunLoop ofCheckpoints() {
    return checkpoints;
  }

  /** For what may take long. */
  RunLoop errands() {
    return background.get(background.size() - 1);
  }

  /** Runs callbacks and listeners. */
  Executor callbacks() {
    return callbacks;
  }

  /** Runs those of one group in their order, whatever order the user's executor keeps. */
  Executor callbacksOfGroup() {
    return callbackLoop != null ? callbacks : MoreExecutors.newSequentialExecutor(callbacks);
  }

  /** Completed when what was handed to the user's code before has run, and its answers too. */
  CompletableFuture<Void> answered() {
    CompletableFuture<Void> applied = passed(apply);
    return callbackLoop == null
        ? applied
        : applied.thenCompose(nothing -> passed(List.of(callbackLoop)));
  }

  private static CompletableFuture<Void> passed(List<? extends TaskLoop> loops) {
    CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
    for (TaskLoop loop : loops) {
      CompletableFuture<Void> each = new CompletableFuture<>();
      loop.execute(() -> each.complete(null));
      all = all.thenCombine(each, (one, other) -> null);
    }
    return all;
  }

  /** Whether the calling thread is one of them. */
  boolean isCurrent() {
    return all().stream().anyMatch(TaskLoop::inLoop);
  }

  private List<TaskLoop> all() {
    List<TaskLoop> all = new ArrayList<>(groups);
    if (!groups.contains(network)) {
      all.add(network);
    }
    all.addAll(apply);
    all.add(writer);
    all.add(checkpoints);
    all.addAll(background);
    if (callbackLoop != null) {
      all.add(callbackLoop);
    }
    return all;
  }

  /** Ends them, and waits. */
  @Override
  public void close() {
    all().forEach(TaskLoop::close);
  }
}
