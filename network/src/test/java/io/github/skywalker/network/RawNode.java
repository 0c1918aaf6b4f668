package io.github.skywalker.network;

import com.google.protobuf.MessageLite;
import io.github.skywalker.api.Member;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Frame;
import io.github.skywalker.proto.Hello;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The bare socket of a node that says what a test wants it to say, byte for byte. */
final class RawNode implements AutoCloseable {

  private final Socket socket;

  RawNode(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(Await.SECONDS * 1_000);
  }

  /** Connects to a node. */
  static RawNode to(Member node) throws IOException {
    return new RawNode(new Socket(node.host(), node.port()));
  }

  /** Connects, and does its part of the handshake. */
  static RawNode greeting(Member node, Hello hello) throws IOException {
    RawNode raw = to(node);
    raw.send(frame(hello));
    return raw;
  }

  static byte[] frame(MessageLite message) {
    return frame(message.toByteArray());
  }

  static byte[] frame(byte[] payload) {
    CRC32C crc = new CRC32C();
    crc.update(payload);
    return frame(payload.length, (int) crc.getValue(), payload);
  }

  static byte[] frame(int length, int checksum, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(12 + payload.length).putInt(length).putInt(checksum);
    CRC32C crc = new CRC32C();
    crc.update(frame.array(), 0, frame.position());
    return frame.putInt((int) crc.getValue()).put(payload).array();
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  void send(Envelope... messages) throws IOException {
    Frame.Builder frame = Frame.newBuilder();
    for (Envelope message : messages) {
      frame.addMessages(message);
    }
    send(frame(frame.build()));
  }

  Hello readHello() throws IOException {
    return Hello.parseFrom(readPayload());
  }

  byte[] readPayload() throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] payload = new byte[in.readInt()];
    in.readInt();
    in.readInt();
    in.readFully(payload);
    return payload;
  }

  /** Whether the other end closes, after whatever it still says. */
  boolean isClosedByOther() throws IOException {
    try {
      socket.getInputStream().readAllBytes();
      return true;
    } catch (java.net.SocketTimeoutException stillOpen) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
