package io.github.skywalker.paxos.sim;

import io.github.skywalker.storage.CrashDisk;
import io.github.skywalker.storage.CrashDisk.Operation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;

/** The disk of a host, and what goes wrong with it. */
final class HostDisk {

  private static final String CHECKPOINT = "checkpoint-";

  /** The directory of the node. */
  private static final Path DATA = Path.of("/data");

  /** So deep lies each checkpoint, in whatever state; the log lies less deep. */
  private static final int HOME_DEPTH = 4;

  private final CrashDisk disk;
  private final Figures figures;
  private final SplittableRandom random;
  private boolean writeInFlight;
  private boolean failsNext;
  private int failsAfter = Integer.MAX_VALUE;
  private int operations;
  private boolean erred;
  private final Deceit deceit;
  private Runnable onWrite = () -> {};
  private Deletion onDeletion = (group, instance) -> {};
  private final Consumer<Path> onStray;

  /** Hears that a checkpoint of a group is about to be deleted. */
  interface Deletion {
    void of(int group, long instance);
  }

  /**
   * Made empty.
   *
   * @param onStray hears of each file that is opened or made where none of the node's belongs
   */
  HostDisk(
      long seed,
      Figures figures,
      SplittableRandom random,
      SplittableRandom lies,
      Consumer<Path> onStray) {
    this.onStray = onStray;
    this.disk = new CrashDisk(seed);
    this.figures = figures;
    this.random = random;
    deceit = new Deceit(disk, figures, lies);
    disk.setFaults(this::fault);
  }

  CrashDisk disk() {
    return disk;
  }

  /** Whether something was written and not forced yet. */
  boolean isWriteInFlight() {
    return writeInFlight;
  }

  /** How many forces there were: whoever says that something is durable must have had one. */
  long forces() {
    return disk.forces();
  }

  private IOException fault(Operation operation, Path file) {
    if ((operation == Operation.OPEN || operation == Operation.NAME) && isAstray(file)) {
      onStray.accept(file);
    }
    operations++;
    if (operations > failsAfter) {
      erred = true;
      return new IOException("The power went out at " + operation + " of " + file);
    }
    boolean isLog = file.toString().contains("log");
    if (failsNext
        && isLog
        && (operation == Operation.WRITE || operation == Operation.FORCE)
        && random.nextInt(3) == 0) {
      failsNext = false;
      erred = true;
      figures.count(operation == Operation.WRITE ? "disk errors on write" : "disk errors on sync");
      return new IOException("Input/output error at " + operation + " of " + file);
    }
    if (operation == Operation.WRITE) {
      writeInFlight = true;
      if (isLog) {
        onWrite.run();
      }
    } else if (operation == Operation.FORCE) {
      writeInFlight = false;
      deceit.forced(file);
    } else if (operation == Operation.NAME && isCheckpoint(file)) {
      int group = Integer.parseInt(file.getParent().getFileName().toString());
      onDeletion.of(group, instanceOf(file)); // It gets its name by another's being changed.
    }
    return null;
  }

  /** Whether a path leads, as a system would go it, out of the directory that it begins in. */
  private static boolean isAstray(Path path) {
    int depth = Math.min(HOME_DEPTH, path.getNameCount());
    Path home = path.getRoot().resolve(path.subpath(0, depth));
    return !path.startsWith(DATA) || !path.normalize().startsWith(home);
  }

  private static boolean isCheckpoint(Path path) {
    return path.getFileName().toString().startsWith(CHECKPOINT);
  }

  private static long instanceOf(Path checkpoint) {
    return Long.parseLong(checkpoint.getFileName().toString().substring(CHECKPOINT.length()));
  }

  /** The checkpoints of a group that it holds durably, by their instances. */
  SortedSet<Long> checkpoints(int group) {
    TreeSet<Long> held = new TreeSet<>();
    Path directory = Path.of("/data/groups/" + group);
    try {
      if (disk.exists(directory)) {
        for (String name : disk.list(directory)) {
          Path each = directory.resolve(name);
          if (isCheckpoint(each) && disk.isDurable(each)) {
            held.add(instanceOf(each));
          }
        }
      }
      return held;
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Who wants to know of checkpoints that are deleted. */
  void onDeletion(Deletion listener) {
    onDeletion = listener;
  }

  /** One of the next writes or syncs of the log fails. */
  void failSoon() {
    failsNext = true;
  }

  /** The power goes out after so many more operations. */
  void cutPowerAfter(int more) {
    operations = 0;
    failsAfter = more;
  }

  /** What goes wrong with it in silence. */
  Deceit deceit() {
    return deceit;
  }

  /** The power does not go out. */
  void cutNoPower() {
    failsAfter = Integer.MAX_VALUE;
  }

  /** Nothing more fails than has failed already. */
  void calm() {
    failsAfter = Integer.MAX_VALUE;
    failsNext = false;
    deceit.calm();
  }

  /** Who wants to know of each write to the log. */
  void onWrite(Runnable listener) {
    onWrite = listener;
  }

  /** No space is left from now on. */
  void fill() {
    erred = true;
    disk.setCapacity(1);
  }

  /** The process is gone; what the system has kept in memory stays. */
  void kill() {
    writeInFlight = false;
    disk.kill();
    reset();
  }

  /** The power is gone. */
  void crash() {
    writeInFlight = false;
    disk.crash();
    reset();
  }

  /** Whether anything has failed since the process was started. */
  boolean hasErred() {
    return erred;
  }

  /** Whether a group may halt without being to blame. */
  boolean mayHalt() {
    return erred || hasLied();
  }

  /** Whether something of it need not be read as it was written. */
  boolean hasLied() {
    return deceit.hasDamaged() || deceit.hasMisled();
  }

  private void reset() {
    deceit.reset();
    erred = false;
    failsNext = false;
    failsAfter = Integer.MAX_VALUE;
    disk.setCapacity(Long.MAX_VALUE);
  }
}
