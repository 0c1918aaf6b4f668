package io.github.skywalker.examples.journey;

import java.io.IOException;

/** A database does not hold what it says it holds. */
final class DamageException extends IOException {

  private static final long serialVersionUID = 1L;

  DamageException(String message) {
    super(message);
  }
}
