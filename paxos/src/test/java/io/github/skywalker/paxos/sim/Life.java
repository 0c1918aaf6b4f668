package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.Node;
import io.github.skywalker.machine.Value;
import io.github.skywalker.network.Admission;
import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.SimulatedNode;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.storage.Disk;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.util.SplittableRandom;

/**
 * One run of a node's process, from its start to its end. Everything that the process has set in
 * motion goes through here, so that it ends with it.
 */
final class Life implements SimulatedNode.Surroundings {

  private final Host host;
  private final Fabric fabric;
  private final Draws draws;
  private final long number;
  private final Bounds bounds;
  private SimulatedNode node;
  private SimNetwork network;
  private int boot;
  private Envelope receiving;
  private boolean alive = true;
  private boolean closing;

  /**
   * Begins.
   *
   * @param start how many lives of this host there were, with this one
   */
  Life(Host host, Fabric fabric, Draws draws, int start) {
    this.host = host;
    this.fabric = fabric;
    this.draws = draws;
    this.number = (long) start << 8 | host.id();
    this.bounds = new Bounds(this, host.swarm(), fabric.judge());
  }

  Host host() {
    return host;
  }

  /** The boot count, known once the node has asked for its network. */
  int boot() {
    return boot;
  }

  /** What waits in it. */
  Bounds bounds() {
    return bounds;
  }

  Fetches fetches() {
    return fabric.fetches();
  }

  boolean isAlive() {
    return alive;
  }

  /** Whether it is alive, and was not asked to close. */
  boolean isOpen() {
    return alive && !closing && node != null;
  }

  /** Why this life never got to speak; its network, if it did. */
  SimNetwork network() {
    return network;
  }

  Node api() {
    return node.api();
  }

  void started(SimulatedNode started) {
    node = started;
  }

  SimulatedNode closing() {
    closing = true;
    return node;
  }

  /** Ends it: what it has set in motion does not happen any more. */
  void end() {
    alive = false;
    if (network != null) {
      network.close();
    }
  }

  /** Schedules something of the process by true time. */
  void at(long time, Runnable task) {
    fabric.scheduler().at(time, () -> soon(task));
  }

  /** Does something of the process, now or when it goes on. */
  void soon(Runnable task) {
    if (alive) {
      host.whenAwake(this, task);
    }
  }

  /** Schedules something of the process after some true time. */
  void after(long delay, Runnable task) {
    at(fabric.scheduler().now() + delay, task);
  }

  /** Runs something of the process now, and fails the run if it throws. */
  void run(String where, Runnable task) {
    if (!alive) {
      return;
    }
    fabric.trace().mix(fabric.scheduler().now() ^ (long) host.id() << 56);
    try {
      task.run();
      bounds.eventOver(node);
    } catch (RuntimeException | Error fault) {
      host.failed(where, fault);
    }
  }

  /** A step was taken; see {@link Bounds#stepped}. */
  void stepped(int group, Replica replica, Event event, Ready ready, boolean installs) {
    fabric.silence().stepped(host.id(), group, event, ready);
    bounds.stepped(node, group, replica, ready, installs);
  }

  /** Whether anything waits for its log. */
  boolean isWriting() {
    return node.unwrittenBytes() > 0;
  }

  /** The value that its log holds at an instance; null if none. */
  Value logged(int group, long instance) {
    try {
      return node.logged(group, instance);
    } catch (IOException unreadable) {
      return null;
    }
  }

  /** A client's call has come back. */
  void called(int group) {
    bounds.called(node, group);
  }

  /** Takes a message from the network. */
  void receive(Envelope message, Runnable task) {
    receiving = message;
    task.run();
    receiving = null;
  }

  /** How large the message is that is just being taken from the network; 0 if none is. */
  int receivingBytes() {
    return receiving == null ? 0 : receiving.getSerializedSize();
  }

  /**
   * Checks what peers have said and a loop has not taken up, when a message goes to a loop.
   *
   * @param waiting how many messages wait for it, with this one
   * @param bytes how large they are
   */
  void checkWaiting(String loop, int waiting, long bytes) {
    if (!loop.contains("-groups-")) {
      return;
    }
    if (waiting > 1 && bytes > host.swarm().maxIncoming) { // One always fits.
      fabric.overflows(host, loop, bytes, host.swarm().maxIncoming);
    }
    if (node != null && !receiving.hasHeartbeat() && !receiving.hasGrant()) {
      bounds.heard(node, receiving.getGroup());
    }
  }

  /* What the node asks of its world. */

  @Override
  public Clock clock() {
    return host.clock();
  }

  @Override
  public RunLoop loop(String name) {
    SplittableRandom own = draws.of("loop " + name, number);
    Swarm swarm = host.swarm();
    long typical = name.contains("log") ? swarm.diskNanos : swarm.hopNanos;
    boolean isSlow = name.contains("apply") && swarm.has(Fault.SLOW_MACHINES);
    return new SimLoop(
        this,
        name,
        () -> {
          if (isSlow && own.nextInt(24) == 0 && !fabric.weather().isCalm()) {
            fabric.figures().count("machines that took their time");
            return 1 + own.nextLong(swarm.slowNanos);
          }
          // Mostly about the typical time, now and then twenty times it.
          long most = own.nextInt(64) == 0 ? 20 * typical : typical;
          return 1 + own.nextLong(most);
        });
  }

  @Override
  public Disk disk() {
    return host.disk();
  }

  @Override
  public int segmentBytes() {
    return host.swarm().segmentBytes;
  }

  @Override
  public Network network(
      byte[] dataId, int bootCount, Admission admission, Network.Receiver receiver) {
    boot = bootCount;
    network =
        new SimNetwork(
            fabric,
            this,
            host.member(),
            dataId,
            bootCount,
            host.swarm().retryNanos,
            admission,
            receiver);
    fabric.listen(network);
    return network;
  }

  @Override
  public byte[] freshDataId() {
    byte[] id = new byte[16];
    SplittableRandom random = draws.of("data id", number);
    for (int i = 0; i < id.length; i++) {
      id[i] = (byte) random.nextInt();
    }
    return id;
  }

  @Override
  public long seed() {
    return draws.of("seed of a node", number).nextLong();
  }
}
