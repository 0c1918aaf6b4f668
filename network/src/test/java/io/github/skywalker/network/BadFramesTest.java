package io.github.skywalker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.UnknownFieldSet;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Frame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is not a frame ends its connection, is counted, and does the node no harm. */
@ExtendWith(NoLeaks.class)
class BadFramesTest {

  private static final int MAX_FRAME_BYTES = 64 << 10;

  private TestNode node;
  private TestNode other;

  @BeforeEach
  void twoNodesThatTalk() {
    node =
        new TestNode.Setup(1)
            .options(o -> o.maxFrameBytes(MAX_FRAME_BYTES).maxConnections(8))
            .timeouts(new Timeouts(2_000, 300, 10_000, 5_000))
            .start();
    other = TestNode.start(3);
    TestNode.join(node, other);
  }

  /** Whatever a test did to the node, its other peer did not notice. */
  @AfterEach
  void theOtherPeerWasNotDisturbed() {
    long before = node.received.size();
    other.send(node, Messages.number(77));
    node.awaitReceived((int) before + 1);
    assertEquals(1, other.news.size(), () -> "" + other.news);
    other.close();
    node.close();
  }

  static Stream<Arguments> badFrames() {
    byte[] good = RawNode.frame(Frame.newBuilder().addMessages(Messages.number(1)).build());
    byte[] payload = Arrays.copyOfRange(good, Frames.HEADER_BYTES, good.length);
    byte[] cut = Arrays.copyOf(payload, payload.length - 1);
    byte[] trailing = Arrays.copyOf(payload, payload.length + 3);
    byte[] corrupted = good.clone();
    corrupted[good.length - 1] ^= 0x10;
    byte[] changedHeader = good.clone();
    changedHeader[5] ^= 1;
    byte[] ofAnotherGroup =
        Frame.newBuilder()
            .addMessages(Messages.number(1).toBuilder().setGroup(2))
            .build()
            .toByteArray();
    byte[] relabelled = good.clone();
    System.arraycopy(ofAnotherGroup, 0, relabelled, Frames.HEADER_BYTES, ofAnotherGroup.length);
    byte[] garbage = new byte[5_000];
    new Random(3).nextBytes(garbage);
    return Stream.of(
        Arguments.of("length 0", RawNode.frame(0, 0, new byte[0]), "length"),
        Arguments.of("length -1", RawNode.frame(-1, 0, payload), "length"),
        Arguments.of("least length", RawNode.frame(Integer.MIN_VALUE, 0, payload), "length"),
        Arguments.of("above the limit", RawNode.frame(MAX_FRAME_BYTES + 1, 0, payload), "length"),
        Arguments.of("greatest length", RawNode.frame(Integer.MAX_VALUE, 0, payload), "length"),
        Arguments.of("too short a length", lengthOf(good, payload.length - 1), "header"),
        Arguments.of("a flipped bit", corrupted, "checksum"),
        Arguments.of("a longer length", lengthOf(good, payload.length + 1), "header"),
        Arguments.of("a changed header", changedHeader, "header"),
        Arguments.of("a wrong checksum", RawNode.frame(payload.length, 0, payload), "checksum"),
        Arguments.of("the id of another group", relabelled, "checksum"),
        Arguments.of("garbage", garbage, "length"),
        Arguments.of("HTTP", "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8), "length"),
        Arguments.of("a cut protobuf", RawNode.frame(cut), "parsed"),
        Arguments.of("trailing bytes", RawNode.frame(trailing), "parsed"),
        Arguments.of("an end of no group", RawNode.frame(new byte[] {0x0C}), "parsed"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badFrames")
  void asTheFirstFrameItEndsTheConnection(String what, byte[] bytes, String reason)
      throws IOException {
    try (RawNode raw = RawNode.to(node.self)) {
      raw.send(bytes);
      assertTrue(raw.isClosedByOther());
      node.awaitRefused("127.0.0.1: a frame");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badFrames")
  void afterAGoodFrameItEndsTheConnection(String what, byte[] bytes, String reason)
      throws IOException {
    try (RawNode raw = RawNode.greeting(node.self, Messages.hello(2, 1).build())) {
      raw.readHello();
      raw.send(Messages.number(5));
      raw.send(bytes);
      assertTrue(raw.isClosedByOther());
      node.awaitRefused("node 2: a frame");
      assertEquals(1, node.refusals(reason), () -> "" + node.refused);
      node.awaitReceived(1);
      assertEquals(new TestNode.Received(2, 1, Messages.number(5)), node.received.element());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badFrames")
  void asAnAnswerItEndsTheConnection(String what, byte[] bytes, String reason) throws IOException {
    try (RawServer server = new RawServer(2)) {
      node.network.know(server.member);
      try (RawNode raw = server.accept()) {
        raw.readHello();
        raw.send(bytes);
        assertTrue(raw.isClosedByOther());
        node.awaitRefused("node 2: a frame");
      }
    }
  }

  @Test
  void halfAHelloForEverIsClosedInTime() throws IOException {
    byte[] hello = RawNode.frame(Messages.hello(2, 1).build());
    try (RawNode silent = RawNode.to(node.self);
        RawNode half = RawNode.to(node.self)) {
      half.send(Arrays.copyOf(hello, hello.length / 2));
      assertTrue(silent.isClosedByOther());
      assertTrue(half.isClosedByOther());
      node.awaitRefused("handshake took longer");
    }
  }

  @Test
  void halfAFrameForEverIsClosedInTimeAndAFrameThatComesSlowlyIsNot() throws IOException {
    byte[] frame = RawNode.frame(Frame.newBuilder().addMessages(Messages.number(5)).build());
    try (TestNode patient =
            new TestNode.Setup(4).timeouts(new Timeouts(2_000, 5_000, 300, 5_000)).start();
        RawNode half = RawNode.greeting(patient.self, Messages.hello(2, 4).build());
        RawNode slow = RawNode.greeting(patient.self, Messages.hello(5, 4).build())) {
      half.readHello();
      slow.readHello();
      half.send(Arrays.copyOf(frame, frame.length / 2));
      for (byte one : frame) {
        slow.send(new byte[] {one});
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(30));
      }
      assertTrue(half.isClosedByOther());
      patient.awaitRefused("node 2: half a frame came");
      patient.awaitReceived(1);
      assertEquals(new TestNode.Received(5, 1, Messages.number(5)), patient.received.element());
    }
  }

  @Test
  void aStormOfConnectionsHoldsUpNobody() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong connections = new AtomicLong();
    Random random = new Random(5);
    byte[] garbage = new byte[64];
    random.nextBytes(garbage);
    List<Thread> storm = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int what = i;
      Thread thread =
          new Thread(
              () -> {
                while (!over.get()) {
                  try (RawNode raw = RawNode.to(node.self)) {
                    connections.incrementAndGet();
                    if (what == 1) {
                      raw.send(garbage);
                    } else if (what == 2) {
                      raw.send(RawNode.frame(Messages.hello(2, 1).setClusterName("else").build()));
                    }
                  } catch (IOException refused) {
                    // That is what may happen to one of a storm.
                  }
                }
              });
      thread.start();
      storm.add(thread);
    }
    try {
      for (int i = 1; i <= 500; i++) {
        other.send(node, Messages.number(i));
        node.awaitReceived(i);
      }
      Await.until("there was a storm", () -> connections.get() > 2_000);
    } finally {
      over.set(true);
      for (Thread each : storm) {
        each.join();
      }
    }
    assertEquals(1, node.news.size(), () -> "" + node.news);
  }

  @Test
  void aHelloIsMuchSmallerThanAFrameMayBe() throws IOException {
    try (RawNode raw = RawNode.to(node.self)) {
      raw.send(RawNode.frame(Handshake.MAX_HELLO_BYTES + 1, 0, new byte[10]));
      assertTrue(raw.isClosedByOther());
      node.awaitRefused("length");
    }
  }

  @Test
  void aFrameMayComeByteByByteAndAsLargeAsTheLimit() throws IOException {
    try (RawNode raw = RawNode.to(node.self)) {
      for (byte one : RawNode.frame(Messages.hello(2, 1).build())) {
        raw.send(new byte[] {one});
      }
      raw.readHello();
      byte[] value = new byte[MAX_FRAME_BYTES - 20];
      Envelope large = Messages.value(value);
      raw.send(large);
      node.awaitReceived(1);
      assertEquals(large, node.received.element().message());
    }
  }

  @Test
  void unknownFieldsAreSkippedAndUnknownKindsCounted() throws IOException {
    UnknownFieldSet news =
        UnknownFieldSet.newBuilder()
            .addField(900, UnknownFieldSet.Field.newBuilder().addVarint(5).build())
            .build();
    try (RawNode raw =
        RawNode.greeting(node.self, Messages.hello(2, 1).setUnknownFields(news).build())) {
      raw.readHello();
      Envelope known = Messages.number(1).toBuilder().setUnknownFields(news).build();
      Envelope unknown = Envelope.newBuilder().setGroup(1).setUnknownFields(news).build();
      raw.send(
          RawNode.frame(
              Frame.newBuilder()
                  .setUnknownFields(news)
                  .addMessages(unknown)
                  .addMessages(known)
                  .build()));
      node.awaitReceived(1);
      assertEquals(1, node.refusals("kind"));
      assertEquals(known, node.received.element().message());
    }
  }

  @Test
  void whoeverSpeaksBeforeTheAnswerOrOnTheWrongConnectionIsCutOff() throws IOException {
    ByteArrayOutputStream together = new ByteArrayOutputStream();
    together.write(RawNode.frame(Messages.hello(2, 1).build()));
    together.write(RawNode.frame(Frame.newBuilder().addMessages(Messages.number(1)).build()));
    try (RawNode hasty = RawNode.to(node.self)) {
      hasty.send(together.toByteArray());
      assertTrue(hasty.isClosedByOther());
      node.awaitRefused("node 2: it speaks out of turn");
    }
    try (RawServer server = new RawServer(2)) {
      node.network.know(server.member);
      try (RawNode raw = server.answer(1)) {
        raw.send(Messages.number(1));
        assertTrue(raw.isClosedByOther());
        Await.until("both are counted", () -> node.refusals("out of turn") == 2);
      }
    }
    assertEquals(0, node.received.size());
  }

  @Test
  void manySilentConnectionsMakeRoomForANodeThatIntroducesItself() throws IOException {
    List<RawNode> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 30; i++) {
        silent.add(RawNode.to(node.self));
      }
      try (RawNode raw = RawNode.greeting(node.self, Messages.hello(2, 1).build())) {
        assertEquals(1, raw.readHello().getNodeId());
      }
      node.awaitRefused("too many connections");
    } finally {
      for (RawNode each : silent) {
        each.close();
      }
    }
  }

  @Test
  void noMoreNodesThanTheBoundAreConnected() throws IOException {
    List<RawNode> nodes = new ArrayList<>();
    try {
      // One of the eight is the other node.
      for (int i = 0; i < 7; i++) {
        RawNode raw = RawNode.greeting(node.self, Messages.hello(10 + i, 1).build());
        nodes.add(raw);
        assertEquals("", raw.readHello().getRefusal());
      }
      try (RawNode raw = RawNode.to(node.self)) {
        assertTrue(raw.isClosedByOther());
        node.awaitRefused("there are 8 already");
      }
    } finally {
      for (RawNode each : nodes) {
        each.close();
      }
    }
  }

  private static byte[] lengthOf(byte[] frame, int length) {
    byte[] changed = frame.clone();
    changed[3] = (byte) length;
    return changed;
  }
}
