package io.github.skywalker.examples.torture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes little of the operations whose outcome nobody knows, which would otherwise be tried at
 * every later moment.
 *
 * <p>Where the word that such an operation wrote was written by no other, everything depends on
 * whether somebody saw it. If nobody did, it makes no difference: take it out of an order that
 * explains all answers, and the rest still explains them. If somebody did, it certainly happened,
 * and before the answer of whoever saw it.
 */
final class Unanswered {

  private final List<Operation> operations;
  private final Map<String, Integer> writers = new HashMap<>();

  /** When a word was first certainly there. */
  private final Map<String, Long> seen = new HashMap<>();

  private Unanswered(List<Operation> operations) {
    this.operations = new ArrayList<>(operations);
  }

  /** The operations of one key that are left, with what is known of them. */
  static List<Operation> reduce(List<Operation> operations) {
    Unanswered all = new Unanswered(operations);
    all.countWriters();
    all.see();
    while (all.decide()) {
      // What is certain now may have seen others.
    }
    all.dropUnseen();
    return all.operations;
  }

  private void countWriters() {
    for (Operation each : operations) {
      if (each.kind() != Kind.READ) {
        writers.merge(each.value(), 1, Integer::sum);
      }
    }
  }

  private boolean isOnlyWriter(Operation operation) {
    return !operation.value().isEmpty()
        && operation.value().indexOf(' ') < 0
        && writers.getOrDefault(operation.value(), 0) == 1;
  }

  private void see() {
    for (Operation each : operations) {
      if (each.certain()) {
        see(each);
      }
    }
  }

  private void see(Operation operation) {
    wordsSeenBy(operation).forEach(word -> seen.merge(word, operation.returned(), Math::min));
  }

  private static List<String> wordsSeenBy(Operation operation) {
    String state =
        switch (operation.kind()) {
          case READ -> operation.value();
          case CAS -> operation.expected();
          case WRITE, APPEND -> "";
        };
    return List.of(state.split(" ", -1));
  }

  /** Makes certain what was seen; whether there was such a thing. */
  private boolean decide() {
    boolean any = false;
    for (int i = 0; i < operations.size(); i++) {
      Operation each = operations.get(i);
      Long when = seen.get(each.value());
      if (!each.certain() && when != null && isOnlyWriter(each)) {
        Operation certain = each.certainBy(when);
        operations.set(i, certain);
        see(certain);
        any = true;
      }
    }
    return any;
  }

  /** Nobody saw it, not even one that may have happened and could be told by more than one. */
  private void dropUnseen() {
    Set<String> perhapsSeen = new HashSet<>();
    boolean more = true;
    while (more) {
      more = false;
      for (Operation each : operations) {
        boolean stays = !isOnlyWriter(each) || perhapsSeen.contains(each.value());
        if (!each.certain() && stays) {
          more |= perhapsSeen.addAll(wordsSeenBy(each));
        }
      }
    }
    operations.removeIf(
        each -> !each.certain() && isOnlyWriter(each) && !perhapsSeen.contains(each.value()));
  }
}
