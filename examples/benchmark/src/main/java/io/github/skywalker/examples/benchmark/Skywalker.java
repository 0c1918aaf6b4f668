package io.github.skywalker.examples.benchmark;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The library: three nodes on loopback, in this JVM or in one each. */
final class Skywalker implements SystemUnderTest {

  private static final int NODES = 3;

  @Override
  public String name() {
    return "skywalker";
  }

  @Override
  public List<Seat> start(Workload work, Path directory) throws IOException {
    List<Member> members = members();
    List<Seat> seats = new ArrayList<>();
    try {
      for (Member self : members) {
        Path own = directory.resolve("node-" + self.nodeId());
        seats.add(
            work.mode() == Workload.Mode.ONE_JVM
                ? new NodeSeat(self, members, work, own)
                : RemoteSeat.start(self, members, work, own));
      }
      return seats;
    } catch (IOException | RuntimeException failed) {
      Seats.close(seats);
      throw failed;
    }
  }

  /** Three addresses that are free now. */
  static List<Member> members() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    List<ServerSocket> held = new ArrayList<>();
    List<Member> members = new ArrayList<>();
    try {
      for (int id = 1; id <= NODES; id++) {
        ServerSocket socket = new ServerSocket(0, 1, loopback);
        held.add(socket);
        members.add(new Member(id, loopback.getHostAddress(), socket.getLocalPort()));
      }
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
    return members;
  }
}
