package io.github.skywalker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class ReconnectTest {

  @Test
  void aPeerThatComesBackOnItsPortIsConnectedAgainInItsNextLife() {
    try (TestNode a = TestNode.start(1)) {
      TestNode b = TestNode.start(2);
      TestNode.join(a, b);
      b.close();
      Await.until("the loss is noticed", () -> !a.connected.containsKey(2));
      try (TestNode again = new TestNode.Setup(b.self).boot(2).start()) {
        again.network.know(a.self);
        a.awaitConnected(2);
        again.awaitConnected(1);
        a.send(again, Messages.number(1));
        again.send(a, Messages.number(2));
        again.awaitReceived(1);
        a.awaitReceived(1);
        assertEquals(new TestNode.Received(2, 2, Messages.number(2)), a.received.element());
        assertEquals(
            List.of(
                "connected " + b.self + " boot 1",
                "disconnected 2",
                "connected " + b.self + " boot 2"),
            a.news);
      }
    }
  }

  @Test
  void aPeerThatStartsLaterIsConnected() {
    Member later = new Member(2, "localhost", Ports.free());
    try (TestNode a = TestNode.start(1)) {
      a.network.know(later);
      try (TestNode b = new TestNode.Setup(later).start()) {
        a.awaitConnected(2);
        a.send(b, Messages.number(1));
        b.awaitReceived(1);
      }
    }
  }

  @Test
  void aPeerIsFollowedToItsNewAddress() {
    try (TestNode a = TestNode.start(1)) {
      Member there;
      try (TestNode b = TestNode.start(2)) {
        TestNode.join(a, b);
      }
      Await.until("the loss is noticed", () -> !a.connected.containsKey(2));
      there = new Member(2, "127.0.0.1", Ports.free());
      try (TestNode moved = new TestNode.Setup(there).boot(2).start()) {
        a.network.know(there);
        a.awaitConnected(2);
        a.send(moved, Messages.number(1));
        moved.awaitReceived(1);
      }
    }
  }

  @Test
  void aForgottenPeerIsNoLongerConnected() {
    try (TestNode a = TestNode.start(1);
        TestNode b = TestNode.start(2)) {
      TestNode.join(a, b);
      b.network.forget(1);
      Await.until("the loss is noticed", () -> a.news.contains("disconnected 2"));
      b.network.send(1, Network.Lane.PROMPT, Messages.number(1));
    }
  }

  @Test
  void anAddressWithoutAHostIsTriedOnAndOn() throws IOException {
    try (TestNode a = TestNode.start(1);
        TestNode b = TestNode.start(2)) {
      a.network.know(new Member(2, "no-such-host.invalid", 1));
      a.network.know(b.self);
      a.awaitConnected(2);
    }
  }

  @Test
  void aPeerThatStopsReadingFillsItsQueueOnlyAndIsGivenUp() throws IOException {
    try (TestNode a =
            new TestNode.Setup(1)
                .options(o -> o.maxOutgoingBytes(1 << 20))
                .timeouts(new Timeouts(2_000, 5_000, 500, 5_000))
                .start();
        TestNode b = TestNode.start(3);
        RawServer server = new RawServer(2)) {
      TestNode.join(a, b);
      a.network.know(server.member);
      try (RawNode deaf = server.answer(1)) {
        byte[] value = new byte[100 << 10];
        Await.until(
            "the queue is full",
            () -> {
              a.network.send(2, Network.Lane.PROMPT, Messages.value(value));
              return a.drops(Outbox.FULL) > 0;
            });
        a.send(b, Messages.number(1));
        b.awaitReceived(1);
        // It is tried again, and what waited was dropped and counted.
        try (RawNode again = server.answer(1)) {
          assertTrue(a.drops(Outbox.NOT_CONNECTED) > 0);
          Await.until(
              "messages leave again",
              () -> {
                long before = a.drops(Outbox.NOT_CONNECTED);
                a.network.send(2, Network.Lane.PROMPT, Messages.number(9));
                return a.drops(Outbox.NOT_CONNECTED) == before;
              });
          assertTrue(again.readPayload().length > 0);
          assertTrue(deaf.isClosedByOther());
        }
      }
      assertEquals(List.of("connected " + b.self + " boot 1"), a.news);
    }
  }

  @Test
  void anOpenConnectionOnWhichNothingIsSaidStaysOpen() throws IOException {
    try (TestNode a = new TestNode.Setup(1).timeouts(new Timeouts(2_000, 100, 100, 5_000)).start();
        TestNode b = new TestNode.Setup(2).timeouts(new Timeouts(2_000, 100, 100, 5_000)).start();
        RawNode probe = RawNode.to(a.self)) {
      TestNode.join(a, b);
      // The silent probe, which came later, shows that the time has passed.
      assertTrue(probe.isClosedByOther());
      try (RawNode second = RawNode.to(a.self)) {
        assertTrue(second.isClosedByOther());
      }
      assertEquals(1, a.news.size(), () -> "" + a.news);
      assertEquals(1, b.news.size(), () -> "" + b.news);
    }
  }
}
