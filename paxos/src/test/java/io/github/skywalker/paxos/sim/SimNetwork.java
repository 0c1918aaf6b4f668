package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.Member;
import io.github.skywalker.network.Admission;
import io.github.skywalker.network.Network;
import io.github.skywalker.proto.Envelope;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The network of one life of a node. As over TCP, it speaks on the connections that it makes and
 * hears on those that others make, and a peer is connected while there is one in each direction.
 */
final class SimNetwork implements Network {

  private static final int MAX_BACKOFF_DOUBLINGS = 4;

  private static final class Peer {
    Member member;
    final Map<Lane, Line> out = new TreeMap<>();
    final Map<Lane, Line> in = new TreeMap<>();
    int boot;
    int failures;
    boolean connected;

    Peer(Member member) {
      this.member = member;
    }
  }

  private final Fabric fabric;
  private final Life life;
  private final Member self;
  private final byte[] dataId;
  private final int boot;
  private final long reconnectNanos;
  private final Admission admission;
  private final Receiver receiver;
  private final Map<Integer, Peer> peers = new TreeMap<>();
  private final Requests requests;
  private boolean closed;

  SimNetwork(
      Fabric fabric,
      Life life,
      Member self,
      byte[] dataId,
      int boot,
      long reconnectNanos,
      Admission admission,
      Receiver receiver) {
    this.fabric = fabric;
    this.life = life;
    this.self = self;
    this.dataId = dataId.clone();
    this.boot = boot;
    this.reconnectNanos = reconnectNanos;
    this.admission = admission;
    this.receiver = receiver;
    this.requests = new Requests(life, fabric);
  }

  int id() {
    return self.nodeId();
  }

  /** The id of its data directory, in words. */
  String dataId() {
    return HexFormat.of().formatHex(dataId);
  }

  int boot() {
    return boot;
  }

  Life life() {
    return life;
  }

  /** Whether anybody is at this end. */
  boolean isUp() {
    return !closed && life.isAlive();
  }

  /** Whether everybody whom it knows can be heard, and hears it. */
  boolean isConnectedWithAll() {
    return peers.values().stream().allMatch(peer -> peer.connected);
  }

  @Override
  public void send(int node, Lane lane, Envelope message) {
    requests.said(node, message);
    Peer peer = peers.get(node);
    if (peer == null || closed) {
      return;
    }
    Line line = peer.out.get(lane);
    if (line == null && lane == Lane.BULK) {
      line = dial(peer, lane);
    }
    if (line != null) {
      line.send(fabric.forger().instead(this, message));
    }
  }

  @Override
  public void know(Member member) {
    Peer peer = peers.get(member.nodeId());
    if (closed || member.nodeId() == id()) {
      return;
    }
    if (peer == null) {
      add(member);
    } else {
      peer.member = member;
    }
  }

  private Peer add(Member member) {
    Peer peer = new Peer(member);
    peers.put(member.nodeId(), peer);
    dial(peer, Lane.PROMPT);
    return peer;
  }

  @Override
  public void forget(int node) {
    Peer peer = peers.remove(node);
    if (peer != null) {
      endAll(peer);
    }
  }

  private void endAll(Peer peer) {
    List.copyOf(peer.out.values()).forEach(Line::end);
    List.copyOf(peer.in.values()).forEach(Line::end);
  }

  @Override
  public void close() {
    closed = true;
    fabric.leave(this);
    List.copyOf(peers.values()).forEach(this::endAll);
    peers.clear();
  }

  private Line dial(Peer peer, Lane lane) {
    Line line = new Line(fabric, this, peer.member.nodeId(), lane);
    peer.out.put(lane, line);
    line.dial();
    return line;
  }

  /* What befalls the lines. */

  /** Asks the node whether another may speak; answers as an event of the node's own. */
  void admits(SimNetwork other, Consumer<Boolean> answer) {
    var unused =
        admission
            .admit(other.id(), other.dataId.clone())
            .whenComplete(
                (admitted, fault) -> life.after(0, () -> answer.accept(fault == null && admitted)));
  }

  /** Another node has made a connection to this one. */
  void arrived(Line line) {
    Peer known = peers.get(line.from().id());
    Peer peer = known != null ? known : add(line.from().self);
    seen(peer, line.from().boot);
    Line older = peer.in.put(line.lane(), line);
    if (older != null) {
      older.end();
    }
    update(peer);
  }

  /** A connection that this node makes is open. */
  void opened(Line line) {
    Peer peer = peers.get(line.toNode());
    if (peer == null || peer.out.get(line.lane()) != line) {
      line.end();
      return;
    }
    peer.failures = 0;
    seen(peer, line.to().boot);
    update(peer);
  }

  /** A connection of this node's has ended, or could not be made: tries again. */
  void lost(Line line) {
    Peer peer = peers.get(line.toNode());
    if (peer == null || !peer.out.remove(line.lane(), line)) {
      return;
    }
    update(peer);
    if (line.lane() == Lane.PROMPT) {
      peer.failures = Math.min(peer.failures + 1, MAX_BACKOFF_DOUBLINGS);
      long pause = fabric.weather().pause(reconnectNanos << peer.failures) + 1;
      life.after(
          pause,
          () -> {
            if (peers.get(line.toNode()) == peer && !peer.out.containsKey(Lane.PROMPT)) {
              dial(peer, Lane.PROMPT);
            }
          });
    }
  }

  /** A connection that another node made has ended. */
  void left(Line line) {
    Peer peer = peers.get(line.from().id());
    if (peer != null && peer.in.remove(line.lane(), line)) {
      update(peer);
    }
  }

  /** Connections of an earlier life of the peer lead nowhere. */
  private void seen(Peer peer, int newBoot) {
    if (newBoot <= peer.boot) {
      return;
    }
    peer.boot = newBoot;
    for (Line line : List.copyOf(peer.in.values())) {
      if (line.from().boot < newBoot) {
        line.end();
        left(line);
      }
    }
    for (Line line : List.copyOf(peer.out.values())) {
      if (line.isOpen() && line.to().boot < newBoot) {
        line.end();
      }
    }
  }

  private void update(Peer peer) {
    Line out = peer.out.get(Lane.PROMPT);
    boolean both = out != null && out.isOpen() && peer.in.containsKey(Lane.PROMPT);
    if (both == peer.connected || closed) {
      return;
    }
    peer.connected = both;
    if (both) {
      receiver.connected(peer.member, out.to().boot);
    } else {
      receiver.disconnected(peer.member.nodeId());
    }
  }

  /** A message has come this far. */
  void receive(SimNetwork from, Envelope message) {
    if (message.hasPiece()) {
      fabric.fetches().piece(id(), message.getGroup(), from.id());
    }
    Envelope lie = fabric.forger().answer(this, message);
    if (lie != null) {
      run(() -> send(from.id(), Lane.BULK, lie));
      return;
    }
    if (message.hasClusterNews()) {
      fabric.figures().count("newest memberships told");
    }
    run(
        () -> {
          requests.heard(from.id(), message);
          life.receive(message, () -> receiver.received(from.id(), from.boot, message));
        });
  }

  /** Does something at this end, if anybody is there, and when he is awake. */
  void run(Runnable task) {
    life.soon(
        () -> {
          if (!closed) {
            life.run("network", task);
          }
        });
  }
}
