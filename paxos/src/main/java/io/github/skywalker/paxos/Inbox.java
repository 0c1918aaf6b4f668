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
import org.jspecify.annotations.Nullable;

/**
 * Takes what arrives to the group that it is for. What arrives while the node is still opening its
 * groups waits until it has.
 */
final class Inbox implements Network.Receiver {

  private final Map<Integer, Group> groups;
  private final NodeObserver observer;
  private final List<Runnable> early = new ArrayList<>();
  private @Nullable Pulse pulse;
  private @Nullable Transfers transfers;
  private @Nullable Acquaintances acquaintances;
  private volatile boolean open;

  /** Made with the groups of the node, which come and go. */
  Inbox(Map<Integer, Group> groups, NodeObserver observer) {
    this.groups = groups;
    this.observer = observer;
  }

  /** Who takes the messages of checkpoints; told once, before {@link #open}. */
  void transfers(Transfers those) {
    transfers = those;
  }

  /** Who takes word of who votes; told once, before {@link #open}. */
  void acquaintances(Acquaintances those) {
    acquaintances = those;
  }

  /** From now on what arrives is taken to its place; first what waits. */
  void open(Pulse beating) {
    synchronized (early) {
      pulse = beating;
      early.forEach(Runnable::run);
      early.clear();
      open = true;
    }
  }

  private void whenOpen(Runnable task) {
    if (!open) {
      synchronized (early) {
        if (!open) {
          early.add(task);
          return;
        }
      }
    }
    task.run();
  }

  private Pulse pulse() {
    return Objects.requireNonNull(pulse, "The inbox is not open yet");
  }

  @Override
  public void received(int node, int boot, Envelope message) {
    if (open) {
      take(node, boot, message);
    } else {
      whenOpen(() -> take(node, boot, message));
    }
  }

  private void take(int node, int boot, Envelope message) {
    try {
      switch (message.getMessageCase()) {
        case HEARTBEAT -> pulse().asked(node, boot, Wire.read(message.getHeartbeat()));
        case GRANT -> pulse().granted(node, Wire.read(message.getGrant()));
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
    Message read = Wire.read(message);
    if (read != null) {
      group.post(new Event.Received(node, read));
    }
  }

  private Acquaintances acquaintances() {
    return Objects.requireNonNull(acquaintances, "The inbox is not open yet");
  }

  @Override
  public void connected(Member peer, int boot) {
    whenOpen(
        () -> {
          acquaintances().met(peer);
          pulse().connected(peer.nodeId());
          groups.values().forEach(group -> group.post(new Event.Connected(peer.nodeId())));
        });
  }

  @Override
  public void disconnected(int node) {
    whenOpen(
        () -> {
          acquaintances().parted(node);
          pulse().disconnected(node);
        });
  }
}
