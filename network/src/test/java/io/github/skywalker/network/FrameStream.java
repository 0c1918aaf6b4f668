package io.github.skywalker.network;

import com.google.protobuf.MessageLite;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;

/**
 * The bytes of frames, as a node writes and reads them, for tests that want to change what is on
 * its way.
 */
public final class FrameStream {

  private FrameStream() {}

  /** The bytes of a frame with one message in it. */
  public static byte[] frame(Envelope message) {
    return frame(Frame.newBuilder().addMessages(message).build());
  }

  /** The bytes of a frame with this as its payload. */
  public static byte[] frame(MessageLite payload) {
    ByteBuf frame = Frames.of(UnpooledByteBufAllocator.DEFAULT, payload);
    byte[] bytes = ByteBufUtil.getBytes(frame);
    frame.release();
    return bytes;
  }

  /**
   * Whether a node that hears these bytes ends the connection, and takes nothing from them.
   *
   * @param maxPayloadBytes the most that a frame may hold
   */
  public static boolean isRefused(byte[] bytes, int maxPayloadBytes) {
    EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(maxPayloadBytes));
    try {
      channel.writeInbound(Unpooled.wrappedBuffer(bytes));
      return false;
    } catch (BadFrameException refused) {
      return channel.inboundMessages().isEmpty();
    } finally {
      channel.finishAndReleaseAll();
    }
  }
}
