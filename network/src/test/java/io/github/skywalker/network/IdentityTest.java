package io.github.skywalker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.skywalker.api.Member;
import io.github.skywalker.proto.Hello;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Who speaks is known from the handshake; who cannot be who it says is refused. */
@ExtendWith(NoLeaks.class)
class IdentityTest {

  static Stream<Arguments> strangers() {
    return Stream.of(
        Arguments.of(Messages.hello(2, 1).setClusterName("else"), "another name"),
        Arguments.of(Messages.hello(2, 1).setClusterName(""), "another name"),
        Arguments.of(Messages.hello(2, 1).clearOldestVersion().clearNewestVersion(), "versions"),
        Arguments.of(Messages.hello(2, 1).setOldestVersion(2).setNewestVersion(9), "versions"),
        Arguments.of(Messages.hello(2, 1).setOldestVersion(1).setNewestVersion(-1), "versions"),
        Arguments.of(Messages.hello(1, 1), "own id"),
        Arguments.of(Messages.hello(0, 1), "cannot be one"),
        Arguments.of(Messages.hello(-5, 1), "cannot be one"),
        Arguments.of(Messages.hello(2, 1).setHost(" "), "cannot be one"),
        Arguments.of(Messages.hello(2, 1).setHost("h".repeat(300)), "cannot be one"),
        Arguments.of(Messages.hello(2, 1).setPort(0), "cannot be one"),
        Arguments.of(Messages.hello(2, 1).setPort(70_000), "cannot be one"),
        Arguments.of(Messages.hello(2, 1).setBoot(-1), "boot"),
        Arguments.of(Messages.hello(2, 1).setLaneValue(7), "lane"),
        Arguments.of(Messages.hello(2, 1).clearDataId(), "data directory"),
        Arguments.of(
            Messages.hello(2, 1).setDataId(ByteString.copyFrom(new byte[65])), "data directory"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("strangers")
  void whoIntroducesItselfWronglyIsToldWhyAndRefused(Hello.Builder hello, String reason)
      throws IOException {
    try (TestNode node = TestNode.start(1);
        RawNode raw = RawNode.greeting(node.self, hello.build())) {
      String refusal = raw.readHello().getRefusal();
      assertTrue(refusal.contains(reason), refusal);
      assertTrue(raw.isClosedByOther());
      node.awaitRefused(reason);
    }
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("strangers")
  void whoAnswersWronglyIsRefusedAndHearsNothing(Hello.Builder hello, String reason)
      throws IOException {
    try (TestNode node = TestNode.start(1);
        RawServer server = new RawServer(2)) {
      node.network.know(server.member);
      try (RawNode raw = server.accept()) {
        assertEquals(2, raw.readHello().getExpectedNode());
        raw.send(RawNode.frame(hello.setExpectedNode(0).build()));
        assertTrue(raw.isClosedByOther());
        node.awaitRefused(reason);
      }
    }
  }

  @Test
  void aNodeThatMeantAnotherOneIsRefused() throws IOException {
    try (TestNode node = TestNode.start(1);
        RawNode raw = RawNode.greeting(node.self, Messages.hello(2, 3).build())) {
      assertTrue(raw.readHello().getRefusal().contains("node 3 was meant"));
      node.awaitRefused("node 3 was meant");
    }
  }

  @Test
  void anotherNodeAtTheAddressOfAPeerIsRefused() throws IOException {
    try (TestNode node = TestNode.start(1);
        RawServer server = new RawServer(2)) {
      node.network.know(server.member);
      try (RawNode raw = server.accept()) {
        raw.readHello();
        raw.send(RawNode.frame(Messages.hello(3, 0).build()));
        assertTrue(raw.isClosedByOther());
        node.awaitRefused("node 2 was meant");
      }
    }
  }

  @Test
  void aLaterVersionThatStillSpeaksOursIsWelcome() throws IOException {
    try (TestNode node = TestNode.start(1);
        RawNode raw =
            RawNode.greeting(node.self, Messages.hello(2, 1).setNewestVersion(9).build())) {
      Hello answer = raw.readHello();
      assertEquals("", answer.getRefusal());
      assertEquals(1, answer.getNodeId());
      assertEquals(ByteString.copyFrom(Messages.dataId(1)), answer.getDataId());
    }
  }

  @Test
  void twoNodesOfDifferentClustersRefuseEachOther() {
    try (TestNode a = TestNode.start(1);
        TestNode b = new TestNode.Setup(2).options(o -> o.clusterName("else")).start()) {
      a.network.know(b.self);
      b.network.know(a.self);
      a.awaitRefused("another name");
      b.awaitRefused("another name");
      assertTrue(a.news.isEmpty());
    }
  }

  @Test
  void aRefusalIsCountedEachTimeAndLoggedOnce() throws IOException {
    try (LogLines lines = new LogLines(Reporter.class);
        TestNode node = TestNode.start(1)) {
      for (int i = 0; i < 3; i++) {
        try (RawNode raw =
            RawNode.greeting(node.self, Messages.hello(2, 1).setClusterName("else").build())) {
          assertTrue(raw.isClosedByOther());
        }
      }
      Await.until("three are counted", () -> node.refusals("another name") == 3);
      assertEquals(
          List.of("Refused a connection from 127.0.0.1: its cluster has another name."),
          lines.texts());
    }
  }

  @Test
  void whoeverIsNotAdmittedIsRefusedInBothDirections() throws IOException {
    try (TestNode node =
            new TestNode.Setup(1)
                .admission((id, data) -> CompletableFuture.completedFuture(false))
                .start();
        RawNode raw = RawNode.greeting(node.self, Messages.hello(2, 1).build());
        RawServer server = new RawServer(3)) {
      assertTrue(raw.readHello().getRefusal().contains("not admitted"));
      assertTrue(raw.isClosedByOther());
      node.network.know(server.member);
      try (RawNode answered = server.answer(1)) {
        assertTrue(answered.isClosedByOther());
      }
      Await.until("both are refused", () -> node.refused.keySet().stream().distinct().count() == 2);
      assertTrue(node.news.isEmpty());
    }
  }

  @Test
  void anotherDataDirectoryUnderAKnownIdIsRefused() throws IOException {
    Admission sameAsBefore =
        (id, data) -> CompletableFuture.completedFuture(Arrays.equals(data, Messages.dataId(id)));
    try (TestNode node = new TestNode.Setup(1).admission(sameAsBefore).start()) {
      try (RawNode raw = RawNode.greeting(node.self, Messages.hello(2, 1).build())) {
        assertEquals("", raw.readHello().getRefusal());
        Hello wiped =
            Messages.hello(2, 1).setBoot(9).setDataId(ByteString.copyFromUtf8("new")).build();
        try (RawNode second = RawNode.greeting(node.self, wiped)) {
          assertTrue(second.readHello().getRefusal().contains("not admitted"));
        }
        // The one that was there before is not disturbed.
        raw.send(Messages.number(4));
        node.awaitReceived(1);
      }
    }
  }

  @Test
  void nothingIsTakenFromANodeBeforeItIsAdmitted() throws IOException {
    CompletableFuture<Boolean> later = new CompletableFuture<>();
    AtomicInteger asked = new AtomicInteger();
    Admission slow =
        (id, data) -> {
          asked.incrementAndGet();
          return later;
        };
    try (TestNode node = new TestNode.Setup(1).admission(slow).start();
        RawNode raw = RawNode.greeting(node.self, Messages.hello(2, 1).build())) {
      Await.until("the admission is asked", () -> asked.get() == 1);
      new Thread(() -> later.complete(true)).start();
      assertEquals(1, raw.readHello().getNodeId());
      raw.send(Messages.number(1));
      node.awaitReceived(1);
    }
  }

  @Test
  void anAdmissionThatFailsOrNeverAnswersIsARefusal() throws IOException {
    Admission failing =
        (id, data) ->
            switch (id) {
              case 2 -> CompletableFuture.failedFuture(new IOException("as the test wants it"));
              case 3 -> throw new IllegalStateException("as the test wants it");
              default -> new CompletableFuture<>();
            };
    try (LogLines lines = new LogLines(Handshake.class);
        TestNode node =
            new TestNode.Setup(1)
                .admission(failing)
                .timeouts(new Timeouts(2_000, 300, 10_000, 5_000))
                .start()) {
      for (int id : new int[] {2, 3}) {
        try (RawNode raw = RawNode.greeting(node.self, Messages.hello(id, 1).build())) {
          assertTrue(raw.readHello().getRefusal().contains("could not be found out"));
        }
      }
      try (RawNode raw = RawNode.greeting(node.self, Messages.hello(4, 1).build())) {
        assertTrue(raw.isClosedByOther());
        node.awaitRefused("node 4: the handshake took longer");
        assertEquals(2, lines.texts().size());
      }
    }
  }

  @Test
  void aNewerConnectionOfANodeReplacesTheOlderOne() throws IOException {
    try (TestNode node = TestNode.start(1);
        RawNode older = RawNode.greeting(node.self, Messages.hello(2, 1).build())) {
      older.readHello();
      try (RawNode newer = RawNode.greeting(node.self, Messages.hello(2, 1).build())) {
        newer.readHello();
        assertTrue(older.isClosedByOther());
        newer.send(Messages.number(6));
        node.awaitReceived(1);
        assertTrue(node.refused.isEmpty(), () -> "" + node.refused);
      }
    }
  }

  @Test
  void anEarlierLifeOfANodeIsRefusedOnceALaterOneWasSeen() throws IOException {
    try (TestNode node = TestNode.start(1);
        RawNode later = RawNode.greeting(node.self, Messages.hello(2, 1).setBoot(5).build())) {
      later.readHello();
      try (RawNode earlier = RawNode.greeting(node.self, Messages.hello(2, 1).setBoot(4).build())) {
        assertTrue(earlier.readHello().getRefusal().contains("boot count"));
      }
      later.send(Messages.number(6));
      node.awaitReceived(1);
      assertEquals(5, node.received.element().boot());
    }
  }

  @Test
  void aLaterLifeEndsTheConnectionsOfTheEarlierOne() throws IOException {
    try (TestNode node = TestNode.start(1);
        RawServer server = new RawServer(2)) {
      node.network.know(server.member);
      try (RawNode toFirstLife = server.answer(1);
          RawNode ofFirstLife =
              RawNode.greeting(node.self, server.hello(1).setExpectedNode(1).build())) {
        ofFirstLife.readHello();
        node.awaitConnected(2);
        // The first life fell silent without a word; the second one introduces itself.
        try (RawNode ofSecondLife =
            RawNode.greeting(node.self, server.hello(2).setExpectedNode(1).build())) {
          ofSecondLife.readHello();
          assertTrue(ofFirstLife.isClosedByOther());
          assertTrue(toFirstLife.isClosedByOther());
          try (RawNode toSecondLife = server.answer(2)) {
            Await.until(
                "the second life is connected", () -> node.connected.getOrDefault(2, 0) == 2);
            assertEquals(
                List.of(
                    "connected " + server.member + " boot 1",
                    "disconnected 2",
                    "connected " + server.member + " boot 2"),
                node.news);
            node.network.send(2, Network.Lane.PROMPT, Messages.number(8));
            assertTrue(toSecondLife.readPayload().length > 0);
          }
        }
      }
    }
  }

  @Test
  void aForeignReasonCannotForgeALineOfTheLog() throws IOException {
    try (LogLines lines = new LogLines(Reporter.class);
        TestNode node = TestNode.start(1);
        RawServer server = new RawServer(2)) {
      node.network.know(new Member(2, "127.0.0.1", server.member.port()));
      try (RawNode raw = server.accept()) {
        raw.readHello();
        raw.send(
            RawNode.frame(Hello.newBuilder().setRefusal("no\nERROR " + "x".repeat(999)).build()));
        assertTrue(raw.isClosedByOther());
      }
      String line = lines.texts().get(0);
      assertTrue(line.startsWith("Node 2 refuses this node: no?ERROR xxx"), line);
      assertTrue(line.length() < 300, line);
    }
  }
}
