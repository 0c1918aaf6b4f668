package io.github.skywalker.network;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Cuts what arrives into the payloads of frames. A header is checked when it is read, so that no
 * flipped bit makes a connection wait for more than was sent, and memory is taken only as bytes
 * arrive, so that nothing is allocated by a number from outside.
 */
final class FrameDecoder extends ByteToMessageDecoder {

  private final CRC32C crc = new CRC32C();
  private int maxPayloadBytes;
  private long frames;

  FrameDecoder(int maxPayloadBytes) {
    this.maxPayloadBytes = maxPayloadBytes;
  }

  /** Sets the limit for the frames that have not begun yet. */
  void limit(int newMaxPayloadBytes) {
    this.maxPayloadBytes = newMaxPayloadBytes;
  }

  /** How many frames have come. */
  long frames() {
    return frames;
  }

  /** How many bytes have come of a frame that is not there as a whole. */
  int bytesOfNext() {
    return actualReadableBytes();
  }

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (in.readableBytes() < Integer.BYTES) {
      return;
    }
    int start = in.readerIndex();
    int length = in.getInt(start);
    if (length <= 0 || length > maxPayloadBytes) {
      throw bad(in, "a frame has a length outside of 1 to the limit");
    }
    if (in.readableBytes() < Frames.HEADER_BYTES) {
      return;
    }
    int checksum = in.getInt(start + Frames.CHECKED_HEADER_BYTES);
    if (checksum != Frames.checksum(crc, in, start, Frames.CHECKED_HEADER_BYTES)) {
      throw bad(in, "a frame has a header with a wrong checksum");
    }
    if (in.readableBytes() - Frames.HEADER_BYTES < length) {
      return;
    }
    int payload = start + Frames.HEADER_BYTES;
    if (in.getInt(start + Integer.BYTES) != Frames.checksum(crc, in, payload, length)) {
      throw bad(in, "a frame has a wrong checksum");
    }
    in.skipBytes(Frames.HEADER_BYTES);
    out.add(in.readRetainedSlice(length));
    frames++;
  }

  /** What follows is not looked at. */
  private static BadFrameException bad(ByteBuf in, String reason) {
    in.skipBytes(in.readableBytes());
    return new BadFrameException(reason);
  }
}
