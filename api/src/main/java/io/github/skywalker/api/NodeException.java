package io.github.skywalker.api;

/** A call on a node that cannot be answered; the status says what the caller may do next. */
public final class NodeException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final Status status;

  /**
   * Made by the library.
   *
   * @param status the class of the failure
   * @param message what, where, and what to do
   */
  public NodeException(Status status, String message) {
    super(message);
    this.status = status;
  }

  /** The class of the failure. */
  public Status status() {
    return status;
  }
}
