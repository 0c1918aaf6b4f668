package io.github.skywalker.network;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.network.Network.Lane;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.util.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** A network with a receiver and an observer that write everything down. */
final class TestNode implements Network.Receiver, NodeObserver, AutoCloseable {

  record Received(int node, int boot, Envelope message) {}

  /** How long a test may wait for a handshake or a stall. */
  static final Timeouts TIMEOUTS = new Timeouts(2_000, 5_000, 10_000, 5_000);

  final Member self;
  final Queue<Received> received = new ConcurrentLinkedQueue<>();
  final List<String> news = new CopyOnWriteArrayList<>();
  final Map<String, LongAdder> dropped = new ConcurrentHashMap<>();
  final Map<String, LongAdder> refused = new ConcurrentHashMap<>();
  final Map<Integer, Integer> connected = new ConcurrentHashMap<>();
  final NettyNetwork network;
  private final SocketLoop loop;

  private TestNode(Setup setup) {
    this.self = setup.self;
    this.loop = new SocketLoop("skywalker-network-" + self.nodeId(), Clock.SYSTEM);
    NodeOptions.Builder options =
        NodeOptions.builder()
            .self(setup.self)
            .dataDirectory(Path.of("nowhere"))
            .clusterName(Messages.CLUSTER)
            .reconnectPeriod(Duration.ofMillis(10))
            .observer(this);
    setup.tune.accept(options);
    try {
      network =
          NettyNetwork.start(
              loop,
              options.build(),
              Messages.dataId(self.nodeId()),
              setup.boot,
              setup.admission,
              this,
              setup.timeouts);
    } catch (IOException failure) {
      loop.close();
      throw new UncheckedIOException(failure);
    }
  }

  static TestNode start(int id) {
    return new Setup(id).start();
  }

  /** What a test may want otherwise. */
  static final class Setup {
    private final Member self;
    private int boot = 1;
    private Timeouts timeouts = TIMEOUTS;
    private Admission admission = (node, data) -> CompletableFuture.completedFuture(true);
    private Consumer<NodeOptions.Builder> tune = options -> {};

    Setup(int id) {
      this(new Member(id, "127.0.0.1", Ports.free()));
    }

    Setup(Member self) {
      this.self = self;
    }

    Setup boot(int count) {
      this.boot = count;
      return this;
    }

    Setup timeouts(Timeouts limits) {
      this.timeouts = limits;
      return this;
    }

    Setup admission(Admission who) {
      this.admission = who;
      return this;
    }

    Setup options(Consumer<NodeOptions.Builder> change) {
      this.tune = change;
      return this;
    }

    TestNode start() {
      return new TestNode(this);
    }
  }

  /** Lets two nodes know each other, and waits until both can be heard. */
  static void join(TestNode a, TestNode b) {
    a.network.know(b.self);
    b.network.know(a.self);
    a.awaitConnected(b.self.nodeId());
    b.awaitConnected(a.self.nodeId());
  }

  void awaitConnected(int node) {
    Await.until(self + " is connected to " + node, () -> connected.containsKey(node));
  }

  void awaitReceived(int count) {
    Await.until(self + " has received " + count, () -> received.size() >= count);
  }

  void awaitRefused(String reason) {
    Await.until(
        self + " has refused: " + reason + "; it has " + refused, () -> refusals(reason) > 0);
  }

  long refusals(String reason) {
    return refused.entrySet().stream()
        .filter(entry -> entry.getKey().contains(reason))
        .mapToLong(entry -> entry.getValue().sum())
        .sum();
  }

  long drops(String reason) {
    return dropped.getOrDefault(reason, new LongAdder()).sum();
  }

  /** Runs something on the loop of the network. */
  void onLoop(Runnable task) {
    loop.execute(task);
  }

  void send(TestNode to, Envelope message) {
    network.send(to.self.nodeId(), Lane.PROMPT, message);
  }

  @Override
  public void received(int node, int boot, Envelope message) {
    received.add(new Received(node, boot, message));
  }

  @Override
  public void connected(Member peer, int boot) {
    news.add("connected " + peer + " boot " + boot);
    connected.put(peer.nodeId(), boot);
  }

  @Override
  public void disconnected(int node) {
    news.add("disconnected " + node);
    connected.remove(node);
  }

  @Override
  public void dropped(int toNode, String reason) {
    dropped.computeIfAbsent(reason, none -> new LongAdder()).increment();
  }

  @Override
  public void refused(String peer, String reason) {
    refused.computeIfAbsent(peer + ": " + reason, none -> new LongAdder()).increment();
  }

  @Override
  public void close() {
    network.close();
    loop.close();
  }
}
