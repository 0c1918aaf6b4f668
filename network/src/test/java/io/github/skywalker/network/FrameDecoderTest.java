package io.github.skywalker.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class FrameDecoderTest {

  private static final int LIMIT = 1_000;

  private final Frame first =
      Frame.newBuilder().addMessages(Messages.number(1)).addMessages(Messages.number(2)).build();
  private final Frame second =
      Frame.newBuilder().addMessages(Messages.value(new byte[LIMIT - 20])).build();

  @Test
  void whatIsWrittenIsWhatTheFormSays() {
    List<Envelope> messages = first.getMessagesList();
    int bytes =
        messages.stream().mapToInt(each -> Frames.sizeInFrame(each.getSerializedSize())).sum();
    ByteBuf frame = Frames.of(UnpooledByteBufAllocator.DEFAULT, messages, bytes);
    assertArrayEquals(RawNode.frame(first), ByteBufUtil.getBytes(frame));
    frame.release();
  }

  @Test
  void framesAreFoundHoweverTheyAreCut() {
    byte[] both = concat(RawNode.frame(first), RawNode.frame(second));
    for (int cut = 0; cut <= both.length; cut++) {
      EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(LIMIT));
      channel.writeInbound(Unpooled.copiedBuffer(both, 0, cut));
      channel.writeInbound(Unpooled.copiedBuffer(both, cut, both.length - cut));
      assertArrayEquals(first.toByteArray(), next(channel));
      assertArrayEquals(second.toByteArray(), next(channel));
      assertNull(channel.readInbound());
      channel.finishAndReleaseAll();
    }
  }

  @Test
  void theLimitIsExact() {
    EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(10));
    channel.writeInbound(Unpooled.wrappedBuffer(RawNode.frame(new byte[10])));
    assertEquals(10, next(channel).length);
    assertThrows(
        BadFrameException.class,
        () -> channel.writeInbound(Unpooled.wrappedBuffer(RawNode.frame(new byte[11]))));
    channel.finishAndReleaseAll();
  }

  @Test
  void nothingIsTakenAfterABadFrame() {
    EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(LIMIT));
    byte[] bad = concat(RawNode.frame(0, 0, new byte[0]), RawNode.frame(first));
    assertThrows(BadFrameException.class, () -> channel.writeInbound(Unpooled.wrappedBuffer(bad)));
    assertNull(channel.readInbound());
    channel.finishAndReleaseAll();
  }

  /** Else a longer length would swallow, unnoticed, all that comes behind it. */
  @Test
  void aFrameWithAFlippedBitIsRefusedAsSoonAsItIsThere() {
    byte[] frame = RawNode.frame(first);
    for (int bit = 0; bit < frame.length * Byte.SIZE; bit++) {
      byte[] mutated = frame.clone();
      mutated[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(LIMIT));
      assertThrows(
          BadFrameException.class,
          () -> channel.writeInbound(Unpooled.wrappedBuffer(mutated)),
          "bit " + bit);
      channel.finishAndReleaseAll();
    }
  }

  /** A mutation passes, waits for more, or is a bad frame; what passes is what was sent. */
  @Test
  void mutatedBytesAreRefusedAndNothingElseIsThrown() {
    byte[] both = concat(RawNode.frame(first), RawNode.frame(second));
    Random random = new Random(5);
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] mutated = both.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        mutated[random.nextInt(mutated.length)] ^= (byte) (1 << random.nextInt(8));
      }
      if (i % 4 == 0) {
        mutated = Arrays.copyOf(mutated, random.nextInt(mutated.length));
      }
      EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(LIMIT));
      try {
        channel.writeInbound(Unpooled.wrappedBuffer(mutated));
      } catch (BadFrameException expected) {
        refused++;
      }
      for (ByteBuf got = channel.readInbound(); got != null; got = channel.readInbound()) {
        byte[] payload = ByteBufUtil.getBytes(got);
        got.release();
        if (!Arrays.equals(payload, first.toByteArray())) {
          assertArrayEquals(second.toByteArray(), payload);
        }
      }
      channel.finishAndReleaseAll();
    }
    assertTrue(refused > 3_000, "refused " + refused);
  }

  private static byte[] next(EmbeddedChannel channel) {
    ByteBuf payload = channel.readInbound();
    byte[] bytes = ByteBufUtil.getBytes(payload);
    payload.release();
    return bytes;
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
