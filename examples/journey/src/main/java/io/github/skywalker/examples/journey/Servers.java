package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.skywalker.api.Member;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The servers of a cluster as the shell knows them: those that it was told, and those that these
 * have named. Holds a connection to each that it has talked to. For one thread.
 */
final class Servers implements AutoCloseable {

  private static final int CONNECT_MILLIS = 2000;
  private static final int INSPECT_MILLIS = 5000;

  /** How a command is sent to one server. */
  interface Link extends AutoCloseable {

    /**
     * Sends a command and waits for its answer. After an exception the link is of no more use.
     *
     * @param words its name and arguments
     * @param timeoutMillis how long to wait for each part of the answer
     */
    Answer call(List<byte[]> words, int timeoutMillis) throws IOException;

    @Override
    void close();
  }

  /** How a server is connected to. */
  interface Connector {
    Link connect(InetSocketAddress address, int timeoutMillis) throws IOException;
  }

  private final Connector connector;
  private final Set<InetSocketAddress> known;
  private final Map<InetSocketAddress, Link> links = new HashMap<>();
  private final Map<Integer, InetSocketAddress> byNodeId = new HashMap<>();
  private final Map<InetSocketAddress, String> troubles = new LinkedHashMap<>();

  Servers(List<InetSocketAddress> told, Connector connector) {
    this.known = new LinkedHashSet<>(told);
    this.connector = connector;
  }

  /** All servers, those that were told first. */
  List<InetSocketAddress> all() {
    return List.copyOf(known);
  }

  /** Where a node listens for clients; asks those that have not said who they are. */
  Optional<InetSocketAddress> find(long nodeId) {
    for (InetSocketAddress address : all()) {
      if (byNodeId.containsKey((int) nodeId)) {
        break;
      }
      if (!links.containsKey(address)) {
        tryLink(address);
      }
    }
    return Optional.ofNullable(byNodeId.get((int) nodeId));
  }

  private void tryLink(InetSocketAddress address) {
    try {
      link(address);
    } catch (IOException notThere) {
      // Noted among the troubles.
    }
  }

  /**
   * The connection to a server. One that was idle is tried first: nothing is sent into one that
   * broke meanwhile, where nobody could say what became of it. A new one also tells who the server
   * is, and who the others are.
   */
  Link link(InetSocketAddress address) throws IOException {
    Link held = links.get(address);
    if (held != null) {
      try {
        held.call(List.of("PING".getBytes(UTF_8)), INSPECT_MILLIS);
        return held;
      } catch (IOException broken) {
        failed(address, broken);
      }
    }
    try {
      Link link = connector.connect(address, CONNECT_MILLIS);
      links.put(address, link);
      meet(address);
      troubles.remove(address);
      return link;
    } catch (IOException failure) {
      failed(address, failure);
      throw failure;
    }
  }

  private void meet(InetSocketAddress address) throws IOException {
    List<Fields> self = inspect(address, "NODE");
    if (self.isEmpty()) {
      throw new IOException("this is no server of journey");
    }
    self.get(0).number("node").ifPresent(id -> byNodeId.put(id.intValue(), address));
    known.add(address);
    askForOthers(address);
  }

  private void askForOthers(InetSocketAddress address) throws IOException {
    for (Fields group : inspect(address, "MEMBERS")) {
      group.all("member").forEach(this::guess);
      group.all("follower").forEach(this::guess);
    }
  }

  /** Asks all that are there for those that have come since. */
  void lookAround() {
    for (InetSocketAddress address : all()) {
      try {
        askForOthers(address);
      } catch (IOException notThere) {
        // Noted among the troubles.
      }
    }
  }

  /** A member's client port is not known to the others; but it is where it is by default. */
  private void guess(String member) {
    Member parsed = Member.parse(member);
    int port = parsed.port() + Addresses.CLIENT_PORT_ABOVE;
    if (!byNodeId.containsKey(parsed.nodeId()) && port < 1 << 16) {
      known.add(InetSocketAddress.createUnresolved(parsed.host(), port));
    }
  }

  /** Asks a server for the lines of a JOURNEY command. */
  List<Fields> inspect(InetSocketAddress address, String what) throws IOException {
    return inspect(address, what, INSPECT_MILLIS);
  }

  /** The same, for a command that takes its time. */
  List<Fields> inspect(InetSocketAddress address, String what, int millis) throws IOException {
    try {
      Answer answer =
          link(address).call(List.of("JOURNEY".getBytes(UTF_8), what.getBytes(UTF_8)), millis);
      return Answer.lines(answer);
    } catch (IOException failure) {
      failed(address, failure);
      throw failure;
    } catch (IllegalArgumentException unreadable) {
      IOException failure = new IOException("this is no server of journey", unreadable);
      failed(address, failure);
      throw failure;
    }
  }

  /** Forgets a connection that failed; the next command makes a new one. */
  void failed(InetSocketAddress address, IOException failure) {
    troubles.put(address, String.valueOf(failure.getMessage()));
    Link broken = links.remove(address);
    if (broken != null) {
      broken.close();
    }
  }

  /** Whether there is a connection to any of them. */
  boolean isAnyThere() {
    return !links.isEmpty();
  }

  /** A sentence on each server that was of no help. */
  String troubles() {
    List<String> sentences = new ArrayList<>();
    troubles.forEach((address, trouble) -> sentences.add(Addresses.show(address) + ": " + trouble));
    return String.join("; ", sentences);
  }

  @Override
  public void close() {
    links.values().forEach(Link::close);
    links.clear();
  }
}
