package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.GroupImage;
import io.github.skywalker.machine.Value;
import java.util.List;

/** What can happen to a replica. */
public sealed interface Event {

  /** A message has come. {@code from} is whom the connection's handshake showed. */
  record Received(int from, Message message) implements Event {
    @Override
    public void to(Handler handler) {
      handler.received(this);
    }
  }

  /** {@link Replica#nextDeadline} is reached. */
  record Tick() implements Event {
    @Override
    public void to(Handler handler) {
      handler.tick(this);
    }
  }

  /** All writes up to this serial are synced. */
  record Synced(long serial) implements Event {
    @Override
    public void to(Handler handler) {
      handler.synced(this);
    }
  }

  /** Users propose, in this order. */
  record Propose(List<Proposal> proposals) implements Event {
    @Override
    public void to(Handler handler) {
      handler.propose(this);
    }
  }

  /**
   * One proposal.
   *
   * @param ticket comes back with the answer
   * @param deadlineNanos when it is to be given up
   * @param patienceNanos for how long after that its tombstone may be waited for
   */
  record Proposal(
      Object ticket,
      int machine,
      long fence,
      byte[] payload,
      long deadlineNanos,
      long patienceNanos) {}

  /** A user waits for a read barrier. */
  record Read(Object ticket, boolean majority, long deadlineNanos) implements Event {
    @Override
    public void to(Handler handler) {
      handler.read(this);
    }
  }

  /** A user asks for a membership change, and has numbered it in the value. */
  record ChangeMembership(Object ticket, Value value, boolean force, long deadlineNanos)
      implements Event {
    @Override
    public void to(Handler handler) {
      handler.changeMembership(this);
    }
  }

  /** A user asks that this node's mastership be handed over. */
  record Retire(Object ticket, long deadlineNanos) implements Event {
    @Override
    public void to(Handler handler) {
      handler.retire(this);
    }
  }

  /**
   * The table of grants has changed in a way that may concern the group: a peer's grant has another
   * stamp, a grant has run out, given or held, or the waiting time after a restart is over.
   */
  record GrantsChanged() implements Event {
    @Override
    public void to(Handler handler) {
      handler.grantsChanged(this);
    }
  }

  /**
   * A peer knows more chosen than this node was told by a message of the group; and whether it
   * votes, or, with a damaged log, only learns.
   */
  record PeerChosen(int node, long chosenUpTo, boolean votes) implements Event {
    @Override
    public void to(Handler handler) {
      handler.peerChosen(this);
    }
  }

  /** A connection to a peer has been made: what was lost on the old one is asked again. */
  record Connected(int node) implements Event {
    @Override
    public void to(Handler handler) {
      handler.connected(this);
    }
  }

  /**
   * What was known chosen here before the start has been found in the log, behind what is lost of
   * it: the values from an instance on. They are on disk.
   */
  record Recalled(long first, List<Value> values) implements Event {
    @Override
    public void to(Handler handler) {
      handler.recalled(this);
    }
  }

  /**
   * A checkpoint is on disk, verified, and under its name: what it holds takes the place of what
   * was executed here. One that is not ahead of that changes nothing.
   */
  record Install(GroupImage image) implements Event {
    @Override
    public void to(Handler handler) {
      handler.install(this);
    }
  }

  /** The group must not go on here. */
  record Halt(String reason) implements Event {
    @Override
    public void to(Handler handler) {
      handler.halt(this);
    }
  }

  /** The group is removed from this node for good; its promise stays, marked dropped. */
  record Drop() implements Event {
    @Override
    public void to(Handler handler) {
      handler.drop(this);
    }
  }

  /** The node is being closed: what this group leads is released. */
  record Stop() implements Event {
    @Override
    public void to(Handler handler) {
      handler.stop(this);
    }
  }

  /** Calls the method of the handler that is for this kind of event. */
  void to(Handler handler);

  /** One method for each kind. */
  interface Handler {
    void received(Received event);

    void tick(Tick event);

    void synced(Synced event);

    void propose(Propose event);

    void read(Read event);

    void changeMembership(ChangeMembership event);

    void retire(Retire event);

    void grantsChanged(GrantsChanged event);

    void peerChosen(PeerChosen event);

    void connected(Connected event);

    void recalled(Recalled event);

    void install(Install event);

    void halt(Halt event);

    void drop(Drop event);

    void stop(Stop event);
  }
}
