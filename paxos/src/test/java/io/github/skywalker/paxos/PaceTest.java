package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.skywalker.util.RunLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;

/** What is sent to those who have fallen behind, at a thousand bytes a second. */
class PaceTest {

  private static final long SECOND = 1_000_000_000;
  private static final long BYTES_PER_SECOND = 1_000;

  private record Due(long at, long order, Runnable task) {}

  private final PriorityQueue<Due> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::order));
  private final List<String> sent = new ArrayList<>();
  private long now = 7 * SECOND;
  private long tasks;

  private final RunLoop loop =
      new RunLoop() {
        @Override
        public void execute(Runnable task) {
          waiting.add(new Due(now, tasks++, task));
        }

        @Override
        public Timer at(long nanos, Runnable task) {
          waiting.add(new Due(nanos, tasks++, task));
          return () -> {};
        }

        @Override
        public boolean inLoop() {
          return true;
        }

        @Override
        public void close() {}
      };

  private final Pace pace = new Pace(loop, () -> now, BYTES_PER_SECOND);

  private void run() {
    for (Due due = waiting.poll(); due != null; due = waiting.poll()) {
      now = Math.max(now, due.at);
      due.task.run();
    }
  }

  private void send(String what, long bytes) {
    pace.execute(
        () -> {
          sent.add(what + " at " + (now / SECOND));
          pace.sent(bytes);
        });
  }

  /** As one who catches up does: it asks for the next piece when it has the last one. */
  private void stream(int pieces) {
    pace.execute(
        () -> {
          sent.add("piece at " + now / SECOND);
          pace.sent(2 * BYTES_PER_SECOND);
          if (pieces > 1) {
            stream(pieces - 1);
          }
        });
  }

  @Test
  void eachPieceHasItsTime() {
    stream(4);
    run();
    assertEquals(List.of("piece at 7", "piece at 9", "piece at 11", "piece at 13"), sent);
  }

  @Test
  void whatIsAskedForAtOnceGoesInOrderAndIsMadeUpFor() {
    send("a", 3_000);
    send("b", 1_000);
    run();
    send("c", 0);
    run();
    assertEquals(List.of("a at 7", "b at 7", "c at 11"), sent);
  }

  @Test
  void timeInWhichNothingWasSentIsNotSavedUp() {
    now += 100 * SECOND;
    stream(2);
    run();
    assertEquals(List.of("piece at 107", "piece at 109"), sent);
  }
}
