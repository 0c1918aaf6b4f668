package io.github.skywalker.paxos.sim;

import java.util.Map;

/** How often, at the least, something happens in a hundred seeds. */
final class Expectations {

  private static final Map<String, Integer> IN_A_HUNDRED =
      Map.of(
          "entries executed", 10_000,
          "messages lost", 10_000,
          "masterships", 300,
          "membership changes", 40,
          "suspensions", 1,
          "checkpoints offered with names that lead elsewhere", 1,
          "full disks", 1);

  private static final int OF_ANYTHING_ELSE = 4;

  private Expectations() {}

  static long of(String what, long seeds) {
    return IN_A_HUNDRED.getOrDefault(what, OF_ANYTHING_ELSE) * seeds / 100;
  }
}
