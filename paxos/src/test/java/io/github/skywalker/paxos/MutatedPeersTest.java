package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.Execution;
import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.StateMachine;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupImage;
import io.github.skywalker.machine.Value;
import io.github.skywalker.network.Admission;
import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.core.Heartbeats;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.proto.CheckpointGone;
import io.github.skywalker.proto.CheckpointName;
import io.github.skywalker.proto.CheckpointOffer;
import io.github.skywalker.proto.ClusterNews;
import io.github.skywalker.proto.ClusterWanted;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Piece;
import io.github.skywalker.proto.PieceWanted;
import io.github.skywalker.storage.CheckpointManifest;
import io.github.skywalker.storage.CrashDisk;
import io.github.skywalker.storage.Disk;
import io.github.skywalker.storage.MemoryIndex;
import io.github.skywalker.storage.SegmentIndex;
import io.github.skywalker.storage.StepLoop;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.Mutator;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/**
 * Whatever a peer says to a node, and in whichever order: no task of any loop fails. All loops of
 * the node are one, which the test moves.
 */
final class MutatedPeersTest {

  private static final int GROUP = 1;
  private static final int MESSAGES_OF_A_LIFE = 100;
  private static final long OFFERED = 1_000;

  /** What was said is refused, as it should be. */
  private static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void noTaskOfANodeFailsWhateverAPeerSays() throws Exception {
    CrashDisk disk = aMemberThatHasCleanedItsLog();
    byte[][] good = good(new Life(disk));
    Life[] life = {new Life(disk)};
    int[] said = {0};
    int[] installed = {0};
    new Mutator(6, good)
        .check(
            RefusedException.class,
            input -> {
              Envelope message;
              try {
                message = Envelope.parseFrom(input);
              } catch (InvalidProtocolBufferException malformed) {
                throw new RefusedException();
              }
              if (++said[0] % MESSAGES_OF_A_LIFE == 0 || life[0].isHalted()) {
                installed[0] += life[0].installed;
                life[0] = new Life(disk);
              }
              boolean taken = life[0].takes(2, message);
              // Another peer says what is good, so that what takes several of them comes about.
              life[0].takes(1, Envelope.parseFrom(good[said[0] % good.length]));
              if (!taken) {
                throw new RefusedException();
              }
            });
    assertTrue(installed[0] > 5, () -> installed[0] + " checkpoints were installed");
  }

  /** What is on the disk of a member that has learned a little, and keeps it in a checkpoint. */
  private static CrashDisk aMemberThatHasCleanedItsLog() throws Exception {
    Life life = new Life(new CrashDisk(1));
    List<Value> values = List.of(Value.NOOP, MessageSamples.BATCH, MessageSamples.MASTERSHIP);
    life.takes(2, Wire.write(GROUP, new Message.Learned(1, values, values.size(), null)));
    CompletableFuture<Long> taken = life.node.checkpoint(GROUP);
    life.loop.advance(Life.STEP_NANOS);
    assertEquals(values.size(), taken.getNow(0L));
    assertEquals(0, life.node.report(GROUP).logInstances());
    CompletableFuture<Void> closed = life.node.closeAsync();
    life.loop.advance(Life.STEP_NANOS);
    assertTrue(closed.isDone());
    return life.disk;
  }

  /** Of every kind that there is; what is asked for is there, and what is offered fits. */
  private static byte[][] good(Life life) {
    while (life.canvassed == null) {
      life.loop.advance(Life.STEP_NANOS);
    }
    life.takes(2, Wire.write(GROUP, new Message.Learn(1)));
    CheckpointName kept = life.offered.getName();
    byte[] file = "executed elsewhere".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    byte[] manifest =
        new CheckpointManifest(
                GROUP,
                OFFERED,
                new GroupImage(
                        OFFERED,
                        MessageSamples.FOUNDING,
                        MessageSamples.FOUNDING,
                        null,
                        Ballot.ZERO,
                        new TreeMap<>())
                    .encode(),
                List.of(new CheckpointManifest.Item("machine-1001/executed", 18, crc(file))))
            .encode();
    CheckpointName comes =
        CheckpointName.newBuilder().setInstance(OFFERED).setManifestCrc(crc(manifest)).build();
    List<Envelope.Builder> said = new ArrayList<>();
    said.add(wanted(kept, 0, 0, 1_000));
    said.add(wanted(kept, 0, life.offered.getManifestBytes() - 1, 1_000));
    said.add(wanted(kept, 1, 0, 1_000));
    said.add(wanted(kept, 1, 1, 1));
    said.add(wanted(comes, 1, 0, 1));
    said.add(
        Envelope.newBuilder()
            .setCheckpointOffer(
                CheckpointOffer.newBuilder().setName(comes).setManifestBytes(manifest.length)));
    said.add(piece(comes, 0, 0, manifest));
    said.add(piece(comes, 1, 0, file));
    said.add(Envelope.newBuilder().setCheckpointGone(CheckpointGone.newBuilder().setName(comes)));
    said.add(Envelope.newBuilder().setClusterWanted(ClusterWanted.getDefaultInstance()));
    said.add(
        Envelope.newBuilder()
            .setClusterNews(
                ClusterNews.newBuilder()
                    .setVersion(7)
                    .addMembers(member(2))
                    .addMembers(member(4))
                    .addFollowers(member(5))));
    said.add(
        Wire.write(new Heartbeats.Heartbeat(5, 3, List.of(new Heartbeats.Mark(GROUP, 10, true))))
            .toBuilder());
    said.add(Wire.write(new Heartbeats.Grant(5, 1, 100, MessageSamples.STAMP, 3)).toBuilder());
    List<Message> messages = new ArrayList<>(MessageSamples.all());
    messages.addAll(MessageSamples.in(life.canvassed));
    messages.forEach(each -> said.add(Wire.write(GROUP, each).toBuilder()));
    return said.stream()
        .map(each -> each.setGroup(GROUP).build().toByteArray())
        .toArray(byte[][]::new);
  }

