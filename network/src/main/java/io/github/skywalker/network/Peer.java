package io.github.skywalker.network;

import io.github.skywalker.api.Member;
import io.github.skywalker.network.Network.Lane;
import io.github.skywalker.network.Network.Receiver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Another node: the links to it, and the connections that it made. Its methods run on the network's
 * thread, except {@link #link}.
 */
final class Peer {

  private static final Logger log = LoggerFactory.getLogger(Peer.class);

  private final Reporter reporter;
  private final Receiver receiver;
  private final Link prompt;
  private final Link bulk;
  private Member member;
  private @Nullable Incoming promptIn;
  private @Nullable Incoming bulkIn;
  private int boot;
  private boolean connected;

  Peer(Member member, Dialler dialler, LinkLimits limits, Reporter reporter, Receiver receiver) {
    this.member = member;
    this.reporter = reporter;
    this.receiver = receiver;
    this.prompt = new Link(this, Lane.PROMPT, dialler, limits);
    this.bulk = new Link(this, Lane.BULK, dialler, limits);
  }

  int nodeId() {
    return member.nodeId();
  }

  /** Where it can be reached, by whoever made it known. */
  Member member() {
    return member;
  }

  Link link(Lane lane) {
    return lane == Lane.BULK ? bulk : prompt;
  }

  /** Makes the first connection to it. */
  void begin() {
    prompt.dialNow();
  }

  /** It is now somewhere else. */
  void move(Member to) {
    if (!to.equals(member)) {
      member = to;
      prompt.move();
      bulk.move();
    }
  }

  /** Whether this boot count is of a life of the node that is known to be over. */
  boolean isStale(int ofBoot) {
    return ofBoot < boot;
  }

  /** It has connected: this replaces what it had on that lane, and shows that it is there. */
  void arrived(Incoming connection) {
    seen(connection.boot());
    Incoming older = connection.lane() == Lane.BULK ? bulkIn : promptIn;
    if (older != null) {
      left(older);
      older.close();
    }
    if (connection.lane() == Lane.BULK) {
      bulkIn = connection;
    } else {
      promptIn = connection;
    }
    update();
    prompt.hurry();
    bulk.hurry();
  }

  /** A connection of its has ended. */
  void left(Incoming connection) {
    if (connection == bulkIn) {
      bulkIn = null;
    } else if (connection == promptIn) {
      promptIn = null;
      update();
    }
  }

  /** A link to it is open. */
  void opened(Identity node) {
    seen(node.boot());
    update();
  }

  /** A link to it is no longer open. */
  void lost() {
    update();
  }

  /** A message to it was dropped. */
  void dropped(String reason) {
    reporter.dropped(nodeId(), reason);
  }

  /** Closes everything that has to do with it. */
  void close() {
    prompt.close();
    bulk.close();
    for (Incoming connection : new Incoming[] {promptIn, bulkIn}) {
      if (connection != null) {
        left(connection);
        connection.close();
      }
    }
  }

  /** Connections of an earlier life lead nowhere, even where nobody has said so yet. */
  private void seen(int newBoot) {
    if (newBoot <= boot) {
      return;
    }
    boot = newBoot;
    prompt.forgetBootsBefore(newBoot);
    bulk.forgetBootsBefore(newBoot);
    for (Incoming connection : new Incoming[] {promptIn, bulkIn}) {
      if (connection != null && connection.boot() < newBoot) {
        left(connection);
        connection.close();
      }
    }
  }

  private void update() {
    Identity other = prompt.other();
    boolean both = other != null && promptIn != null;
    if (both == connected) {
      return;
    }
    connected = both;
    if (other != null && both) {
      log.info("Connected with node {}, boot {}.", other.member(), other.boot());
      receiver.connected(other.member(), other.boot());
    } else {
      log.info("No longer connected with node {}.", member);
      receiver.disconnected(nodeId());
    }
  }
}
