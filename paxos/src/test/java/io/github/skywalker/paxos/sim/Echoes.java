package io.github.skywalker.paxos.sim;

import io.github.skywalker.proto.Envelope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What was answered before, to come again just when its receiver asks anew: a promise when it
 * prepares another ballot, a vote when it proposes at that instance again.
 */
final class Echoes {

  private static final int MAX_REMEMBERED = 16;

  /** An answer, and the line on which it went. */
  record Answer(Line line, Envelope message) {}

  private final Map<String, ArrayDeque<Answer>> answers = new TreeMap<>();

  /** A promise or a vote is sent. */
  void remember(Line line, Envelope message) {
    if (message.hasPromise() || message.hasAccepted()) {
      ArrayDeque<Answer> known =
          answers.computeIfAbsent(
              key(line.from().id(), line.toNode(), message), key -> new ArrayDeque<>());
      known.add(new Answer(line, message));
      if (known.size() > MAX_REMEMBERED) {
        known.remove();
      }
    }
  }

  /** What a question brings back of what its receiver has answered to its sender before. */
  List<Answer> of(Line line, Envelope question) {
    ArrayDeque<Answer> known = answers.get(key(line.toNode(), line.from().id(), question));
    List<Answer> echoes = new ArrayList<>();
    if (known != null) {
      for (Answer answer : known) {
        if (fits(question, answer.message())) {
          echoes.add(answer);
        }
      }
    }
    return echoes;
  }

  private static boolean fits(Envelope question, Envelope answer) {
    return (question.hasPrepare() && answer.hasPromise())
        || (question.hasAccept()
            && answer.hasAccepted()
            && question.getAccept().getInstance() == answer.getAccepted().getInstance());
  }

  private static String key(int from, int to, Envelope message) {
    return from + ">" + to + "/" + message.getGroup();
  }
}