  private static Envelope.Builder wanted(CheckpointName name, int file, long offset, int length) {
    return Envelope.newBuilder()
        .setPieceWanted(
            PieceWanted.newBuilder()
                .setName(name)
                .setFile(file)
                .setOffset(offset)
                .setLength(length));
  }

  private static Envelope.Builder piece(CheckpointName name, int file, long offset, byte[] data) {
    return Envelope.newBuilder()
        .setPiece(
            Piece.newBuilder()
                .setName(name)
                .setFile(file)
                .setOffset(offset)
                .setData(ByteString.copyFrom(data))
                .setCrc(crc(data)));
  }

  private static io.github.skywalker.proto.Member.Builder member(int node) {
    return io.github.skywalker.proto.Member.newBuilder()
        .setNode(node)
        .setHost("node-" + node)
        .setPort(7_000 + node);
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** A node in the hands of the test. */
  private static final class Life implements World {

    private static final int SELF = 3;
    private static final long STEP_NANOS = 20_000_000;

    private final CrashDisk disk;
    private final StepLoop loop = new StepLoop();
    private final PaxosNode node;
    private Network.Receiver receiver;
    private CheckpointOffer offered;
    private Ballot canvassed;
    private int refused;
    private int installed;

    /** Starts with what is on a disk, of which it gets a copy. */
    Life(CrashDisk of) throws IOException {
      disk = of.durableCopy(1);
      node =
          new PaxosNode(
              NodeOptions.builder()
                  .self(new Member(SELF, "127.0.0.1", 7003))
                  .dataDirectory(Path.of("/data"))
                  .diskReserveBytes(0)
                  .observer(
                      new NodeObserver() {
                        @Override
                        public void refused(String peer, String reason) {
                          refused++;
                        }

                        @Override
                        public void checkpointReceived(
                            int group, int from, long instance, long bytes) {
                          installed++;
                        }
                      })
                  .group(
                      GroupOptions.builder(GROUP)
                          .membership(MessageSamples.FOUNDING)
                          .machine(new Counter(disk))
                          .keptInstances(0)
                          .keptCheckpoints(1)
                          .build())
                  .build(),
              this,
              Probe.NONE);
      for (int peer = 1; peer <= 2; peer++) {
        receiver.connected(MessageSamples.FOUNDING.find(peer).orElseThrow(), 1);
      }
    }

    /** Lets a peer say something, and a little time pass; whether it was not refused. */
    boolean takes(int from, Envelope said) {
      int before = refused;
      receiver.received(from, 1, said);
      loop.advance(STEP_NANOS);
      return refused == before;
    }

    /** Where a rule of the protocol is broken, the group halts. */
    boolean isHalted() {
      GroupReport report = node.report(GROUP);
      report
          .haltReason()
          .ifPresent(
              reason -> assertTrue(reason.startsWith("a rule of the protocol is broken"), reason));
      return report.haltReason().isPresent();
    }

    @Override
    public Clock clock() {
      return loop;
    }

    @Override
    public RunLoop loop(String name) {
      return loop;
    }

    @Override
    public RunLoop networkLoop(String name) {
      return loop;
    }

    @Override
    public Disk disk() {
      return disk;
    }

    @Override
    public int segmentBytes(NodeOptions options) {
      return 16 << 10;
    }

    @Override
    public SegmentIndex index(Path directory, long reserveBytes) {
      return new MemoryIndex();
    }

    @Override
    public Network network(
        RunLoop itsLoop,
        NodeOptions options,
        byte[] dataId,
        int boot,
        Admission admission,
        Network.Receiver itsReceiver) {
      receiver = itsReceiver;
      return new Network() {
        @Override
        public void send(int to, Lane lane, Envelope message) {
          if (message.hasCheckpointOffer()) {
            offered = message.getCheckpointOffer();
          } else if (message.hasCanvass()) {
            canvassed = ((Message.Canvass) read(message)).ballot();
          }
        }

        @Override
        public void know(Member peer) {}

        @Override
        public void forget(int forgotten) {}

        @Override
        public void close() {}
      };
    }

    private static Message read(Envelope message) {
      try {
        return Wire.read(message);
      } catch (Wire.MalformedMessageException own) {
        throw new AssertionError(own);
      }
    }

    @Override
    public byte[] freshDataId() {
      return new byte[] {1};
    }

    @Override
    public long seed() {
      return 1;
    }
  }

  /** A machine that keeps its count on the virtual disk. */
  private record Counter(CrashDisk disk) implements StateMachine {

    @Override
    public int machineId() {
      return FIRST_USER_MACHINE_ID;
    }

    @Override
    public Object execute(Execution execution) {
      return execution.copyValue().length;
    }

    @Override
    public Optional<Checkpoint> checkpoint() {
      return Optional.of(
          new Checkpoint() {
            @Override
            public Snapshot capture() {
              return new Snapshot() {
                @Override
                public void writeTo(Path to) throws IOException {
                  try (Disk.DiskFile file = disk.open(to.resolve("executed"))) {
                    file.write(ByteBuffer.wrap(new byte[100]), 0);
                  }
                }

                @Override
                public void close() {}
              };
            }

            @Override
            public void restore(long instance, Path from) throws IOException {
              try (Disk.DiskFile file = disk.open(from.resolve("executed"))) {
                assertTrue(file.size() > 0);
              }
            }
          });
    }
  }
}
