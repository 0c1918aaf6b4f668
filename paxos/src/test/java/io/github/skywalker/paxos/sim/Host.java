package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.paxos.SimulatedNode;
import io.github.skywalker.storage.DamagedException;
import io.github.skywalker.storage.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One machine: its clock, its disk, and the process that runs on it, if one does. */
final class Host {

  private static final Pattern REMOVED = Pattern.compile("^Group (\\d+) was removed from node");

  /** So many threads of a process call while it stands still. */
  private static final int MAX_CALLERS = 8;

  private final int id;
  private final Swarm swarm;
  private final Fabric fabric;
  private final Judge judge;
  private final Draws draws;
  private final SplittableRandom clocks;
  private final SplittableRandom goingOn;
  private final HostClock clock;
  private final Function<Life, NodeOptions> options;
  private final Function<Life, SimulatedNode.Watcher> watchers;
  private final TreeSet<Integer> groups = new TreeSet<>();
  private final ArrayDeque<Runnable> parked = new ArrayDeque<>();
  private final ArrayDeque<Runnable> callers = new ArrayDeque<>();
  private HostDisk disk;
  private Runnable onRestore = () -> {};
  private Life life;
  private boolean paused;
  private boolean impostor;
  private boolean givenUp;
  private boolean refused;
  private int starts;
  private int disks;

  Host(
      int id,
      Swarm swarm,
      Fabric fabric,
      Judge judge,
      Draws draws,
      Function<Life, NodeOptions> options,
      Function<Life, SimulatedNode.Watcher> watchers) {
    this.id = id;
    this.swarm = swarm;
    this.fabric = fabric;
    this.judge = judge;
    this.draws = draws;
    this.clocks = draws.of("clocks", id);
    this.goingOn = draws.of("who goes on first", id);
    this.options = options;
    this.watchers = watchers;
    double rate = 1 + swarm.clockPpm * 1e-6 * (2 * clocks.nextDouble() - 1);
    this.clock = new HostClock(fabric.scheduler(), rate, origin());
    this.disk = newDisk();
    for (int group = 0; group < swarm.groups; group++) {
      groups.add(group);
    }
  }

  private long origin() {
    return clocks.nextLong(1L << 55) - (1L << 54);
  }

  private HostDisk newDisk() {
    SplittableRandom torn = draws.of("pieces of writes", 64 * id + disks);
    return new HostDisk(
        torn.nextLong(),
        fabric.figures(),
        draws.of("disk errors", 64 * id + disks),
        draws.of("disk lies", 64 * id + disks++),
        this::strayed);
  }

  /** A file is opened or made that cannot be one of the node's. */
  private void strayed(Path file) {
    judge.fail("files lie where they belong", "node %d opens or makes %s", id, file);
  }

  int id() {
    return id;
  }

  /** The groups that its options name. */
  SortedSet<Integer> groups() {
    return groups;
  }

  Member member() {
    return member(id);
  }

  static Member member(int id) {
    return new Member(id, "node" + id, 7000 + id);
  }

  Swarm swarm() {
    return swarm;
  }

  HostClock clock() {
    return clock;
  }

  Disk disk() {
    return disk.disk();
  }

  HostDisk storage() {
    return disk;
  }

  /** Who wants to know of each write to the log. */
  void onWrite(Runnable listener) {
    disk.onWrite(listener);
  }

  void onRestore(Runnable listener) {
    onRestore = listener;
  }

  /** A machine is in the middle of a restore; says whether its process ends there. */
  boolean endsWhileRestoring() {
    Life before = life;
    onRestore.run();
    return life != before;
  }

  /** Who wants to know of checkpoints that are deleted. */
  void onDeletion(HostDisk.Deletion listener) {
    disk.onDeletion(listener);
  }

  /** The present life; null if no process runs. */
  Life life() {
    return life;
  }

  /** Whether a process runs that can be called. */
  boolean isOpen() {
    return life != null && life.isOpen() && !paused;
  }

  boolean isUp() {
    return life != null;
  }

  boolean isPaused() {
    return paused;
  }

  /** Whether it has lost its disk, and runs on under its old id all the same. */
  boolean isImpostor() {
    return impostor;
  }

  /** Whether its last start was refused, for damage or for what its options name. */
  boolean wasRefused() {
    return refused;
  }

