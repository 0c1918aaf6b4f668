package io.github.skywalker.paxos;

import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.PieceWanted;
import io.github.skywalker.util.RunLoop;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The transfers of checkpoints, from this node and to it: takes their messages to the group that
 * they are for, on one loop in the background, a bounded number of them at a time.
 */
final class Transfers {

  /** How many messages may wait; what comes beyond it is dropped, and asked for again. */
  private static final int MAX_WAITING = 64;

  /** How many checkpoints are received at a time. */
  private static final int MAX_FETCHING = 4;

  private final RunLoop loop;
  private final Pace pace;
  private final Iterable<Group> groups;
  private final AtomicInteger waiting = new AtomicInteger();

  /** What was asked for and not sent yet: who is impatient asks again, and is not sent it twice. */
  private final Set<Wish> wishes = ConcurrentHashMap.newKeySet();

  private record Wish(int group, int node, PieceWanted wanted) {}

  /** Made by the node, with its groups, which come and go. */
  Transfers(RunLoop loop, Pace pace, Iterable<Group> groups) {
    this.loop = loop;
    this.pace = pace;
    this.groups = groups;
  }

  /** Whether a message is of a transfer. */
  static boolean isOne(Envelope message) {
    return message.hasCheckpointOffer()
        || message.hasPieceWanted()
        || message.hasPiece()
        || message.hasCheckpointGone();
  }

  /** A message has come. May be called by any thread. */
  void received(Group group, int from, Envelope message) {
    Archive archive = group.archive();
    if (archive == null) {
      return;
    }
    if (waiting.incrementAndGet() > MAX_WAITING) {
      waiting.decrementAndGet();
      return;
    }
    if (message.hasPieceWanted()) {
      Wish wish = new Wish(group.id(), from, message.getPieceWanted());
      if (!wishes.add(wish)) {
        waiting.decrementAndGet();
        return;
      }
      pace.execute(
          () -> {
            waiting.decrementAndGet();
            wishes.remove(wish);
            pace.sent(archive.sending().wanted(from, message.getPieceWanted()));
          });
    } else {
      loop.execute(
          () -> {
            waiting.decrementAndGet();
            take(archive.fetching(), from, message);
          });
    }
  }

  private void take(CheckpointFetching fetching, int from, Envelope message) {
    if (message.hasPiece()) {
      fetching.arrived(from, message.getPiece());
    } else if (message.hasCheckpointGone()) {
      fetching.gone(from, message.getCheckpointGone().getName());
    } else if (fetching.isActive() || hasRoom()) {
      fetching.offered(from, message.getCheckpointOffer());
    }
  }

  private boolean hasRoom() {
    int active = 0;
    for (Group group : groups) {
      Archive archive = group.archive();
      active += archive != null && archive.fetching().isActive() ? 1 : 0;
    }
    return active < MAX_FETCHING;
  }
}
