package io.github.skywalker.paxos;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.network.Admission;
import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.storage.CrashDisk.Faults;
import io.github.skywalker.storage.CrashDisk.Operation;
import io.github.skywalker.storage.Disk;
import io.github.skywalker.storage.SegmentIndex;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The world of production, with a hand on its disk: what is about to be done there can be held up
 * or made to fail; and with an eye on the votes that leave.
 */
final class HookedWorld implements World {

  private final Machine machine = new Machine();

  /** For each group, the highest instance for which a vote has left; 0 if only promises have. */
  private final Map<Integer, Long> voted = new ConcurrentHashMap<>();

  /** For each group, the vote that has left last. */
  private final Map<Integer, Envelope> votes = new ConcurrentHashMap<>();

  private final Map<String, RunLoop> loops = new ConcurrentHashMap<>();

  /** By how much the node's clock is ahead of that of the machine. */
  private final AtomicLong aheadNanos = new AtomicLong();

  /** Asked before each operation on a file; what it answers is thrown. */
  volatile Faults faults = (operation, file) -> null;

  /** Whether the disk says that it is full. */
  volatile boolean full;

  /** The highest instance of group 0 for which a vote has left. */
  long voted() {
    return voted.getOrDefault(0, 0L);
  }

  /** Whether a vote of a group has left. */
  boolean hasVoted(int group) {
    return voted.containsKey(group);
  }

  /** Lets so much time pass at once, by the node's clock. */
  void moveClock(Duration by) {
    aheadNanos.addAndGet(by.toNanos());
  }

  /** The ballot of the vote in a group that has left last, once there is one. */
  Ballot ballotOfVote(int group) throws Exception {
    TestCluster.await(() -> votes.containsKey(group));
    return ((Message.Accepted) Wire.read(votes.get(group))).ballot();
  }

  /** A loop of the node that stands on this, by its name. */
  RunLoop loopNamed(String name) {
    return Objects.requireNonNull(loops.get(name), name);
  }

  @Override
  public Clock clock() {
    return () -> machine.clock().nanos() + aheadNanos.get();
  }

  @Override
  public RunLoop loop(String name) {
    return named(name, machine.loop(name));
  }

  @Override
  public RunLoop networkLoop(String name) {
    return named(name, machine.networkLoop(name));
  }

  private RunLoop named(String name, RunLoop real) {
    RunLoop loop = new HookedLoop(real);
    loops.put(name, loop);
    return loop;
  }

  @Override
  public Disk disk() {
    return new HookedDisk(machine.disk());
  }

  @Override
  public SegmentIndex index(Path directory, long reserveBytes) throws IOException {
    return machine.index(directory, reserveBytes);
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
    Network network =
        machine.network(((HookedLoop) loop).loop, options, dataId, boot, admission, receiver);
    return new Network() {
      @Override
      public void send(int node, Lane lane, Envelope message) {
        if (message.hasAccepted()) {
          voted.merge(message.getGroup(), message.getAccepted().getInstance(), Math::max);
          votes.put(message.getGroup(), message);
        } else if (message.hasPromise()) {
          voted.putIfAbsent(message.getGroup(), 0L);
        }
        network.send(node, lane, message);
      }

      @Override
      public void know(Member peer) {
        network.know(peer);
      }

      @Override
      public void forget(int node) {
        network.forget(node);
      }

      @Override
      public void close() {
        network.close();
      }
    };
  }

  @Override
  public byte[] freshDataId() {
    return machine.freshDataId();
  }

  @Override
  public long seed() {
    return machine.seed();
  }

  private void ask(Operation operation, Path file) throws IOException {
    IOException fault = faults.at(operation, file);
    if (fault != null) {
      throw fault;
    }
  }

  /** Its timers are set by the node's clock. */
  private final class HookedLoop implements RunLoop {
    private final RunLoop loop;

    HookedLoop(RunLoop loop) {
      this.loop = loop;
    }

    @Override
    public void execute(Runnable task) {
      loop.execute(task);
    }

    @Override
    public Timer at(long nanos, Runnable task) {
      return loop.at(nanos - aheadNanos.get(), task);
    }

    @Override
    public boolean inLoop() {
      return loop.inLoop();
    }

    @Override
    public void close() {
      loop.close();
    }
  }

  private final class HookedDisk implements Disk {
    private final Disk disk;

    HookedDisk(Disk disk) {
      this.disk = disk;
    }

    @Override
    public DiskFile open(Path file) throws IOException {
      ask(Operation.OPEN, file);
      return new HookedFile(file, disk.open(file));
    }

    @Override
    public boolean exists(Path path) throws IOException {
      return disk.exists(path);
    }

    @Override
    public Kind kind(Path path) throws IOException {
      return disk.kind(path);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
      return disk.list(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
      ask(Operation.NAME, directory);
      disk.createDirectories(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      ask(Operation.NAME, from);
      disk.rename(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
      ask(Operation.NAME, file);
      disk.delete(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
      ask(Operation.SYNC_DIRECTORY, directory);
      disk.syncDirectory(directory);
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
      return full ? 0 : disk.usableBytes(directory);
    }

    @Override
    public Closeable lock(Path file) throws IOException {
      return disk.lock(file);
    }
  }

  private final class HookedFile implements Disk.DiskFile {
    private final Path path;
    private final Disk.DiskFile file;

    HookedFile(Path path, Disk.DiskFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      ask(Operation.READ, path);
      return file.read(into, position);
    }

    @Override
    public void write(ByteBuffer from, long position) throws IOException {
      ask(Operation.WRITE, path);
      file.write(from, position);
    }

    @Override
    public void force() throws IOException {
      ask(Operation.FORCE, path);
      file.force();
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
