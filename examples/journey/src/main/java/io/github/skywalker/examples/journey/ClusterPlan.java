package io.github.skywalker.examples.journey;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Properties;

/**
 * What a cluster on this machine consists of. It is noted in the directory of its data when the
 * cluster is founded, and the same ever after.
 *
 * @param data the directory of all its data
 * @param nodes how many nodes there are, from node 1 up
 * @param groups how many groups the keys are spread over
 * @param basePort the port of node 1 for the other nodes; node 2 has the next one, and so on
 */
record ClusterPlan(Path data, int nodes, int groups, int basePort) {

  static final int NODES = 3;
  static final int GROUPS = 3;
  static final int BASE_PORT = 7001;

  private static final int MOST_NODES = 99;
  private static final String HOST = "127.0.0.1";

  /** Says what is wrong with it, in the words of the command line. */
  ClusterPlan {
    require("--nodes", nodes, 1, MOST_NODES);
    require("--groups", groups, 1, ServerOptions.MOST_GROUPS);
    // So that no client port is a port for the other nodes, or too large.
    require("--base-port", basePort, 1, 65_535 - Addresses.CLIENT_PORT_ABOVE - MOST_NODES);
  }

  private static void require(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          option + " must be between " + least + " and " + most + "; got " + value);
    }
  }

  /**
   * The plan of a directory: the one that is noted there, or a new one.
   *
   * @param nodes what was asked for; empty for what is noted, or else the default
   * @throws IllegalArgumentException if something else was asked for than is noted
   */
  static ClusterPlan of(Path data, OptionalInt nodes, OptionalInt groups, OptionalInt basePort)
      throws IOException {
    Path file = data.resolve("cluster.properties");
    if (!Files.exists(file)) {
      ClusterPlan founded =
          new ClusterPlan(
              data, nodes.orElse(NODES), groups.orElse(GROUPS), basePort.orElse(BASE_PORT));
      founded.note(file);
      return founded;
    }
    Properties noted = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      noted.load(in);
    }
    return new ClusterPlan(
        data,
        same(file, noted, "nodes", nodes),
        same(file, noted, "groups", groups),
        same(file, noted, "base-port", basePort));
  }

  private static int same(Path file, Properties noted, String name, OptionalInt asked) {
    int value;
    try {
      value = Integer.parseInt(noted.getProperty(name, "").trim());
    } catch (NumberFormatException unreadable) {
      throw new IllegalArgumentException(
          file
              + " has no number for "
              + name
              + ". Mend it, or choose another directory with"
              + " --data.",
          unreadable);
    }
    if (asked.orElse(value) != value) {
      throw new IllegalArgumentException(
          "The cluster in "
              + file.getParent()
              + " was founded with --"
              + name
              + " "
              + value
              + "; got "
              + asked.getAsInt()
              + ". Leave the option out, or choose another directory with --data.");
    }
    return value;
  }

  private void note(Path file) throws IOException {
    Files.createDirectories(data);
    Properties noted = new Properties();
    noted.setProperty("nodes", Integer.toString(nodes));
    noted.setProperty("groups", Integer.toString(groups));
    noted.setProperty("base-port", Integer.toString(basePort));
    try (OutputStream out = Files.newOutputStream(file)) {
      noted.store(out, "What this cluster was founded with. Do not change it.");
    }
  }

  /** The directory of one node's data. */
  Path dataOf(int node) {
    return data.resolve("node-" + node);
  }

  /** Where the output of one node goes. */
  Path logOf(int node) {
    return data.resolve("node-" + node + ".log");
  }

  InetSocketAddress clientAddressOf(int node) {
    return InetSocketAddress.createUnresolved(
        HOST, basePort + node - 1 + Addresses.CLIENT_PORT_ABOVE);
  }

  List<InetSocketAddress> clientAddresses() {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (int node = 1; node <= nodes; node++) {
      addresses.add(clientAddressOf(node));
    }
    return addresses;
  }

  /** The words behind {@code journey} that start one node. */
  List<String> serverWords(int node) {
    List<String> members = new ArrayList<>();
    for (int other = 1; other <= nodes; other++) {
      members.add(other + "=" + HOST + ":" + (basePort + other - 1));
    }
    return List.of(
        "server",
        "--id",
        Integer.toString(node),
        "--members",
        String.join(",", members),
        "--data",
        dataOf(node).toString(),
        "--groups",
        Integer.toString(groups));
  }
}
