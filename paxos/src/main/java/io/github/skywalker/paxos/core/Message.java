package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the replicas of one group say to each other: the whole protocol on one screen. */
public sealed interface Message {

  /* Phase 1. A canvass is answered as the prepare would be, and changes nothing. */

  /** Would you promise me this ballot, for all instances from {@code first} on? */
  record Canvass(Ballot ballot, long first) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.canvass(from, this);
    }
  }

  /** I would. */
  record Favour(Ballot ballot, long chosenUpTo) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.favour(from, this);
    }
  }

  /**
   * Promise me this ballot (PMS, phase 1a, for all instances from {@code first} on), and tell me
   * what you hold from {@code from} on: what you hold below I know already.
   */
  record Prepare(Ballot ballot, long first, long from) implements Message {

    /** For the first time. */
    Prepare(Ballot ballot, long first) {
      this(ballot, first, first);
    }

    @Override
    public void to(Handler handler, int from) {
      handler.prepare(from, this);
    }
  }

  /**
   * I do, and this is what I hold of the instances from {@code from} to before {@code next} (PMS,
   * phase 1b). A promise is complete when its parts cover everything from {@code first} to the one
   * with {@code next} = 0, the end of what I hold.
   */
  record Promise(Ballot ballot, long first, long from, long next, List<Report> reports, Stamp stamp)
      implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.promise(from, this);
    }
  }

  /**
   * What an acceptor holds at one instance.
   *
   * @param accepted the ballot in which it accepted the value; null if it knows that it is chosen
   */
  record Report(long instance, @Nullable Ballot accepted, Value value) {}

  /** I have promised this higher ballot. */
  record Reject(Ballot ballot, Ballot promised) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.reject(from, this);
    }
  }

  /** I have granted another node that its ballot stays promised, for so long still. */
  record Leased(Ballot ballot, long leftNanos) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.leased(from, this);
    }
  }

  /** I no longer hold all from your {@code first} on: learn, up to here, and ask again. */
  record Behind(Ballot ballot, long chosenUpTo) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.behind(from, this);
    }
  }

  /** I have not executed the change that made your ballot's epoch: I am only here. */
  record Untaught(Ballot ballot, long chosenUpTo) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.untaught(from, this);
    }
  }

  /* Phase 2. */

  /**
   * Accept this value (PMS, phase 2a). {@code upTo} is the highest instance that is chosen by this
   * ballot's own count.
   */
  record Accept(Ballot ballot, long instance, Value value, long upTo) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.accept(from, this);
    }
  }

  /** I have (PMS, phase 2b). */
  record Accepted(Ballot ballot, long instance, Stamp stamp) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.accepted(from, this);
    }
  }

  /** {@code upTo}, when nothing else is about to leave that could carry it. */
  record Chosen(Ballot ballot, long upTo) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.chosen(from, this);
    }
  }

  /* Learning. */

  /** Tell me what was chosen from this instance on. */
  record Learn(long from) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.learn(from, this);
    }
  }

  /**
   * These were, at {@code first} and after it; and I know all up to {@code chosenUpTo}.
   *
   * @param founding the founding membership, which is in no instance: with instance 1 only
   */
  record Learned(long first, List<Value> values, long chosenUpTo, @Nullable Membership founding)
      implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.learned(from, this);
    }
  }

  /* Proposals of nodes that are not master. */

  /** Propose these entries for me, in this order. */
  record Forward(List<Entry> entries) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.forward(from, this);
    }
  }

  /** Propose this change for me, you who are prepared in this ballot. */
  record Change(Ballot ballot, long id, Value value, boolean force) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.change(from, this);
    }
  }

  /** I will not, and it never takes effect unless you ask another ballot. */
  record ChangeRefused(Ballot ballot, long id, Status status, String detail) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.changeRefused(from, this);
    }
  }

  /* Lease and reads. */

  /** Is your promise exactly this ballot? The ticket comes back. */
  record Confirm(Ballot ballot, long ticket) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.confirm(from, this);
    }
  }

  /** It is. */
  record Confirmed(Ballot ballot, long ticket, Stamp stamp) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.confirmed(from, this);
    }
  }

  /** I am not, or no longer, prepared in this ballot of mine, and count no lease in it. */
  record Release(Ballot ballot) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.release(from, this);
    }
  }

  /** I have heard it. */
  record Released(Ballot ballot) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.released(from, this);
    }
  }

  /** Up to where must I apply before I read? */
  record Read(long id, boolean majority) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.read(from, this);
    }
  }

  /** Up to here. */
  record ReadAt(long id, long index) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.readAt(from, this);
    }
  }

  /** I retire, and you are to follow me. */
  record Succeed(Ballot ballot) implements Message {
    @Override
    public void to(Handler handler, int from) {
      handler.succeed(from, this);
    }
  }

  /** Calls the method of the handler that is for this kind of message. */
  void to(Handler handler, int from);

  /** One method for each kind, so that a new kind breaks the build and not production. */
  interface Handler {
    void canvass(int from, Canvass message);

    void favour(int from, Favour message);

    void prepare(int from, Prepare message);

    void promise(int from, Promise message);

    void reject(int from, Reject message);

    void leased(int from, Leased message);

    void behind(int from, Behind message);

    void untaught(int from, Untaught message);

    void accept(int from, Accept message);

    void accepted(int from, Accepted message);

    void chosen(int from, Chosen message);

    void learn(int from, Learn message);

    void learned(int from, Learned message);

    void forward(int from, Forward message);

    void change(int from, Change message);

    void changeRefused(int from, ChangeRefused message);

    void confirm(int from, Confirm message);

    void confirmed(int from, Confirmed message);

    void release(int from, Release message);

    void released(int from, Released message);

    void read(int from, Read message);

    void readAt(int from, ReadAt message);

    void succeed(int from, Succeed message);
  }
}
