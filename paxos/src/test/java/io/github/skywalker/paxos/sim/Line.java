package io.github.skywalker.paxos.sim;

import io.github.skywalker.network.Network.Lane;
import io.github.skywalker.proto.Envelope;
import java.util.ArrayDeque;

/** One connection, in one direction, from the attempt to make it to its end. */
final class Line {

  private static final long HANDSHAKE_NANOS = 3 * Scheduler.SECONDS;

  private enum State {
    DIALLING,
    OPEN,
    ENDED
  }

  private final Fabric fabric;
  private final SimNetwork from;
  private final int toNode;
  private final Lane lane;
  private final ArrayDeque<Envelope> waiting = new ArrayDeque<>();
  private SimNetwork to;
  private State state = State.DIALLING;
  private long lastArrival;
  private int inFlight;

  Line(Fabric fabric, SimNetwork from, int toNode, Lane lane) {
    this.fabric = fabric;
    this.from = from;
    this.toNode = toNode;
    this.lane = lane;
  }

  SimNetwork from() {
    return from;
  }

  int toNode() {
    return toNode;
  }

  /** The other end; null until it has been reached. */
  SimNetwork to() {
    return to;
  }

  Lane lane() {
    return lane;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  boolean hasEnded() {
    return state == State.ENDED;
  }

  int inFlight() {
    return inFlight;
  }

  void departed() {
    inFlight++;
  }

  void arrived() {
    inFlight--;
  }

  /** A time of arrival that is not before that of what was sent earlier. */
  long inOrder(long arrival) {
    lastArrival = Math.max(arrival, lastArrival + 1);
    return lastArrival;
  }

  /** Knocks; the two ends admit each other, the far one first, or nobody answers in time. */
  void dial() {
    fabric
        .scheduler()
        .after(
            HANDSHAKE_NANOS,
            () -> {
              if (state == State.DIALLING) {
                end();
              }
            });
    fabric.hop(from.id(), toNode, this::knock, this::end);
  }

  private void knock() {
    SimNetwork there = fabric.at(toNode);
    if (hasEnded() || there == null || !from.isUp()) {
      end();
      return;
    }
    there.admits(
        from,
        admitted -> {
          if (admitted && !hasEnded() && there.isUp()) {
            fabric.admitted(there, from);
            to = there;
            there.arrived(this);
            fabric.hop(toNode, from.id(), this::answered, this::end);
          } else {
            end();
          }
        });
  }

  private void answered() {
    if (hasEnded() || !from.isUp()) {
      end();
      return;
    }
    from.admits(
        to,
        admitted -> {
          if (admitted && !hasEnded() && from.isUp()) {
            fabric.admitted(from, to);
            state = State.OPEN;
            fabric.opened(this);
            from.opened(this);
            waiting.forEach(message -> fabric.send(this, message));
            waiting.clear();
          } else {
            end();
          }
        });
  }

  /** Sends, or, while the line is being made, waits with it. */
  void send(Envelope message) {
    if (state == State.OPEN) {
      fabric.send(this, message);
    } else if (state == State.DIALLING && lane == Lane.BULK) {
      waiting.add(message);
    }
  }

  /** Breaks; both ends hear of it, now or, if nothing gets through, some time later. */
  void end() {
    if (hasEnded()) {
      return;
    }
    state = State.ENDED;
    waiting.clear();
    tell(from, () -> from.lost(this));
    if (to != null) {
      SimNetwork there = to;
      tell(there, () -> there.left(this));
    }
  }

  private void tell(SimNetwork end, Runnable news) {
    if (end.isUp()) {
      long delay = fabric.weather().delay(from.id(), toNode);
      fabric.scheduler().after(delay, () -> end.run(news));
    }
  }
}
