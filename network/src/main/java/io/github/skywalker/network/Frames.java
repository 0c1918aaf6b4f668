package io.github.skywalker.network;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.WireFormat;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * The form of a frame: the length of its payload in four bytes, the CRC32C of its payload in four
 * bytes, the CRC32C of these eight in four bytes, its payload. So a length is known to be right
 * before anything waits for so many bytes. Messages are written straight into the buffer that the
 * socket takes.
 */
final class Frames {

  static final int CHECKED_HEADER_BYTES = 2 * Integer.BYTES;
  static final int HEADER_BYTES = CHECKED_HEADER_BYTES + Integer.BYTES;

  private static final int MESSAGES_TAG =
      Frame.MESSAGES_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

  private Frames() {}

  /** How many bytes of a payload a message of this size takes, with its tag and length. */
  static int sizeInFrame(int messageBytes) {
    return CodedOutputStream.computeTagSize(Frame.MESSAGES_FIELD_NUMBER)
        + CodedOutputStream.computeUInt32SizeNoTag(messageBytes)
        + messageBytes;
  }

  /**
   * A frame of several messages.
   *
   * @param payloadBytes the sum of their {@link #sizeInFrame}
   */
  static ByteBuf of(ByteBufAllocator buffers, List<Envelope> messages, int payloadBytes) {
    return frame(
        buffers,
        payloadBytes,
        out -> {
          for (int i = 0; i < messages.size(); i++) {
            out.writeMessage(Frame.MESSAGES_FIELD_NUMBER, messages.get(i));
          }
        });
  }

  /** A frame of one message as its payload. */
  static ByteBuf of(ByteBufAllocator buffers, MessageLite message) {
    return frame(buffers, message.getSerializedSize(), message::writeTo);
  }

  /** Hands on the messages of a frame one by one, so that no more than one is in memory. */
  static void read(ByteBuffer payload, Consumer<Envelope> taker)
      throws InvalidProtocolBufferException {
    CodedInputStream in = CodedInputStream.newInstance(payload);
    try {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (tag == MESSAGES_TAG) {
          taker.accept(in.readMessage(Envelope.parser(), ExtensionRegistryLite.getEmptyRegistry()));
        } else if (!in.skipField(tag)) {
          throw new InvalidProtocolBufferException("An end without a beginning");
        }
      }
    } catch (InvalidProtocolBufferException notOurs) {
      throw notOurs;
    } catch (IOException impossible) {
      throw new IllegalStateException("A buffer in memory cannot be read", impossible);
    }
  }

  /** What a receiver compares: the checksum of a part of a buffer. */
  static int checksum(CRC32C crc, ByteBuf buffer, int from, int bytes) {
    crc.reset();
    crc.update(buffer.internalNioBuffer(from, bytes));
    return (int) crc.getValue();
  }

  private static ByteBuf frame(ByteBufAllocator buffers, int payloadBytes, Payload payload) {
    ByteBuf frame = buffers.directBuffer(HEADER_BYTES + payloadBytes);
    boolean written = false;
    try {
      ByteBuffer place = frame.internalNioBuffer(HEADER_BYTES, payloadBytes);
      CodedOutputStream out = CodedOutputStream.newInstance(place);
      payload.write(out);
      out.flush();
      out.checkNoSpaceLeft();
      CRC32C crc = new CRC32C();
      frame.writeInt(payloadBytes);
      frame.writeInt(checksum(crc, frame, HEADER_BYTES, payloadBytes));
      frame.writeInt(checksum(crc, frame, 0, CHECKED_HEADER_BYTES));
      frame.writerIndex(HEADER_BYTES + payloadBytes);
      written = true;
      return frame;
    } catch (IOException impossible) {
      throw new IllegalStateException("A message has another size than it said", impossible);
    } finally {
      if (!written) {
        frame.release();
      }
    }
  }

  private interface Payload {
    void write(CodedOutputStream out) throws IOException;
  }
}
