package io.github.skywalker.examples.journey;

/** What a client may ask for, and how much of it at once. */
final class Limits {

  /** The longest key. */
  static final int KEY_BYTES = 64 << 10;

  /** The longest value. */
  static final int VALUE_BYTES = 1 << 20;

  /** The longest command, all its words together: a SET of the longest key and value fits. */
  static final int REQUEST_BYTES = KEY_BYTES + VALUE_BYTES + 1024;

  /** The most words in one command, such as the keys of a DEL. */
  static final int REQUEST_WORDS = 1 << 16;

  /** The longest command that is written as a plain line instead of an array. */
  static final int INLINE_BYTES = 64 << 10;

  /** The longest proposal: a request with the length of each word. */
  static final int PROPOSAL_BYTES = REQUEST_BYTES + 5 * REQUEST_WORDS;

  /**
   * How many commands of one connection may wait for their answers before it is read no further.
   */
  static final int PIPELINED_REQUESTS = 1024;

  /** How many bytes the commands of one connection that wait for their answers may hold. */
  static final long PIPELINED_BYTES = 8L << 20;

  /** The most connections to the client port. */
  static final int CONNECTIONS = 4096;

  private Limits() {}
}
