package io.github.skywalker.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class OutboxTest {

  private static final int MAX_PAYLOAD_BYTES = 64 << 10;

  private final AtomicInteger wakeUps = new AtomicInteger();
  private final Outbox outbox = new Outbox(1 << 20, MAX_PAYLOAD_BYTES, wakeUps::incrementAndGet);

  @BeforeEach
  void open() {
    outbox.accepting(true);
  }

  @Test
  void oneWakingIsEnoughForAllThatGathers() {
    for (int i = 0; i < 10; i++) {
      assertNull(outbox.offer(Messages.number(i)));
    }
    assertEquals(1, wakeUps.get());
    assertFalse(outbox.sleep());
    assertEquals(10, outbox.clear());
    assertTrue(outbox.sleep());
    outbox.offer(Messages.number(1));
    assertEquals(2, wakeUps.get());
    outbox.clear();
  }

  @Test
  void messagesGatherInOrderInAsFewFramesAsHoldThem() throws InvalidProtocolBufferException {
    List<Envelope> sent = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      // Some are nearly as large as a frame may be.
      sent.add(Messages.value(new byte[i % 50 == 7 ? MAX_PAYLOAD_BYTES - 100 : 100 + i]));
      assertNull(outbox.offer(sent.get(i)));
    }
    List<Envelope> got = new ArrayList<>();
    int frames = 0;
    for (ByteBuf frame = next(); frame != null; frame = next()) {
      int payload = frame.getInt(0);
      assertEquals(frame.readableBytes() - Frames.HEADER_BYTES, payload);
      assertTrue(payload <= MAX_PAYLOAD_BYTES);
      got.addAll(Frame.parseFrom(frame.nioBuffer(Frames.HEADER_BYTES, payload)).getMessagesList());
      frame.release();
      frames++;
    }
    assertEquals(sent, got);
    assertTrue(frames <= 9, "frames: " + frames);
  }

  @Test
  void aFullQueueTakesNoMoreUntilThereIsRoom() {
    Envelope message = Messages.value(new byte[10_000]);
    int taken = 0;
    while (outbox.offer(message) == null) {
      taken++;
    }
    int cost = message.getSerializedSize() + Outbox.MESSAGE_OVERHEAD_BYTES;
    assertEquals((1 << 20) / cost, taken);
    assertEquals(Outbox.FULL, outbox.offer(message));
    next().release();
    assertNull(outbox.offer(message));
    assertEquals(taken - 5, outbox.clear());
    assertNull(outbox.offer(message));
    outbox.clear();
  }

  @Test
  void aLoneMessageFitsHoweverSmallTheBound() {
    Outbox tiny = new Outbox(1, MAX_PAYLOAD_BYTES, wakeUps::incrementAndGet);
    tiny.accepting(true);
    assertNull(tiny.offer(Messages.number(1)));
    assertEquals(Outbox.FULL, tiny.offer(Messages.number(2)));
    tiny.clear();
  }

  @Test
  void theLargestMessageIsOneWhoseFrameIsAtTheLimit() {
    int around = Frames.sizeInFrame(Messages.value(new byte[60_000]).getSerializedSize()) - 60_000;
    assertNull(outbox.offer(Messages.value(new byte[MAX_PAYLOAD_BYTES - around])));
    assertEquals(
        Outbox.TOO_LARGE, outbox.offer(Messages.value(new byte[MAX_PAYLOAD_BYTES - around + 1])));
    ByteBuf frame = next();
    assertEquals(MAX_PAYLOAD_BYTES, frame.getInt(0));
    frame.release();
  }

  @Test
  void nothingIsTakenWithoutAConnection() {
    outbox.accepting(false);
    assertEquals(Outbox.NOT_CONNECTED, outbox.offer(Messages.number(1)));
    assertEquals(0, wakeUps.get());
  }

  private ByteBuf next() {
    return outbox.nextFrame(UnpooledByteBufAllocator.DEFAULT);
  }
}
