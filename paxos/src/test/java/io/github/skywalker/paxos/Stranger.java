package io.github.skywalker.paxos;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.TlsFiles;
import io.github.skywalker.network.FrameStream;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Frame;
import io.github.skywalker.proto.Hello;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.List;

/** Somebody at the port of a node who says, byte for byte, what a test wants to be said. */
final class Stranger implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;

  private Stranger(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  /** Connects, and says nothing. */
  static Stranger at(Member node) throws IOException {
    return new Stranger(new Socket(node.host(), node.port()));
  }

  /** Connects with a certificate, and says nothing. */
  static Stranger at(Member node, TlsFiles files) throws IOException {
    return new Stranger(files.context().getSocketFactory().createSocket(node.host(), node.port()));
  }

  /** What a well-behaved node would say to another one first. */
  static Hello.Builder hello(int node, int expectedNode) {
    return Hello.newBuilder()
        .setOldestVersion(1)
        .setNewestVersion(1)
        .setClusterName("skywalker")
        .setNodeId(node)
        .setDataId(ByteString.copyFromUtf8("the data of node " + node))
        .setBoot(1)
        .setHost("127.0.0.1")
        // The discard service: nobody is there.
        .setPort(9)
        .setExpectedNode(expectedNode);
  }

  /** Introduces itself; returns why it was refused, or nothing if it was not. */
  String greet(Hello hello) throws IOException {
    send(hello);
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] payload = new byte[in.readInt()];
    in.readInt();
    in.readInt();
    in.readFully(payload);
    return Hello.parseFrom(payload).getRefusal();
  }

  /** Introduces itself as a node that is let in. */
  Stranger as(int node, int expectedNode) throws IOException {
    String refusal = greet(hello(node, expectedNode).build());
    if (!refusal.isEmpty()) {
      throw new IOException(refusal);
    }
    return this;
  }

  void say(Envelope... messages) throws IOException {
    send(Frame.newBuilder().addAllMessages(List.of(messages)).build());
  }

  private void send(MessageLite message) throws IOException {
    socket.getOutputStream().write(FrameStream.frame(message));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
