package io.github.skywalker.network;

import io.github.skywalker.network.Network.Lane;
import io.github.skywalker.proto.Hello;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/** A connection that this node makes to another: it takes there what this node says. */
final class Outgoing extends Connection {

  private final Link link;
  private final int expectedNode;
  private final Lane lane;
  private final int stallMillis;

  Outgoing(
      Handshake handshake,
      @Nullable Tls tls,
      Reporter reporter,
      Timeouts timeouts,
      Link link,
      int expectedNode,
      Lane lane) {
    super(handshake, tls, reporter, timeouts.handshakeMillis());
    this.link = link;
    this.expectedNode = expectedNode;
    this.lane = lane;
    this.stallMillis = timeouts.stallMillis();
  }

  @Override
  String peerName() {
    return "node " + expectedNode;
  }

  /** Says who this node is, but only to the one that was meant. */
  @Override
  void secured() {
    String flaw = flawOfCertificate(expectedNode);
    if (flaw != null) {
      refused(flaw);
      return;
    }
    Hello hello = handshake().introduction(lane, expectedNode);
    var unused =
        channel().writeAndFlush(Frames.of(channel().alloc(), hello), channel().voidPromise());
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    link.flush();
    context.fireChannelWritabilityChanged();
  }

  @Override
  void greeted(Hello answer) {
    if (!answer.getRefusal().isEmpty()) {
      reporter().refusedBy(peerName(), answer.getRefusal());
      close();
      return;
    }
    String flaw = handshake().flawOfAnswer(answer, expectedNode);
    if (flaw != null) {
      refused(flaw);
      return;
    }
    admit(Handshake.identity(answer));
  }

  @Override
  void refused(String reason) {
    fail(reason);
  }

  @Override
  void admitted(Identity peer) {
    if (link.isStale(peer.boot())) {
      refused(STALE_BOOT);
      return;
    }
    open();
    StallWatch.overSending(channel(), stallMillis, this::close);
    link.opened(this, peer);
  }

  /** After its answer the other end has nothing to say here. */
  @Override
  void frame(ByteBuf payload) {
    fail(OUT_OF_TURN);
  }

  @Override
  void ended() {
    link.ended(this);
  }
}
