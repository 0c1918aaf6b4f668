package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.GroupState.Verdict;
import io.github.skywalker.machine.Tickets;
import io.github.skywalker.machine.Value;
import java.util.List;

/** What a step made known to its own node. The order of outcomes is the order of answers. */
public sealed interface Outcome {

  /**
   * An instance was chosen, and executed by the built-in machines; the user's are to execute it.
   *
   * @param verdicts for each entry of the value, what becomes of it; empty for other kinds
   * @param tickets of this node's proposals among them that wait for an answer
   */
  record Decided(long instance, Value value, List<Verdict> verdicts, Tickets tickets)
      implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.decided(this);
    }
  }

  /**
   * A checkpoint has taken the place of all that was executed up to its instance: the user's
   * machines are to load it, behind what was decided before.
   */
  record Installed(long instance) implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.installed(this);
    }
  }

  /** A proposal of this node was executed, says a checkpoint; with which result, nobody knows. */
  record Covered(Object ticket) implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.covered(this);
    }
  }

  /** A proposal of this node is answered without having been executed. */
  record Ended(Object ticket, Status status, String detail) implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.ended(this);
    }
  }

  /** The answer to a request for a change, a hand-over or the like, which stand in no order. */
  record Answered(Object ticket, Status status, long instance, String detail) implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.answered(this);
    }
  }

  /** A read barrier may complete when the machines have applied this instance. */
  record ReadIndex(Object ticket, long index) implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.readIndex(this);
    }
  }

  /** The mastership changed in the log; the replica's state tells to whom. */
  record MasterChanged() implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.masterChanged(this);
    }
  }

  /** The membership changed in the log. */
  record MembershipChanged(Membership membership) implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.membershipChanged(this);
    }
  }

  /** The proposer of this node became prepared, or is so no longer. */
  record Prepared(boolean prepared, long round) implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.prepared(this);
    }
  }

  /** A node lacks chosen values that are no longer in memory: stream them to it from the log. */
  record Serve(int node, long from, long upTo) implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.serve(this);
    }
  }

  /** The group answers nothing any more on this node. */
  record Halted(String reason) implements Outcome {
    @Override
    public void to(Handler handler) {
      handler.halted(this);
    }
  }

  /** Calls the method of the handler that is for this kind of outcome. */
  void to(Handler handler);

  /** One method for each kind. */
  interface Handler {
    void decided(Decided outcome);

    void installed(Installed outcome);

    void covered(Covered outcome);

    void ended(Ended outcome);

    void answered(Answered outcome);

    void readIndex(ReadIndex outcome);

    void masterChanged(MasterChanged outcome);

    void membershipChanged(MembershipChanged outcome);

    void prepared(Prepared outcome);

    void serve(Serve outcome);

    void halted(Halted outcome);
  }
}
