package io.github.skywalker.examples.journey;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a client sent, in its place in the order of its connection. */
sealed interface Request {

  /**
   * A command.
   *
   * @param words its name and arguments; at least one
   * @param bytes all of them together
   */
  record Call(List<byte[]> words, int bytes) implements Request {

    /** Decodes a word that is meant as text. */
    String text(int index) {
      return new String(words.get(index), StandardCharsets.UTF_8);
    }

    List<byte[]> arguments() {
      return words.subList(1, words.size());
    }
  }

  /**
   * Something that is not executed.
   *
   * @param error what the client is told
   * @param last whether the rest of the connection makes no sense any more
   */
  record Refused(String error, boolean last) implements Request {}
}
