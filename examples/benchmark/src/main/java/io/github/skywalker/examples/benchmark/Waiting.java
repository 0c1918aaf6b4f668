package io.github.skywalker.examples.benchmark;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;

/** Waits; an interruption ends the program's work as trouble with input and output does. */
final class Waiting {

  private Waiting() {}

  static void sleep(Duration time) throws IOException {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  static void join(Thread thread) throws IOException {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static IOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("Interrupted.");
  }
}
