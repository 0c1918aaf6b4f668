package io.github.skywalker.network;

import io.github.skywalker.api.Member;
import io.github.skywalker.proto.Hello;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** A port at which a test answers, byte for byte. */
final class RawServer implements AutoCloseable {

  private final ServerSocket server;
  final Member member;

  RawServer(int node) throws IOException {
    member = new Member(node, "127.0.0.1", Ports.free());
    server = new ServerSocket();
    server.setReceiveBufferSize(16 << 10);
    server.setSoTimeout(Await.SECONDS * 1_000);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), member.port()));
  }

  /** The next connection, whose Hello has not been read. */
  RawNode accept() throws IOException {
    return new RawNode(server.accept());
  }

  /** The next connection, answered as this node in its boot. */
  RawNode answer(int boot) throws IOException {
    RawNode raw = accept();
    raw.readHello();
    raw.send(RawNode.frame(hello(boot).build()));
    return raw;
  }

  Hello.Builder hello(int boot) {
    return Messages.hello(member.nodeId(), 0).setPort(member.port()).setBoot(boot);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
