package io.github.skywalker.examples.journey;

import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** The answer to one DEL, put together from those of the groups that have its keys. */
final class Removal {

  private final SortedMap<Integer, CompletableFuture<ProposeResult>> parts = new TreeMap<>();

  void add(int group, CompletableFuture<ProposeResult> part) {
    parts.put(group, part);
  }

  CompletableFuture<Reply> answer() {
    return CompletableFuture.allOf(parts.values().toArray(CompletableFuture<?>[]::new))
        .thenApply(all -> combine());
  }

  private Reply combine() {
    long removed = 0;
    int failed = 0;
    String firstFailure = "";
    for (var part : parts.entrySet()) {
      ProposeResult result = part.getValue().join();
      if (result.status() == Status.OK && result.output() instanceof Long count) {
        removed += count;
      } else {
        failed++;
        if (firstFailure.isEmpty()) {
          firstFailure = describe(part.getKey(), result);
        }
      }
    }
    if (failed == 0) {
      return Reply.number(removed);
    }
    if (failed == parts.size()) {
      return Reply.error(firstFailure);
    }
    return Reply.error(
        "UNKNOWN the keys are removed in "
            + (parts.size() - failed)
            + " of "
            + parts.size()
            + " groups, but: "
            + firstFailure);
  }

  /** A checkpoint that took the place of the execution has the effect, but not the output. */
  private static String describe(int group, ProposeResult result) {
    return result.status() == Status.OK
        ? "UNKNOWN group " + group + " removed the keys, but how many is not known"
        : Failures.ofProposal(group, result);
  }
}
