package io.github.skywalker.examples.journey;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.TlsOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one server of a cluster is told.
 *
 * @param self this node, one of the members unless it follows
 * @param members all nodes that founded the cluster; empty on a node that comes later
 * @param followed whom a node that comes later asks first; empty on founders
 * @param data the directory of this node alone: {@code paxos} in it belongs to the library, and
 *     {@code journey} to the databases
 * @param groups how many groups the keys are spread over; the same on all nodes, and for good
 * @param clientPort where it listens for clients, on the host of {@code self}
 * @param lease how long a master that is not heard of keeps its place
 * @param keeping how much of the log stays
 * @param tls with what both of its ports are secured; null for not at all
 */
record ServerOptions(
    Member self,
    List<Member> members,
    List<Member> followed,
    Path data,
    int groups,
    int clientPort,
    Duration lease,
    Keeping keeping,
    @Nullable TlsOptions tls) {

  /**
   * When checkpoints are taken, and how much of the log stays behind them.
   *
   * @param checkpointInstances after how many instances one is taken
   * @param keptInstances how many below the newest stay in the log, for others to learn from
   */
  record Keeping(long checkpointInstances, long keptInstances) {
    static final Keeping DEFAULT = new Keeping(100_000, 10_000);
  }

  /** The most groups that a server hosts. */
  static final int MOST_GROUPS = 1024;

  /** Says what is wrong with the options, in the words of the command line. */
  ServerOptions {
    if (groups < 1 || groups > MOST_GROUPS) {
      throw new IllegalArgumentException(
          "--groups must be between 1 and " + MOST_GROUPS + "; got " + groups);
    }
    if (clientPort < 1 || clientPort > 65_535) {
      throw new IllegalArgumentException(
          "--client-port must be between 1 and 65535; got " + clientPort);
    }
  }

  /** The options of a server as they stand on the command line. */
  static ServerOptions of(
      int id, List<String> members, Path data, int groups, int clientPort, Duration lease) {
    List<Member> parsed = new ArrayList<>();
    members.forEach(member -> parsed.add(Member.parse(member)));
    Member self =
        Membership.founding(parsed)
            .find(id)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "--id " + id + " is none of --members " + String.join(",", members)));
    int port = port(self, clientPort);
    return new ServerOptions(
        self, List.copyOf(parsed), List.of(), data, groups, port, lease, Keeping.DEFAULT, null);
  }

  /** The options of a server that comes later: it follows, until it is made a member. */
  static ServerOptions following(
      Member self, List<String> nodes, Path data, int groups, int clientPort, Duration lease) {
    List<Member> followed = nodes.stream().map(Member::parse).toList();
    int port = port(self, clientPort);
    return new ServerOptions(
        self, List.of(), followed, data, groups, port, lease, Keeping.DEFAULT, null);
  }

  private static int port(Member self, int clientPort) {
    return clientPort == 0 ? self.port() + Addresses.CLIENT_PORT_ABOVE : clientPort;
  }

  /** The same, with TLS. */
  ServerOptions withTls(@Nullable TlsOptions files) {
    return new ServerOptions(
        self, members, followed, data, groups, clientPort, lease, keeping, files);
  }

  /** The same, with other limits for the log. */
  ServerOptions withKeeping(Keeping limits) {
    return new ServerOptions(self, members, followed, data, groups, clientPort, lease, limits, tls);
  }

  InetSocketAddress clientAddress() {
    return new InetSocketAddress(self.host(), clientPort);
  }

  /**
   * The number of groups is part of the cluster's name: nodes that would look for a key in
   * different groups refuse each other, and a data directory refuses another number than it was
   * made for.
   */
  String clusterName() {
    return "journey-" + groups + "-groups";
  }
}
