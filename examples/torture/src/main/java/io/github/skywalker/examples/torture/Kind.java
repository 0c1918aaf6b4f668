package io.github.skywalker.examples.torture;

import java.util.Locale;

/** What a client asks of a key. */
enum Kind {
  READ,
  WRITE,
  /** Compare and set. */
  CAS,
  /** Puts a word behind what is there, after a space. */
  APPEND;

  /** As it stands in a history. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Kind of(String word) {
    for (Kind kind : values()) {
      if (kind.word().equals(word)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "f is one of read, write, cas, append; got \"" + word + "\"");
  }
}
