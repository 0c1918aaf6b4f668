package io.github.skywalker.machine;

/** Bytes that are not a value's. */
public final class MalformedValueException extends Exception {

  private static final long serialVersionUID = 1L;

  MalformedValueException(String what) {
    super(what);
  }
}
