package io.github.skywalker.paxos;

import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.network.Admission;
import io.github.skywalker.network.NettyNetwork;
import io.github.skywalker.network.Network;
import io.github.skywalker.network.SocketLoop;
import io.github.skywalker.storage.Disk;
import io.github.skywalker.storage.FileDisk;
import io.github.skywalker.storage.LevelDbIndex;
import io.github.skywalker.storage.SegmentIndex;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.Crew;
import io.github.skywalker.util.RunLoop;
import io.github.skywalker.util.TaskLoop;
import io.github.skywalker.util.ThreadLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;

/** The world of production: the clock, threads, file system and network of this machine. */
final class Machine implements World {

  private static final int DATA_ID_BYTES = 16;

  private final SecureRandom random = new SecureRandom();
  private final Disk disk = new FileDisk();

  @Override
  public Clock clock() {
    return Clock.SYSTEM;
  }

  @Override
  public RunLoop loop(String name) {
    return new ThreadLoop(name, Clock.SYSTEM);
  }

  @Override
  public List<TaskLoop> team(String owner, List<String> roles) {
    return Crew.start(owner + "-machines", roles.size());
  }

  @Override
  public RunLoop networkLoop(String name) {
    return new SocketLoop(name, Clock.SYSTEM);
  }

  @Override
  public Disk disk() {
    return disk;
  }

  @Override
  public SegmentIndex index(Path directory, long reserveBytes) throws IOException {
    return LevelDbIndex.open(directory, reserveBytes);
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
    return NettyNetwork.start((SocketLoop) loop, options, dataId, boot, admission, receiver);
  }

  @Override
  public byte[] freshDataId() {
    byte[] id = new byte[DATA_ID_BYTES];
    random.nextBytes(id);
    return id;
  }

  @Override
  public long seed() {
    return random.nextLong();
  }
}
