package io.github.skywalker.examples.journey;

/** A command of the shell that failed, with the sentence that its user reads. */
final class ShellException extends Exception {

  private static final long serialVersionUID = 1L;

  ShellException(String message) {
    super(message);
  }
}
