package io.github.skywalker.examples.benchmark;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.rpc.RaftRpcServerFactory;
import com.alipay.sofa.jraft.rpc.RpcServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * SOFAJRaft with its defaults: a log in RocksDB, synced; all three replicas of each group in this
 * JVM, one server for each replica, shared by the groups.
 */
final class JRaftSystem implements SystemUnderTest {

  private static final int REPLICAS = 3;

  @Override
  public String name() {
    return "sofajraft";
  }

  @Override
  public List<Seat> start(Workload work, Path directory) throws IOException {
    List<PeerId> peers = peers();
    List<RpcServer> servers = new ArrayList<>();
    for (PeerId peer : peers) {
      RpcServer server = RaftRpcServerFactory.createRaftRpcServer(peer.getEndpoint());
      if (!server.init(null)) {
        throw new IOException("SOFAJRaft cannot listen at " + peer);
      }
      servers.add(server);
    }
    List<JRaftGroup> groups = new ArrayList<>();
    for (int group = 0; group < work.groups(); group++) {
      groups.add(new JRaftGroup(group, peers, new Configuration(peers), servers, directory));
    }
    return List.of(new JRaftSeat(groups, servers));
  }

  /** Addresses that are free now. */
  private static List<PeerId> peers() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    List<ServerSocket> held = new ArrayList<>();
    List<PeerId> peers = new ArrayList<>();
    for (int i = 0; i < REPLICAS; i++) {
      ServerSocket socket = new ServerSocket(0, 1, loopback);
      held.add(socket);
      peers.add(new PeerId(loopback.getHostAddress(), socket.getLocalPort()));
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return peers;
  }
}
