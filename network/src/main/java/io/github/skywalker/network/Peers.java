package io.github.skywalker.network;

import io.github.skywalker.api.Member;
import io.github.skywalker.network.Network.Receiver;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The nodes that are known. Changed by the network's thread only; looked up by any. */
final class Peers {

  private final int self;
  private final Dialler dialler;
  private final LinkLimits limits;
  private final Reporter reporter;
  private final Receiver receiver;
  private final Map<Integer, Peer> peers = new ConcurrentHashMap<>();

  Peers(int self, Dialler dialler, LinkLimits limits, Reporter reporter, Receiver receiver) {
    this.self = self;
    this.dialler = dialler;
    this.limits = limits;
    this.reporter = reporter;
    this.receiver = receiver;
  }

  /** May be called by any thread. */
  @Nullable Peer find(int node) {
    return peers.get(node);
  }

  /** Makes a node known, or gives it another address. */
  void know(Member member) {
    Peer known = peers.get(member.nodeId());
    if (known != null) {
      known.move(member);
    } else if (member.nodeId() != self) {
      add(member);
    }
  }

  void forget(int node) {
    Peer known = peers.remove(node);
    if (known != null) {
      known.close();
    }
  }

  /** A node has connected: it is known from now on, by the address that it gives. */
  Peer arrived(Member member) {
    Peer known = peers.get(member.nodeId());
    return known != null ? known : add(member);
  }

  /** A connection that a node made has ended. */
  void left(int node, Incoming connection) {
    Peer known = peers.get(node);
    if (known != null) {
      known.left(connection);
    }
  }

  void close() {
    peers.values().forEach(Peer::close);
    peers.clear();
  }

  private Peer add(Member member) {
    Peer peer = new Peer(member, dialler, limits, reporter, receiver);
    peers.put(member.nodeId(), peer);
    peer.begin();
    return peer;
  }
}
