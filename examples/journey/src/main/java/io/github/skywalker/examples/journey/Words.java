package io.github.skywalker.examples.journey;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a line into words at blanks. Within single or double quotes blanks count as text; within
 * double quotes, and outside quotes, a backslash makes the next character text.
 */
final class Words {

  private Words() {}

  /**
   * Splits a line.
   *
   * @throws IllegalArgumentException if a quote is not closed, or nothing follows a backslash
   */
  static List<String> split(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\' && quote != '\'') {
        if (++i == line.length()) {
          throw new IllegalArgumentException(
              "nothing follows the backslash at the end of the line");
        }
        word.append(line.charAt(i));
        inWord = true;
      } else if (c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
        inWord = true;
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (quote != 0) {
      throw new IllegalArgumentException("the quote " + quote + " is not closed");
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words;
  }
}