  /** Starts the process, unless it runs; it may fail at that, and is then down. */
  void start() {
    if (isUp() || givenUp) {
      return;
    }
    starts++;
    refused = false;
    Life fresh = new Life(this, fabric, draws, starts);
    try {
      life = fresh;
      SimulatedNode node = SimulatedNode.start(options.apply(fresh), fresh, watchers.apply(fresh));
      fresh.started(node);
      fabric.trace().line(id, "started, boot %d", fresh.boot());
    } catch (IOException why) {
      fabric.figures().count("starts that failed");
      fabric.trace().line(id, "could not start: %s", why.getMessage());
      if (why instanceof DamagedException) {
        refusedForDamage(why);
      }
      forgetRemoved(String.valueOf(why.getMessage()));
      kill();
    } catch (RuntimeException | Error fault) {
      failed("start-up", fault);
      kill();
    }
  }

  /** A group whose removal was on disk, but not told yet, is taken out of the options. */
  private void forgetRemoved(String why) {
    Matcher removed = REMOVED.matcher(why);
    if (removed.find()) {
      fabric.figures().count("starts refused for a group that was removed");
      groups.remove(Integer.valueOf(removed.group(1)));
      refused = true;
    }
  }

  /** Damage concerns all of the node. Once is no proof: what was read may not be what is there. */
  private void refusedForDamage(IOException why) {
    refused = true;
    fabric.figures().count("starts refused for damage");
    if (!disk.hasLied()) {
      judge.fail("2 no vote is forgotten", "node %d, on a disk that has no damage: %s", id, why);
    }
    if (disk.deceit().hasDamaged()) {
      giveUp();
    }
  }

  /** It is not started any more. */
  private void giveUp() {
    fabric.trace().line(id, "is givenUp up");
    givenUp = true;
  }

  boolean isGivenUp() {
    return givenUp;
  }

  /** Whether its disk can be trusted to hold what the node has said. */
  boolean isSound() {
    return !impostor && !givenUp && !disk.deceit().hasDamaged();
  }

  /** Kills the process. */
  void kill() {
    endLife();
    disk.kill();
  }

  /** Cuts the power of the machine. */
  void cutPower() {
    endLife();
    disk.crash();
    clock.restart(origin());
  }

  private void endLife() {
    if (disk.deceit().isExposed() && !givenUp) {
      fabric.figures().count("crashes after a lie about the last batch");
      giveUp();
    }
    if (life != null) {
      fabric.trace().line(id, "process ends");
      life.end();
      life = null;
      fabric.fetches().ended(id);
    }
    parked.clear();
    callers.clear();
    if (paused) {
      paused = false;
      clock.restart(clock.nanos());
    }
  }

  /** The process has closed itself in good order. */
  void closed(Life which) {
    if (life == which) {
      kill();
    }
  }

  /** The disk is gone for good, and an empty one in its place. */
  void loseDisk() {
    kill();
    disk = newDisk();
    impostor = true;
  }

  /** The process, or the whole machine, stands still. */
  void pause(boolean withClock) {
    if (!paused) {
      fabric.trace().line(id, withClock ? "machine suspended" : "process paused");
      paused = true;
      if (withClock) {
        clock.stop();
      }
    }
  }

  /** It goes on, with everything that waits. */
  void resume() {
    if (!paused) {
      return;
    }
    fabric.trace().line(id, "goes on");
    paused = false;
    clock.restart(clock.nanos());
    boolean callersFirst = goingOn.nextBoolean();
    if (callersFirst) {
      goOn(callers);
    }
    goOn(parked);
    goOn(callers);
  }

  private void goOn(ArrayDeque<Runnable> waiting) {
    for (Runnable task : waiting) {
      fabric.scheduler().after(0, task);
    }
    waiting.clear();
  }

  /**
   * Calls the node, if it is up. Who calls while the process stands still is a thread of it, and
   * goes on with it: before everything that has come meanwhile, or after that.
   */
  void call(Runnable caller) {
    if (isOpen()) {
      caller.run();
    } else if (paused && life.isOpen() && callers.size() < MAX_CALLERS) {
      Life called = life;
      callers.add(
          () -> {
            if (life == called) {
              call(caller);
            }
          });
    }
  }

  /** How much waits for it to go on. */
  int parked() {
    return parked.size();
  }

  /** Runs something of a life's, now or when the process goes on. */
  void whenAwake(Life of, Runnable task) {
    if (paused) {
      parked.add(
          () -> {
            if (of.isAlive()) {
              whenAwake(of, task);
            }
          });
    } else {
      task.run();
    }
  }

  /** Something of the node's threw what it should not. */
  void failed(String where, Throwable fault) {
    StringBuilder trail = new StringBuilder(String.valueOf(fault));
    StackTraceElement[] frames = fault.getStackTrace();
    for (int i = 0; i < Math.min(12, frames.length); i++) {
      trail.append("\n      at ").append(frames[i]);
    }
    judge.fail("no task throws", "node %d, in %s: %s", id, where, trail);
  }
}
