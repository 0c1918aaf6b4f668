package io.github.skywalker.examples.journey;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A line of {@code name=value} fields, between two programs or for a human. A name may occur more
 * than once. A value with blanks or quotes stands in double quotes, as {@link Words} reads it.
 */
final class Fields {

  private record Field(String name, String value) {}

  private final List<Field> fields = new ArrayList<>();

  /**
   * Reads what {@link #toString} wrote.
   *
   * @throws IllegalArgumentException if the line is something else
   */
  static Fields parse(String line) {
    Fields parsed = new Fields();
    for (String word : Words.split(line)) {
      int equals = word.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("A field is written name=value; got \"" + word + "\"");
      }
      parsed.with(word.substring(0, equals), word.substring(equals + 1));
    }
    return parsed;
  }

  Fields with(String name, Object value) {
    fields.add(new Field(name, value.toString()));
    return this;
  }

  /** The first value of that name. */
  Optional<String> get(String name) {
    return all(name).stream().findFirst();
  }

  /** The first value of that name, as a number. */
  Optional<Long> number(String name) {
    return get(name).map(Long::parseLong);
  }

  /** All values of that name, in their order. */
  List<String> all(String name) {
    return fields.stream().filter(field -> field.name().equals(name)).map(Field::value).toList();
  }

  @Override
  public String toString() {
    List<String> words = new ArrayList<>();
    fields.forEach(field -> words.add(field.name() + "=" + quoted(field.value())));
    return String.join(" ", words);
  }

  private static String quoted(String value) {
    boolean plain =
        !value.isEmpty()
            && value.chars().noneMatch(c -> Character.isWhitespace(c) || "\"'\\".indexOf(c) >= 0);
    return plain ? value : '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
