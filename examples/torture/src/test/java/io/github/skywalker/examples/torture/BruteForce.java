package io.github.skywalker.examples.torture;

import java.util.List;

/** Tries every order of a few operations: slow, and too simple to be wrong. */
final class BruteForce {

  private BruteForce() {}

  static boolean isLinearizable(List<Operation> operations) {
    return canGoOn(operations, new boolean[operations.size()], "");
  }

  private static boolean canGoOn(List<Operation> operations, boolean[] used, String state) {
    boolean over = true;
    for (int i = 0; i < used.length; i++) {
      over &= used[i] || !operations.get(i).certain();
    }
    if (over) {
      return true;
    }
    for (int i = 0; i < used.length; i++) {
      Operation next = operations.get(i);
      if (!used[i] && mayComeNext(operations, used, next) && next.fits(state)) {
        used[i] = true;
        if (canGoOn(operations, used, next.after(state))) {
          return true;
        }
        used[i] = false;
      }
    }
    return false;
  }

  /** Not behind something that was over before it was called. */
  private static boolean mayComeNext(List<Operation> operations, boolean[] used, Operation next) {
    for (int i = 0; i < used.length; i++) {
      if (!used[i] && operations.get(i).returned() < next.called()) {
        return false;
      }
    }
    return true;
  }
}
