package io.github.skywalker.paxos;

import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.machine.Value;
import io.github.skywalker.network.Admission;
import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.storage.Disk;
import io.github.skywalker.storage.LogRecord;
import io.github.skywalker.storage.MemoryIndex;
import io.github.skywalker.storage.SegmentIndex;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** The production node on surroundings that are played: the one door into its package. */
public final class SimulatedNode {

  /** What the node stands on; see {@link World}. */
  public interface Surroundings {
    Clock clock();

    RunLoop loop(String name);

    Disk disk();

    /** Of the log: smaller than users may choose, so that it goes from segment to segment. */
    int segmentBytes();

    Network network(byte[] dataId, int boot, Admission admission, Network.Receiver receiver)
        throws IOException;

    byte[] freshDataId();

    long seed();
  }

  /** Who watches every step of every group; see {@link Probe}. */
  public interface Watcher {
    void recovered(int group, Replica replica);

    void damaged(int group, String what);

    void stepped(int group, Replica replica, Event event, Ready ready);

    void synced(int group, Ready ready);

    void readAgain(int group, long instance);

    void applied(int group, long instance);

    void restored(int group, long instance);

    void cleaned(int group, long upTo);
  }

  /**
   * What waits in one group.
   *
   * @param heldBytes what values take in memory that were handed over and are not applied
   * @param unappliedBytes of all that was decided and is not applied, held or not
   */
  public record Waiting(
      int proposals, long proposalBytes, int reads, long heldBytes, long unappliedBytes) {}

  private final PaxosNode node;

  private SimulatedNode(PaxosNode node) {
    this.node = node;
  }

  /** Starts the node; all of its recovery happens within the call. */
  public static SimulatedNode start(NodeOptions options, Surroundings under, Watcher watcher)
      throws IOException {
    return new SimulatedNode(new PaxosNode(options, world(under), probe(watcher)));
  }

  /** The node as its users see it. */
  public Node api() {
    return node;
  }

  /** What waits in a group; null if that is not open. */
  public Waiting waiting(int group) {
    Group open = node.group(group);
    if (open == null) {
      return null;
    }
    Proposals proposals = open.proposals();
    return new Waiting(
        proposals.pending(),
        proposals.pendingBytes(),
        open.barriers().pending(),
        open.applier().heldBytes(),
        open.applier().unappliedBytes());
  }

  /** The value that the log holds at an instance; null if none. */
  public Value logged(int group, long instance) throws IOException {
    LogRecord record = node.log().read(group, instance);
    return record == null ? null : Records.readHeld(record).value();
  }

  /** How many bytes wait for the log. */
  public long unwrittenBytes() {
    return node.unwrittenBytes();
  }

  /** Stops it in good order, without waiting. */
  public CompletableFuture<Void> close() {
    return node.closeAsync();
  }

  private static World world(Surroundings under) {
    return new World() {
      @Override
      public Clock clock() {
        return under.clock();
      }

      @Override
      public RunLoop loop(String name) {
        return under.loop(name);
      }

      @Override
      public RunLoop networkLoop(String name) {
        return under.loop(name);
      }

      @Override
      public Disk disk() {
        return under.disk();
      }

      @Override
      public int segmentBytes(NodeOptions options) {
        return under.segmentBytes();
      }

      @Override
      public SegmentIndex index(Path directory, long reserveBytes) {
        return new MemoryIndex();
      }

      @Override
      public Network network(
          RunLoop loop,
          NodeOptions options,
          byte[] dataId,
          int boot,
          Admission admission,
          Network.Receiver receiver)
          throws IOException {
        return under.network(dataId, boot, admission, receiver);
      }

      @Override
      public byte[] freshDataId() {
        return under.freshDataId();
      }

      @Override
      public long seed() {
        return under.seed();
      }
    };
  }

  private static Probe probe(Watcher watcher) {
    return new Probe() {
      @Override
      public void recovered(int group, Replica replica) {
        watcher.recovered(group, replica);
      }

      @Override
      public void damaged(int group, String what) {
        watcher.damaged(group, what);
      }

      @Override
      public void stepped(int group, Replica replica, Event event, Ready ready) {
        watcher.stepped(group, replica, event, ready);
      }

      @Override
      public void synced(int group, Ready ready) {
        watcher.synced(group, ready);
      }

      @Override
      public void readAgain(int group, long instance) {
        watcher.readAgain(group, instance);
      }

      @Override
      public void applied(int group, long instance) {
        watcher.applied(group, instance);
      }

      @Override
      public void restored(int group, long instance) {
        watcher.restored(group, instance);
      }

      @Override
      public void cleaned(int group, long upTo) {
        watcher.cleaned(group, upTo);
      }
    };
  }
}
