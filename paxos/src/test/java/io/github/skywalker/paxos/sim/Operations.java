package io.github.skywalker.paxos.sim;

import java.util.ArrayList;
import java.util.List;

/** Every call that any client has made in the run, by number. */
final class Operations {

  private final List<Operation> all = new ArrayList<>();

  Operation add(Operation.Kind kind, Life life, int group, int machine) {
    Operation fresh = new Operation(all.size(), kind, life, group, machine);
    all.add(fresh);
    return fresh;
  }

  /** The operation with this number; null if there was none. */
  Operation find(long number) {
    return number < 0 || number >= all.size() ? null : all.get((int) number);
  }

  List<Operation> all() {
    return all;
  }
}
