package io.github.skywalker.examples.torture;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.Random;

/**
 * Where everybody listens. All nodes have the same name for each node; but what address that is
 * depends on who asks, so that every pair of nodes meets on a way of its own.
 *
 * @param port at which nodes listen for each other
 * @param clientPort at which nodes listen for clients
 */
record Addresses(int port, int clientPort) {

  /** The most nodes there can be. */
  static final int MOST_NODES = 250;

  /** Below those that the system gives to whoever does not care. */
  private static final int LOWEST_PORT = 15_000;

  private static final int PORTS = 15_000;

  /** Two ports that nobody uses now. */
  static Addresses find() throws IOException {
    Random random = new Random();
    while (true) {
      int port = LOWEST_PORT + random.nextInt(PORTS / 2) * 2;
      if (isFree(port) && isFree(port + 1)) {
        return new Addresses(port, port + 1);
      }
    }
  }

  private static boolean isFree(int port) throws UnknownHostException {
    // On all addresses: so that no other run of this program has it on others than the first.
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName("0.0.0.0"), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  /** A node as all of them know it. */
  Member member(int node) {
    return new Member(node, name(node), port);
  }

  private static String name(int node) {
    return "node" + node;
  }

  /** Where a node listens for the others. */
  InetSocketAddress node(int node) {
    return way(node, node);
  }

  /** Where one node looks for another. */
  InetSocketAddress way(int from, int to) {
    return new InetSocketAddress(host(from, to), port);
  }

  /** Where a node listens for clients. */
  InetSocketAddress clients(int node) {
    return new InetSocketAddress(host(node, node), clientPort);
  }

  private static String host(int from, int to) {
    return "127.0." + from + "." + to;
  }

  /** The names as one node is to know them, in the form of {@code /etc/hosts}. */
  static String hosts(int node) {
    StringBuilder lines = new StringBuilder();
    for (int other = 1; other <= MOST_NODES; other++) {
      lines.append(host(node, other)).append(' ').append(name(other)).append('\n');
    }
    return lines.toString();
  }
}
