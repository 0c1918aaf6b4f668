package io.github.skywalker.storage;

import java.io.IOException;

/**
 * What is on the disk is not what was written there, or not what belongs there. The message says
 * what was found, in which file, and what to do. Nothing was changed.
 */
public final class DamagedException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Made with what was found, where, and what to do. */
  public DamagedException(String message) {
    super(message);
  }
}
