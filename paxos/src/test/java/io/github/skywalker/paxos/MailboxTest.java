package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Learn;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.ThreadLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What other nodes have said and nobody has taken up yet has a bound, wherever it waits. */
@Timeout(60)
final class MailboxTest {

  private static final long BOUND = 10_000;
  private static final long COST = 1_000;

  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger taken = new AtomicInteger();
  private final NodeObserver observer =
      new NodeObserver() {
        @Override
        public void refused(String peer, String reason) {
          assertTrue(
              reason.contains(" " + BOUND + " bytes") || reason.contains("too much"), reason);
          refused.incrementAndGet();
        }
      };

  @Test
  void aLoopThatStandsStillUnderAFloodStaysWithinItsBoundAndGoesOnAfterwards() throws Exception {
    try (ThreadLoop loop = new ThreadLoop("stalled", Clock.SYSTEM);
        Gate gate = new Gate()) {
      Mailbox mailbox = new Mailbox(loop, "stalled", BOUND, observer);
      loop.execute(gate::await);
      AtomicLong most = new AtomicLong();
      List<Thread> flood = new ArrayList<>();
      for (int node = 2; node <= 4; node++) {
        int from = node;
        Thread thread =
            new Thread(
                () -> {
                  for (int i = 0; i < 1_000; i++) {
                    mailbox.offer(from, COST, taken::incrementAndGet);
                    most.accumulateAndGet(mailbox.waitingBytes(), Math::max);
                  }
                });
        thread.start();
        flood.add(thread);
      }
      for (Thread thread : flood) {
        thread.join();
      }
      // What is just being refused counts until it is.
      assertTrue(most.get() <= BOUND + 3 * COST, () -> most.get() + " bytes have waited");
      CountDownLatch own = new CountDownLatch(1);
      loop.execute(own::countDown); // What the node tells itself is not refused.
      assertEquals(BOUND, mailbox.waitingBytes());
      assertEquals(2_990, mailbox.dropped());
      assertEquals(2_990, refused.get());

      gate.open();
      own.await();
      assertEquals(10, taken.get());
      assertEquals(0, mailbox.waitingBytes());
      CountDownLatch after = new CountDownLatch(1);
      mailbox.offer(2, COST, after::countDown);
      after.await();
      assertEquals(2_990, mailbox.dropped());
    }
  }

  @Test
  void oneMessageAlwaysFitsHoweverSmallTheBoundIs() throws Exception {
    try (ThreadLoop loop = new ThreadLoop("small", Clock.SYSTEM);
        Gate gate = new Gate()) {
      Mailbox mailbox = new Mailbox(loop, "small", BOUND, observer);
      CountDownLatch done = new CountDownLatch(1);
      loop.execute(gate::await);
      mailbox.offer(2, 5 * BOUND, done::countDown);
      mailbox.offer(2, COST, taken::incrementAndGet);
      assertEquals(1, mailbox.dropped());
      gate.open();
      done.await();
    }
  }

  @Test
  void whatComesBeforeTheNodeIsOpenHasABoundToo() {
    Envelope message =
        Envelope.newBuilder().setGroup(7).setLearn(Learn.getDefaultInstance()).build();
    List<String> reasons = new ArrayList<>();
    Inbox inbox =
        new Inbox(
            Map.of(),
            group -> {
              throw new AssertionError("group " + group + " is not there");
            },
            new NodeObserver() {
              @Override
              public void refused(String peer, String reason) {
                reasons.add(peer + ": " + reason);
              }
            },
            BOUND);
    int fit = (int) (BOUND / Mailbox.cost(message));
    for (int i = 0; i < 1_000; i++) {
      inbox.received(2, 1, message);
    }
    assertEquals(1_000 - fit, reasons.size());
    assertEquals("node 2: it said too much before this node was open", reasons.get(0));
    reasons.clear();
    inbox.open(null, () -> 0);
    assertEquals(fit, reasons.size());
    assertEquals("node 2: no group 7 here", reasons.get(0));
  }

  /** Holds a loop up until it is closed. */
  private static final class Gate implements AutoCloseable {
    private final CountDownLatch opened = new CountDownLatch(1);

    void await() {
      try {
        opened.await();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
    }

    void open() {
      opened.countDown();
    }

    @Override
    public void close() {
      open();
    }
  }
}
