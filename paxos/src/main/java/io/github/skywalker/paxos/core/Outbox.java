package io.github.skywalker.paxos.core;

/**
 * Collects what a step asks of the world. Writes are numbered by the step that asked for them:
 * their serial tells later which of them are durable.
 */
final class Outbox {

  private final int self;
  private Ready ready = new Ready();
  private long serial;
  private long durable;

  Outbox(int self) {
    this.self = self;
  }

  /** Hands over what has gathered, and begins anew. */
  Ready take() {
    Ready done = ready;
    ready = new Ready();
    if (!done.writes.isEmpty()) {
      serial++;
    }
    return done;
  }

  void send(int to, Message message) {
    if (to != self) {
      ready.send(to, message);
    }
  }

  void sendAll(Voters voters, Message message) {
    for (int node : voters.nodes()) {
      send(node, message);
    }
  }

  void write(Write write) {
    ready.writes.add(write);
  }

  /** Sends when everything that was written up to now is durable. */
  void sendWhenDurable(int to, Message message) {
    if (ready.writes.isEmpty() && durable >= serial) {
      send(to, message);
    } else {
      ready.released.add(new Ready.Send(to, message));
    }
  }

  /** The serial of what was written up to now; asks to be told when that is durable. */
  long awaitDurable() {
    if (ready.writes.isEmpty()) {
      return serial;
    }
    ready.serial = serial + 1;
    return serial + 1;
  }

  void synced(long upTo) {
    durable = Math.max(durable, upTo);
  }

  boolean isDurable(long upTo) {
    return upTo <= durable;
  }

  /** A checkpoint from elsewhere has been installed. */
  void installed(long upTo) {
    ready.installedUpTo = upTo;
  }

  void tell(Outcome outcome) {
    ready.outcomes.add(outcome);
  }
}
