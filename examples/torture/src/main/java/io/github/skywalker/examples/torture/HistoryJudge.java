package io.github.skywalker.examples.torture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Judges a history, key by key. */
final class HistoryJudge {

  /**
   * What a history comes to.
   *
   * @param keys how many keys there were
   * @param operations on them, that happened or may have
   * @param wrong a sentence for each key that is not linearizable
   * @param undecided a sentence for each key of which that could not be found out
   */
  record Verdict(int keys, int operations, List<String> wrong, List<String> undecided) {}

  private HistoryJudge() {}

  /** Judges. */
  static Verdict judge(History history, int maxRemembered) {
    List<String> wrong = new ArrayList<>();
    List<String> undecided = new ArrayList<>();
    Map<String, List<Operation>> byKey = history.operations();
    byKey.forEach(
        (key, operations) -> {
          Linearizability.Answer answer = Linearizability.check(operations, maxRemembered);
          switch (answer.verdict()) {
            case LINEARIZABLE -> {}
            case NOT_LINEARIZABLE ->
                wrong.add("key " + key + " is not linearizable: " + answer.explanation());
            case UNDECIDED ->
                undecided.add("key " + key + " is undecided: " + answer.explanation());
          }
        });
    int operations = byKey.values().stream().mapToInt(List::size).sum();
    return new Verdict(byKey.size(), operations, wrong, undecided);
  }

  /**
   * Looks for appends that were acknowledged and are not there exactly once.
   *
   * @param history what the clients did
   * @param last what the keys hold in the end that were only ever appended to
   * @return a sentence for each
   */
  static List<String> appendsNotThereOnce(History history, Map<String, String> last) {
    List<String> wrong = new ArrayList<>();
    Map<String, Map<String, Integer>> counts = new HashMap<>();
    last.forEach(
        (key, state) -> {
          Map<String, Integer> words = counts.computeIfAbsent(key, unknown -> new HashMap<>());
          for (String word : state.split(" ", -1)) {
            words.merge(word, 1, Integer::sum);
          }
        });
    for (Step step : history.steps()) {
      Map<String, Integer> words = counts.get(step.key());
      if (words == null || step.kind() != Kind.APPEND || step.type() == Step.Type.INVOKE) {
        continue;
      }
      int count = words.getOrDefault(step.value(), 0);
      if (step.type() == Step.Type.OK && count != 1) {
        wrong.add(
            "\""
                + step.value()
                + "\" was acknowledged, and is "
                + count
                + " times in "
                + step.key());
      } else if (step.type() == Step.Type.FAIL && count != 0) {
        wrong.add("\"" + step.value() + "\" was refused for good, and is in " + step.key());
      } else if (count > 1) {
        wrong.add("\"" + step.value() + "\" is " + count + " times in " + step.key());
      }
    }
    return wrong.stream().distinct().toList();
  }
}
