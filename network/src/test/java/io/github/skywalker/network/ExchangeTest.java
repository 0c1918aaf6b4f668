package io.github.skywalker.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import io.github.skywalker.network.Network.Lane;
import io.github.skywalker.proto.Envelope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class ExchangeTest {

  @Test
  void messagesArriveBothWaysInOrderWithTheirSenderAndItsBoot() {
    try (TestNode a = TestNode.start(1);
        TestNode b = new TestNode.Setup(2).boot(7).start()) {
      TestNode.join(a, b);
      for (int i = 0; i < 1_000; i++) {
        a.send(b, Messages.number(i));
        b.send(a, Messages.number(-i));
      }
      a.awaitReceived(1_000);
      b.awaitReceived(1_000);
      int expected = 0;
      for (TestNode.Received each : b.received) {
        assertEquals(new TestNode.Received(1, 1, Messages.number(expected++)), each);
      }
      expected = 0;
      for (TestNode.Received each : a.received) {
        assertEquals(new TestNode.Received(2, 7, Messages.number(-expected++)), each);
      }
      assertEquals(List.of("connected " + b.self + " boot 7"), a.news);
      assertEquals(List.of("connected " + a.self + " boot 1"), b.news);
    }
  }

  @Test
  void largeMessagesArriveWhole() {
    try (TestNode a = TestNode.start(1);
        TestNode b = TestNode.start(2)) {
      TestNode.join(a, b);
      Random random = new Random(1);
      List<byte[]> values = new ArrayList<>();
      for (int size : new int[] {0, 1, 70_000, 1 << 20, 3, 16 << 20, 31 << 20, 5}) {
        byte[] value = new byte[size];
        random.nextBytes(value);
        values.add(value);
      }
      for (byte[] value : values) {
        // The queue holds 64 MiB: all of them.
        a.send(b, Messages.value(value));
      }
      b.awaitReceived(values.size());
      int next = 0;
      for (TestNode.Received each : b.received) {
        assertArrayEquals(values.get(next++), each.message().getAccept().getValue().toByteArray());
      }
    }
  }

  @Test
  void aMessageLargerThanAFrameIsDroppedAndTheNextOneArrives() {
    try (TestNode a = new TestNode.Setup(1).options(o -> o.maxFrameBytes(64 << 10)).start();
        TestNode b = TestNode.start(2)) {
      TestNode.join(a, b);
      a.send(b, Messages.value(new byte[64 << 10]));
      a.send(b, Messages.number(5));
      b.awaitReceived(1);
      assertEquals(5, Messages.numberOf(b.received.element().message()));
      assertEquals(1, a.drops(Outbox.TOO_LARGE));
    }
  }

  @Test
  void aBurstFromSeveralThreadsArrivesCompleteAndInOrderForEach() throws InterruptedException {
    int threads = 4;
    int each = 25_000;
    try (TestNode a = TestNode.start(1);
        TestNode b = TestNode.start(2)) {
      TestNode.join(a, b);
      List<Thread> senders = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int group = t;
        senders.add(
            new Thread(
                () -> {
                  for (int i = 0; i < each; i++) {
                    a.send(b, Messages.number(i).toBuilder().setGroup(group).build());
                  }
                }));
      }
      senders.forEach(Thread::start);
      for (Thread sender : senders) {
        sender.join();
      }
      b.awaitReceived(threads * each);
      Map<Integer, Long> next = new HashMap<>();
      for (TestNode.Received got : b.received) {
        Envelope message = got.message();
        assertEquals(next.getOrDefault(message.getGroup(), 0L), Messages.numberOf(message));
        next.merge(message.getGroup(), 1L, (was, one) -> was == 0 ? 1L : was + one);
      }
      assertEquals(threads * each, b.received.size());
      assertTrue(a.dropped.isEmpty(), () -> "" + a.dropped);
    }
  }

  @Test
  void theFirstBulkMessageMakesItsConnectionAndArrives() {
    try (TestNode a = TestNode.start(1);
        TestNode b = TestNode.start(2)) {
      TestNode.join(a, b);
      a.network.send(2, Lane.BULK, Messages.number(1));
      a.network.send(2, Lane.BULK, Messages.number(2));
      b.awaitReceived(2);
      assertEquals(1, Messages.numberOf(b.received.poll().message()));
      assertEquals(2, Messages.numberOf(b.received.poll().message()));
      assertTrue(a.dropped.isEmpty(), () -> "" + a.dropped);
    }
  }

  @Test
  void aMessageToANodeThatIsNotKnownOrNotConnectedIsDroppedAndCounted() {
    try (TestNode a = TestNode.start(1)) {
      a.network.send(2, Lane.PROMPT, Messages.number(1));
      assertEquals(1, a.drops("not known"));
      a.network.know(new Member(2, "127.0.0.1", Ports.free()));
      Await.until(
          "the message is dropped",
          () -> {
            a.network.send(2, Lane.PROMPT, Messages.number(1));
            return a.drops(Outbox.NOT_CONNECTED) > 0;
          });
    }
  }

  @Test
  void aNodeDoesNotConnectToItself() {
    try (TestNode a = TestNode.start(1);
        TestNode b = TestNode.start(2)) {
      a.network.know(a.self);
      TestNode.join(a, b);
      a.network.send(1, Lane.PROMPT, Messages.number(1));
      assertEquals(1, a.drops("not known"));
      assertTrue(a.refused.isEmpty(), () -> "" + a.refused);
    }
  }

  @Test
  void aNodeThatConnectsBecomesKnownByTheAddressThatItGives() {
    try (TestNode a = TestNode.start(1);
        TestNode joiner = TestNode.start(9)) {
      joiner.network.know(a.self);
      a.awaitConnected(9);
      a.send(joiner, Messages.number(3));
      joiner.awaitReceived(1);
      assertEquals("connected " + joiner.self + " boot 1", a.news.get(0));
    }
  }

  @Test
  void aReceiverThatThrowsLosesThatMessageOnly() {
    class Thrower implements Network.Receiver {
      private final List<Long> taken = new ArrayList<>();

      @Override
      public void received(int node, int boot, Envelope message) {
        if (Messages.numberOf(message) == 2) {
          throw new IllegalStateException("as the test wants it");
        }
        taken.add(Messages.numberOf(message));
      }

      @Override
      public void connected(Member peer, int boot) {}

      @Override
      public void disconnected(int node) {}
    }

    Thrower thrower = new Thrower();
    GuardedReceiver guarded = new GuardedReceiver(thrower);
    try (LogLines lines = new LogLines(GuardedReceiver.class)) {
      for (int i = 1; i <= 3; i++) {
        guarded.received(2, 1, Messages.number(i));
      }
      assertEquals(1, lines.texts().size());
    }
    assertEquals(List.of(1L, 3L), thrower.taken);
  }
}
