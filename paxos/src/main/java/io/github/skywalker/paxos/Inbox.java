package io.github.skywalker.paxos;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.proto.Envelope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes what arrives to the loop of the group that it is for. What arrives while the node is still
 * opening its groups waits until it has, up to a bound in bytes.
 */
final class Inbox implements Network.Receiver {

  private final Map<Integer, Group> groups;
  private final IntFunction<Mailbox> mailboxes;
  private final NodeObserver observer;
  private final long maxBytes;

  /** Also the lock of all that is early. */
  private final List<Runnable> early = new ArrayList<>();

  /** Who is connected before the node is open: no more than it takes connections. */
  private final Map<Integer, Member> earlyPeers = new TreeMap<>();

  private long earlyBytes;
  private @Nullable Pulse pulse;
  private LongSupplier unwrittenBytes = () -> 0;
  private @Nullable Transfers transfers;
  private @Nullable Acquaintances acquaintances;
  private volatile boolean open;

  /**
   * Made with the groups of the node, which come and go.
   *
   * @param mailboxes of each group, by its id
   * @param maxBytes of messages that come before the node is open, and of what waits for the log:
   *     what comes beyond it is dropped
   */
  Inbox(
      Map<Integer, Group> groups,
      IntFunction<Mailbox> mailboxes,
      NodeObserver observer,
      long maxBytes) {
    this.groups = groups;
    this.mailboxes = mailboxes;
    this.observer = observer;
    this.maxBytes = maxBytes;
  }

  /** Who takes the messages of checkpoints; told once, before {@link #open}. */
  void transfers(Transfers those) {
    transfers = those;
  }

  /** Who takes word of who votes; told once, before {@link #open}. */
  void acquaintances(Acquaintances those) {
    acquaintances = those;
  }

  /**
   * From now on what arrives is taken to its place; first what waits.
   *
   * @param notOnDisk how many bytes wait for the log: when it lags, nothing is taken that may write
   *     more
   */
  void open(Pulse beating, LongSupplier notOnDisk) {
    synchronized (early) {
      pulse = beating;
      unwrittenBytes = notOnDisk;
      earlyPeers.values().forEach(this::tellConnected);
      early.forEach(Runnable::run);
      earlyPeers.clear();
      early.clear();
      open = true;
    }
  }

  private Pulse pulse() {
    return Objects.requireNonNull(pulse, "The inbox is not open yet");
  }

  @Override
  public void received(int node, int boot, Envelope message) {
    if (open || !isEarly(node, boot, message)) {
      take(node, boot, message);
    }
  }

  /** Keeps a message for later, or drops it, unless the node has opened meanwhile. */
  private boolean isEarly(int node, int boot, Envelope message) {
    long cost = Mailbox.cost(message);
    synchronized (early) {
      if (open) {
        return false;
      }
      if (earlyBytes + cost <= maxBytes) {
        earlyBytes += cost;
        early.add(() -> take(node, boot, message));
        return true;
      }
    }
    observer.refused("node " + node, "it said too much before this node was open");
    return true;
  }

  private void take(int node, int boot, Envelope message) {
    try {
      switch (message.getMessageCase()) {
        case HEARTBEAT -> {
          long cost = Mailbox.cost(message);
          pulse().asked(node, boot, cost, Wire.read(message.getHeartbeat()));
        }
        case GRANT -> pulse().granted(node, Mailbox.cost(message), Wire.read(message.getGrant()));
        default -> takeToGroup(node, message);
      }
    } catch (Wire.MalformedMessageException malformed) {
      observer.refused("node " + node, String.valueOf(malformed.getMessage()));
    }
  }

  private void takeToGroup(int node, Envelope message) throws Wire.MalformedMessageException {
    Group group = groups.get(message.getGroup());
    if (group == null) {
      observer.refused("node " + node, "no group " + message.getGroup() + " here");
      return;
    }
    if (Transfers.isOne(message)) {
      Objects.requireNonNull(transfers).received(group, node, message);
      return;
    }
    if (Acquaintances.isOne(message)) {
      acquaintances().received(group, node, message);
      return;
    }
    if (unwrittenBytes.getAsLong() > maxBytes) {
      observer.refused("node " + node, "more than " + maxBytes + " bytes wait for the log");
      return;
    }
    Message read = Wire.read(message);
    if (read != null) {
      Event event = new Event.Received(node, read);
      mailboxes.apply(group.id()).offer(node, Mailbox.cost(message), () -> group.step(event));
    }
  }

  private Acquaintances acquaintances() {
    return Objects.requireNonNull(acquaintances, "The inbox is not open yet");
  }

  @Override
  public void connected(Member peer, int boot) {
    if (!open) {
      synchronized (early) {
        if (!open) {
          earlyPeers.put(peer.nodeId(), peer);
          return;
        }
      }
    }
    tellConnected(peer);
  }

  private void tellConnected(Member peer) {
    int node = peer.nodeId();
    acquaintances().met(peer);
    pulse().connected(node);
    groups.values().forEach(group -> group.post(new Event.Connected(node)));
  }

  @Override
  public void disconnected(int node) {
    if (!open) {
      synchronized (early) {
        if (!open) {
          earlyPeers.remove(node);
          return;
        }
      }
    }
    acquaintances().parted(node);
    pulse().disconnected(node);
  }
}
