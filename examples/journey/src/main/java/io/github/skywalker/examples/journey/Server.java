package io.github.skywalker.examples.journey;

import com.google.common.io.Closer;
import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node of the store: its databases, the Paxos node that feeds them, and the client port. */
final class Server implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Server.class);

  /** Closes what was opened, the last first. */
  private final Closer closer;

  private final ClientPort clients;

  private Server(Closer closer, ClientPort clients) {
    this.closer = closer;
    this.clients = clients;
  }

  /** How a node is started. */
  interface NodeStarter {
    Node start(NodeOptions options) throws IOException;
  }

  /**
   * Starts a server. It listens when this returns; whether its groups have a master yet is another
   * matter.
   *
   * @throws IOException if a file or a port cannot be used; nothing stays open then
   */
  static Server start(ServerOptions options, NodeStarter starter) throws IOException {
    Closer closer = Closer.create();
    try {
      Path directory = options.data().resolve("journey");
      DataLock lock = DataLock.take(directory);
      closer.register(lock::close);
      Engine engine = Engine.best();
      List<Database> databases = new ArrayList<>();
      for (int group = 0; group < options.groups(); group++) {
        Database database = Database.open(directory.resolve(Integer.toString(group)), engine);
        closer.register(database::close);
        databases.add(database);
      }
      Node node = starter.start(nodeOptions(options, databases));
      return new Server(closer, openPort(closer, node, databases, options));
    } catch (IOException | RuntimeException failure) {
      closer.close();
      throw failure;
    }
  }

  /** The node is closed before the port, so that the port can pass on its last answers. */
  private static ClientPort openPort(
      Closer closer, Node node, List<Database> databases, ServerOptions options)
      throws IOException {
    ClientPort clients;
    try {
      ClientTls tls = options.tls() == null ? null : ClientTls.start(options.tls());
      if (tls != null) {
        closer.register(tls::close);
      }
      clients = ClientPort.open(options.clientAddress(), new Commands(node, databases), tls);
    } catch (IOException | RuntimeException failure) {
      node.close();
      throw failure;
    }
    closer.register(clients::close);
    closer.register(node::close);
    return clients;
  }

  private static NodeOptions nodeOptions(ServerOptions options, List<Database> databases) {
    NodeOptions.Builder builder =
        NodeOptions.builder()
            .self(options.self())
            .dataDirectory(options.data().resolve("paxos"))
            .clusterName(options.clusterName())
            .lease(options.lease());
    if (options.tls() != null) {
      builder.tls(options.tls());
    }
    for (int group = 0; group < databases.size(); group++) {
      GroupOptions.Builder each =
          GroupOptions.builder(group)
              .machine(databases.get(group))
              .maxProposalBytes(Limits.PROPOSAL_BYTES)
              .checkpointInstances(options.keeping().checkpointInstances())
              .keptInstances(options.keeping().keptInstances())
              .onHalt((halted, reason) -> log.error("Group {} has halted: {}", halted, reason));
      if (options.followed().isEmpty()) {
        each.membership(Membership.founding(options.members()));
      } else {
        each.follow(options.followed());
      }
      builder.group(each.build());
    }
    return builder.build();
  }

  InetSocketAddress clientAddress() {
    return clients.address();
  }

  /** Takes no more clients, answers those that wait, and closes all. A second call does nothing. */
  @Override
  public void close() throws IOException {
    clients.stopListening();
    closer.close();
  }
}
