package io.github.skywalker.examples.journey;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Keeps the commands of one connection in one group in their order: reads run together, and so do
 * writes, which the group keeps in order itself; but a read waits for the writes before it, and a
 * write for the reads. Used by the connection's event loop only.
 */
final class Lane {

  /** What a command does to the state. */
  enum Kind {
    READ,
    WRITE
  }

  private record Waiting(Kind kind, Runnable start) {}

  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private Kind kind = Kind.READ;
  private int running;

  /**
   * Starts a command when its turn has come, perhaps at once.
   *
   * @param start starts it; {@link #done} is to be called once when it has taken effect
   */
  void run(Kind kind, Runnable start) {
    waiting.add(new Waiting(kind, start));
    startNext();
  }

  /** A command that was started has taken effect, or failed. */
  void done() {
    running--;
    startNext();
  }

  private void startNext() {
    Waiting next = waiting.peek();
    while (next != null && (running == 0 || kind == next.kind())) {
      waiting.remove();
      kind = next.kind();
      running++;
      next.start().run();
      next = waiting.peek();
    }
  }
}
