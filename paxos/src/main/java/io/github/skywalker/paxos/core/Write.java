package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Value;

/**
 * What a step wants on disk, in the order in which it wants it. Every write carries {@code
 * chosenUpTo} as a hint: after a restart an instance up to it counts as chosen if the log holds a
 * value there, because from the moment at which it is known chosen here nothing else is written for
 * it.
 */
public sealed interface Write {

  /** {@code chosenUpTo} at that moment. */
  long hint();

  /** The promised ballot, and whether this node has dropped the group. */
  record Promised(Ballot ballot, boolean dropped, long hint) implements Write {
    @Override
    public void to(Handler handler) {
      handler.promised(this);
    }
  }

  /** A vote. Its ballot is never higher than the promise that was written before it. */
  record Accepted(long instance, Ballot ballot, Value value, long hint) implements Write {
    @Override
    public void to(Handler handler) {
      handler.accepted(this);
    }
  }

  /** A value that was learned; takes the place of a vote at this instance. */
  record Chosen(long instance, Value value, long hint) implements Write {
    @Override
    public void to(Handler handler) {
      handler.chosen(this);
    }
  }

  /**
   * A checkpoint from elsewhere has taken the place of everything up to an instance. What the log
   * holds there may be votes for what was never chosen: it counts for nothing from now on.
   */
  record Covered(long instance, long hint) implements Write {
    @Override
    public void to(Handler handler) {
      handler.covered(this);
    }
  }

  /** Calls the method of the handler that is for this kind of write. */
  void to(Handler handler);

  /** One method for each kind. */
  interface Handler {
    void promised(Promised write);

    void accepted(Accepted write);

    void chosen(Chosen write);

    void covered(Covered write);
  }
}
