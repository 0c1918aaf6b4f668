package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A mastership that its user asked to hand over. The proposer stops taking proposals, and releases
 * its ballot when nothing is open any more; when a majority and the heir know of that, the heir is
 * named, and canvasses at once. One at a time.
 */
final class Handover {

  private record Asked(Object ticket, long deadline, int heir) {}

  private final int self;
  private final Learner learner;
  private final Outbox out;

  private @Nullable Asked asked;
  private boolean released;
  private Ballot given = Ballot.ZERO;
  private long knowing;

  Handover(int self, Learner learner, Outbox out) {
    this.self = self;
    this.learner = learner;
    this.out = out;
  }

  /**
   * A user asks for it.
   *
   * @param mayRetire whether this node is prepared, in a group with election
   * @return whether it begins; if not, the user is told why
   */
  boolean ask(Event.Retire request, boolean mayRetire, Voters voters, long now) {
    int heir = successor(voters, now);
    if (asked != null) {
      answer(request.ticket(), Status.CONFLICT, "a hand-over is under way");
    } else if (!mayRetire) {
      answer(request.ticket(), Status.NOT_MASTER, "this node is not master");
    } else if (heir == 0) {
      answer(
          request.ticket(), Status.INVALID_NODE, "no other member that could follow is heard of");
    } else {
      asked = new Asked(request.ticket(), request.deadlineNanos(), heir);
      released = false;
      return true;
    }
    return false;
  }

  /** The member that knows most, of those that are heard of now; 0 if there is none. */
  int successor(Voters voters, long now) {
    int best = 0;
    long most = -1;
    for (Map.Entry<Integer, Long> peer : learner.voting(now).entrySet()) {
      boolean better = peer.getKey() != self && peer.getValue() > most;
      if (better && voters.contains(peer.getKey())) {
        best = peer.getKey();
        most = peer.getValue();
      }
    }
    return best;
  }

  /** The ballot is being released for it. */
  void release(Ballot ballot, Voters voters) {
    released = true;
    given = ballot;
    knowing = voters.bit(self);
  }

  /** A member knows that a ballot was given up. */
  void heard(int from, Ballot ballot, Voters voters) {
    Asked pending = asked;
    if (pending == null || !released || !ballot.equals(given)) {
      return;
    }
    knowing |= voters.bit(from);
    boolean heirKnows = (knowing & voters.bit(pending.heir)) != 0;
    if (heirKnows && voters.isMajority(knowing)) {
      asked = null;
      out.send(pending.heir, new Message.Succeed(ballot));
      answer(pending.ticket, Status.OK, "");
    }
  }

  /** The ballot that was to be handed over has ended in another way. */
  void abandon(String why) {
    if (!released) {
      end(Status.NOT_MASTER, why);
    }
  }

  /** It ends without an heir; whoever asked for it is told. */
  void end(Status status, String why) {
    Asked pending = asked;
    if (pending != null) {
      asked = null;
      answer(pending.ticket, status, why);
    }
  }

  private void answer(Object ticket, Status status, String detail) {
    out.tell(new Outcome.Answered(ticket, status, 0, detail));
  }

  long deadline() {
    Asked pending = asked;
    return pending == null ? Grants.NEVER : pending.deadline;
  }

  /** Whether it was not done in time. */
  boolean isLate(long now) {
    Asked pending = asked;
    return pending != null && pending.deadline - now <= 0;
  }
}
