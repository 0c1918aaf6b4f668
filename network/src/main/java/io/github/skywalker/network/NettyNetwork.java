package io.github.skywalker.network;

import com.google.protobuf.ByteString;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.proto.Envelope;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The network over TCP.
 *
 * <p>For each lane a node uses the connection that it made itself to speak, and listens on the one
 * that the other made. So both ends try, on their own, until both can be heard; and a connection
 * that is closed in good order has nothing unread, and loses nothing that was written to it. In the
 * handshake each says who it is, and is looked up in {@link Admission}; who sends a message is
 * known from that alone. A node that connects and is admitted becomes known, by the address that it
 * gives.
 *
 * <p>One loop runs all connections and calls the receiver. Messages gather for each connection in a
 * bounded queue, by any thread, and leave together as soon as that loop comes to it: a lone message
 * at once, many in few frames. They are dropped, and counted by {@code NodeObserver.dropped}, when
 * their queue is full and when there is no connection, except that on the bulk lane the first
 * message makes the connection and waits for it.
 *
 * <p>With TLS, who sends a message has shown a certificate that names it, and nobody else can read
 * it. Without, whoever can reach the port and knows the cluster's name and a data id can speak as
 * that node.
 */
public final class NettyNetwork implements Network {

  private final Transport transport;
  private final Resolver resolver;
  private final GuardedReceiver receiver;
  private final Reporter reporter;
  private final @Nullable Tls tls;
  private final Peers peers;
  private final Doorkeeper doorkeeper;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable Channel listening;

  private NettyNetwork(
      SocketLoop loop,
      NodeOptions options,
      Handshake handshake,
      @Nullable Tls tls,
      Reporter reporter,
      Receiver receiver,
      Timeouts timeouts) {
    int self = options.self().nodeId();
    this.receiver = new GuardedReceiver(receiver);
    this.reporter = reporter;
    this.tls = tls;
    this.transport = new Transport(loop, timeouts, options.tcpNoDelay());
    this.resolver = new Resolver("skywalker-resolver-" + self);
    LinkLimits limits =
        new LinkLimits(
            options.maxFrameBytes(),
            options.maxOutgoingBytes(),
            options.reconnectPeriod().toNanos());
    Dialler dialler = new Dialler(transport, resolver, handshake, tls, reporter, timeouts);
    this.peers = new Peers(self, dialler, limits, reporter, this.receiver);
    this.doorkeeper =
        new Doorkeeper(
            handshake,
            tls,
            reporter,
            timeouts,
            peers,
            this.receiver,
            options.maxFrameBytes(),
            options.maxConnections());
  }

  /**
   * Listens, and is ready to know others.
   *
   * @param loop that serves the connections, and on which the receiver is called; the caller's to
   *     close, after the network
   * @param options say who this node is, where it listens, and what it may take
   * @param dataId the random id of its data directory, of 1 to 64 bytes; copied
   * @param boot how often it was started on that directory
   * @param admission asked about every other node
   * @param receiver takes what arrives, from before this method returns
   * @throws IOException if the address cannot be listened on, or the files for TLS not be used
   */
  public static NettyNetwork start(
      SocketLoop loop,
      NodeOptions options,
      byte[] dataId,
      int boot,
      Admission admission,
      Receiver receiver)
      throws IOException {
    return start(loop, options, dataId, boot, admission, receiver, Timeouts.DEFAULT);
  }

  static NettyNetwork start(
      SocketLoop loop,
      NodeOptions options,
      byte[] dataId,
      int boot,
      Admission admission,
      Receiver receiver,
      Timeouts timeouts)
      throws IOException {
    if (dataId.length < 1 || dataId.length > Handshake.MAX_DATA_ID_BYTES) {
      throw new IllegalArgumentException(
          "A data id has 1 to " + Handshake.MAX_DATA_ID_BYTES + " bytes; got " + dataId.length);
    }
    Identity self = new Identity(options.self(), ByteString.copyFrom(dataId), boot);
    Handshake handshake = new Handshake(self, options.clusterName(), admission);
    Reporter reporter = new Reporter(options.observer());
    Tls tls = Tls.start(options, reporter);
    NettyNetwork network =
        new NettyNetwork(loop, options, handshake, tls, reporter, receiver, timeouts);
    if (tls != null) {
      tls.watch(network.transport.loop(), timeouts.tlsRefreshMillis());
    }
    network.listen(options.listen());
    return network;
  }

  @Override
  public void send(int node, Lane lane, Envelope message) {
    Peer peer = peers.find(node);
    String reason = peer == null ? "not known" : peer.link(lane).offer(message);
    if (reason != null) {
      reporter.dropped(node, reason);
    }
  }

  @Override
  public void know(Member peer) {
    execute(() -> peers.know(peer));
  }

  @Override
  public void forget(int node) {
    execute(() -> peers.forget(node));
  }

  /**
   * Closes all connections and frees the port. What was sent before is written as far as the
   * sockets take it. Waits for that, unless called on the network's loop; may be called again.
   */
  @Override
  public void close() {
    receiver.close();
    if (!closed.getAndSet(true)) {
      if (transport.loop().inEventLoop()) {
        hangUp();
      } else {
        transport.loop().submit(this::hangUp).awaitUninterruptibly();
      }
      resolver.close();
      if (tls != null) {
        tls.close();
      }
    }
  }

  private void listen(InetSocketAddress address) throws IOException {
    ChannelFuture bound =
        transport.server().childHandler(doorkeeper).bind(address).awaitUninterruptibly();
    if (bound.cause() != null) {
      close();
      throw new IOException("Cannot listen on " + address, bound.cause());
    }
    listening = bound.channel();
  }

  private void hangUp() {
    if (listening != null) {
      var unused = listening.close();
    }
    peers.close();
    doorkeeper.close();
  }

  /** On the network's thread, unless that has ended. */
  private void execute(Runnable task) {
    try {
      transport
          .loop()
          .execute(
              () -> {
                if (!closed.get()) {
                  task.run();
                }
              });
    } catch (RejectedExecutionException ended) {
      // Then nobody is known any more.
    }
  }
}
