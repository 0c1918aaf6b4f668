package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/** What a server answered, as its client sees it. */
sealed interface Answer {

  /** A word such as OK. */
  record Simple(String text) implements Answer {}

  /** An error: its class in capitals, then a sentence. */
  record Failure(String text) implements Answer {

    /** Whether it surely had no effect, and may go better later or elsewhere. */
    boolean mayBeRepeated() {
      return text.startsWith("TRYAGAIN");
    }

    /** Whether it may have taken effect, or may later. */
    boolean isUnknown() {
      return text.startsWith("UNKNOWN");
    }
  }

  /** A count. */
  record Count(long value) implements Answer {}

  /** Bytes. */
  record Bulk(byte[] bytes) implements Answer {
    String text() {
      return new String(bytes, UTF_8);
    }
  }

  /** There is none. */
  record Nil() implements Answer {}

  /** Several. */
  record Many(List<Answer> items) implements Answer {}

  /** The lines of an answer to a JOURNEY command. */
  static List<Fields> lines(Answer answer) {
    List<Fields> lines = new ArrayList<>();
    if (answer instanceof Many many) {
      for (Answer item : many.items()) {
        if (item instanceof Bulk line) {
          lines.add(Fields.parse(line.text()));
        }
      }
    }
    return lines;
  }
}
