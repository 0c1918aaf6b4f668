package io.github.skywalker.network;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.function.Consumer;

/**
 * The bytes of one connection, written and read as by a node, for tests that have no sockets and
 * want to change what is on its way.
 */
public final class FrameStream {

  private final EmbeddedChannel channel;

  /**
   * A connection at whose end nothing has arrived yet.
   *
   * @param maxPayloadBytes the most that a frame may hold
   */
  public FrameStream(int maxPayloadBytes) {
    channel = new EmbeddedChannel(new FrameDecoder(maxPayloadBytes));
  }

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
   * Bytes arrive.
   *
   * @param taker gets each message of which they are the rest
   * @return false if they are refused: a node ends the connection
   */
  public boolean arrive(byte[] bytes, Consumer<Envelope> taker)
      throws InvalidProtocolBufferException {
    try {
      channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    } catch (BadFrameException refused) {
      return false;
    }
    for (ByteBuf payload = channel.readInbound();
        payload != null;
        payload = channel.readInbound()) {
      try {
        Frames.read(payload.nioBuffer(), taker);
      } finally {
        payload.release();
      }
    }
    return true;
  }

  /** Lets go of what has arrived of a frame. */
  public void close() {
    channel.finishAndReleaseAll();
  }
}
