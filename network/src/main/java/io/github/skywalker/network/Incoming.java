package io.github.skywalker.network;

import com.google.protobuf.InvalidProtocolBufferException;
import io.github.skywalker.network.Network.Lane;
import io.github.skywalker.network.Network.Receiver;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Hello;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A connection that another node made to this one: it brings what that node says. */
final class Incoming extends Connection {

  private final Doorkeeper doorkeeper;
  private final Receiver receiver;
  private Lane lane = Lane.PROMPT;
  private @Nullable Identity peer;

  Incoming(
      Handshake handshake,
      @Nullable Tls tls,
      Reporter reporter,
      int handshakeMillis,
      Doorkeeper doorkeeper,
      Receiver receiver) {
    super(handshake, tls, reporter, handshakeMillis);
    this.doorkeeper = doorkeeper;
    this.receiver = receiver;
  }

  Lane lane() {
    return lane;
  }

  int boot() {
    return who().boot();
  }

  @Override
  String peerName() {
    if (peer != null) {
      return "node " + peer.nodeId();
    }
    return channel().remoteAddress() instanceof InetSocketAddress address
        ? "a connection from " + address.getAddress().getHostAddress()
        : "a connection";
  }

  /** The other end speaks first. */
  @Override
  void secured() {}

  @Override
  void greeted(Hello hello) {
    String flaw = handshake().flawOfIntroduction(hello);
    if (flaw == null) {
      flaw = flawOfCertificate(hello.getNodeId());
    }
    if (flaw != null) {
      refused(flaw);
      return;
    }
    lane = Handshake.lane(hello);
    peer = Handshake.identity(hello);
    admit(peer);
  }

  @Override
  void refused(String reason) {
    fail(reason, handshake().refusal(reason));
  }

  @Override
  void admitted(Identity admitted) {
    Peer known = doorkeeper.peerOf(admitted);
    if (known.isStale(admitted.boot())) {
      refused(STALE_BOOT);
      return;
    }
    var unused =
        channel()
            .writeAndFlush(
                Frames.of(channel().alloc(), handshake().answer(lane)), channel().voidPromise());
    open();
    doorkeeper.greeted(this);
    known.arrived(this);
  }

  @Override
  void frame(ByteBuf payload) throws InvalidProtocolBufferException {
    Frames.read(payload.nioBuffer(), this::take);
  }

  @Override
  void ended() {
    doorkeeper.left(this, peer);
  }

  private void take(Envelope message) {
    if (message.getMessageCase() == Envelope.MessageCase.MESSAGE_NOT_SET) {
      reporter().refused(peerName(), "a message is of a kind that this node does not know");
    } else if (!isClosed()) {
      receiver.received(who().nodeId(), who().boot(), message);
    }
  }

  private Identity who() {
    Identity is = peer;
    if (is == null) {
      throw new IllegalStateException("Nobody has been admitted on this connection");
    }
    return is;
  }
}
