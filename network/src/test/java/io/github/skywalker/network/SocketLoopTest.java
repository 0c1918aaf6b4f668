package io.github.skywalker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SocketLoopTest {

  private static final long MILLIS = 1_000_000;

  private final SocketLoop loop = new SocketLoop("a loop under test", Clock.SYSTEM);
  private final List<Integer> ran = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    loop.close();
  }

  private void passed() throws Exception {
    CompletableFuture<Void> passed = new CompletableFuture<>();
    loop.execute(() -> passed.complete(null));
    passed.get(30, TimeUnit.SECONDS);
  }

  @Test
  void tasksRunOnItsThreadInTheirOrderAndOneThatThrowsEndsNothing() throws Exception {
    AtomicBoolean inside = new AtomicBoolean();
    for (int i = 0; i < 100; i++) {
      int number = i;
      loop.execute(
          () -> {
            ran.add(number);
            inside.set(loop.inLoop());
            if (number == 50) {
              throw new IllegalStateException("as a test wants it");
            }
          });
    }
    passed();
    assertEquals(100, ran.size());
    assertEquals(ran.stream().sorted().toList(), ran);
    assertTrue(inside.get());
    assertFalse(loop.inLoop());
  }

  @Test
  void timersRunWhenTheirTimeHasComeUnlessTheyAreCancelled() throws Exception {
    long now = Clock.SYSTEM.nanos();
    CompletableFuture<Long> late = new CompletableFuture<>();
    RunLoop.Timer cancelled = loop.at(now + 20 * MILLIS, () -> ran.add(1));
    loop.at(now + 40 * MILLIS, () -> late.complete(Clock.SYSTEM.nanos()));
    loop.at(now - 1, () -> ran.add(2));
    cancelled.cancel();
    cancelled.cancel();
    assertTrue(late.get(30, TimeUnit.SECONDS) - (now + 40 * MILLIS) >= 0);
    assertEquals(List.of(2), ran);
  }

  @Test
  void whatWasHandedOverBeforeItClosesRunsAndNothingAfterwards() {
    loop.at(Clock.SYSTEM.nanos() + 3_600_000 * MILLIS, () -> ran.add(1));
    for (int i = 0; i < 1_000; i++) {
      loop.execute(() -> ran.add(2));
    }
    loop.close();
    assertEquals(1_000, ran.size());
    loop.execute(() -> ran.add(3));
    loop.at(Clock.SYSTEM.nanos(), () -> ran.add(4)).cancel();
    loop.close();
    assertEquals(1_000, ran.size());
  }

  @Test
  void tasksThatNeverEndDoNotKeepItFromItsSockets() throws Exception {
    try (TestNode node = new TestNode.Setup(1).start();
        TestNode other = new TestNode.Setup(2).start()) {
      AtomicBoolean done = new AtomicBoolean();
      node.onLoop(new Again(node, done));
      TestNode.join(node, other);
      other.send(node, Messages.number(7));
      node.awaitReceived(1);
      done.set(true);
    }
  }

  /** A task that hands itself over again as long as it may. */
  private record Again(TestNode node, AtomicBoolean done) implements Runnable {
    @Override
    public void run() {
      if (!done.get()) {
        node.onLoop(this);
      }
    }
  }
}
