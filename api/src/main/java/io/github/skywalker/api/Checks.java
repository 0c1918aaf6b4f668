package io.github.skywalker.api;

import java.time.Duration;

/** Refuses a wrong argument with a sentence that names it, its value and the bound. */
final class Checks {

  private Checks() {}

  static int atLeast(String name, int value, int least) {
    return (int) atLeast(name, (long) value, least);
  }

  static long atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + "; got " + value);
    }
    return value;
  }

  static int between(String name, int value, int least, int most) {
    return (int) between(name, (long) value, least, most);
  }

  static long between(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be between " + least + " and " + most + "; got " + value);
    }
    return value;
  }

  static Duration between(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          name
              + " must be between "
              + least.toMillis()
              + " ms and "
              + most.toMillis()
              + " ms; got "
              + value.toMillis()
              + " ms");
    }
    return value;
  }

  static String notBlank(String name, String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException(name + " must not be blank");
    }
    return value;
  }

  static void that(boolean holds, String sentence) {
    if (!holds) {
      throw new IllegalArgumentException(sentence);
    }
  }
}
