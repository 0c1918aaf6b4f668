package io.github.skywalker.paxos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a machine with durable state of its own has on disk, through all lives of its node. It keeps
 * what one call has executed, whole, with the instance; after a crash it holds everything up to
 * some call, not before one that it has held already.
 */
final class MachineDisk {

  /** So much at the most was not synced. */
  private static final int MAX_UNSYNCED = 40;

  private record Held(long instance, int executed) {}

  private final SplittableRandom random;
  private final List<Held> mayHold = new ArrayList<>();

  MachineDisk(SplittableRandom random) {
    this.random = random;
    mayHold.add(new Held(0, 0));
  }

  /** A call has come back: so many were executed by now, and the last one at this instance. */
  void called(long instance, int executed) {
    mayHold.add(new Held(instance, executed));
    if (mayHold.size() > MAX_UNSYNCED) {
      mayHold.remove(0);
    }
  }

  /**
   * Something else is being put in the place of what was there. Until that is done, it may claim to
   * hold everything up to there already, and hold what it did before.
   */
  void restoring(long instance) {
    mayHold.add(new Held(instance, last().executed));
  }

  /** Everything was put in the place of what was there, and synced. */
  void restored(long instance, int executed) {
    mayHold.clear();
    mayHold.add(new Held(instance, executed));
  }

  /** A new life finds what a former one has left: the least, the most, or anything between. */
  void reopen() {
    int at =
        switch (random.nextInt(3)) {
          case 0 -> 0;
          case 1 -> mayHold.size() - 1;
          default -> random.nextInt(mayHold.size());
        };
    Held held = mayHold.get(at);
    mayHold.clear();
    mayHold.add(held);
  }

  private Held last() {
    return mayHold.get(mayHold.size() - 1);
  }

  /** The instance up to which it holds everything. */
  long instance() {
    return last().instance;
  }

  /** How much it has executed. */
  int executed() {
    return last().executed;
  }
}
