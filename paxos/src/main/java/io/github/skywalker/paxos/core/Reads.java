package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.paxos.core.Message.Confirm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Read barriers: finds for each the instance that must be applied before it completes. At the
 * prepared node that is the read index, once a live lease, or a majority asked after the call, has
 * shown that no other node can have answered anything newer. Elsewhere the prepared node is asked.
 */
final class Reads {

  /** How many barriers of other nodes may wait here; beyond it they are dropped, and ask again. */
  private static final int MAX_REMOTE = 10_000;

  /** A barrier that waits: of this node's user, or of another node. */
  private static final class Waiting {
    final int node;
    final long id;
    final @Nullable Object ticket;
    final boolean majority;
    final long deadline;
    long index;
    long round;

    Waiting(int node, long id, @Nullable Object ticket, boolean majority, long deadline) {
      this.node = node;
      this.id = id;
      this.ticket = ticket;
      this.majority = majority;
      this.deadline = deadline;
    }
  }

  private final int self;
  private final Outbox out;
  private final Retry retry;
  private final Map<Long, Waiting> own = new HashMap<>();
  private final List<Waiting> confirming = new ArrayList<>();
  private long nextId;

  private Ballot ballot = Ballot.ZERO;
  private Voters voters;
  private Voters members;
  private int tries;
  private long round;
  private long roundBits;

  Reads(int self, int boot, long retryNanos, Voters voters, Outbox out) {
    this.self = self;
    this.voters = voters;
    this.members = voters;
    this.out = out;
    this.retry = new Retry(retryNanos);
    // An answer to a former life of this node must not be taken for one to this life.
    this.nextId = (long) boot << 40;
  }

  /** A user waits. Where it is answered from is decided by {@link #pump}. */
  void read(Event.Read asked) {
    long id = ++nextId;
    own.put(id, new Waiting(self, id, asked.ticket(), asked.majority(), asked.deadlineNanos()));
  }

  /** Whether any user waits. */
  boolean isWaiting() {
    return !own.isEmpty();
  }

  private boolean isUnrouted(Waiting each) {
    return each.round == 0;
  }

  /** This node is prepared in a ballot: it answers from now on, its own barriers as well. */
  void begin(Ballot itsBallot, Voters itsVoters) {
    own.values().forEach(each -> each.round = 0);
    ballot = itsBallot;
    voters = itsVoters;
    round = 0;
    roundBits = 0;
  }

  /** It is not, or may confirm no reads any more: its own barriers are asked elsewhere. */
  void end() {
    ballot = Ballot.ZERO;
    confirming.clear();
    own.values().forEach(each -> each.round = 0);
    retry.stop();
  }

  /** Another node asks; answered only by a prepared one. */
  void asked(int from, Message.Read asked, Lease lease, long index, long now) {
    if (ballot.isZero() || confirming.size() >= MAX_REMOTE) {
      return;
    }
    for (Waiting each : confirming) {
      if (each.node == from && each.id == asked.id()) {
        return; // It asks again, and is being answered.
      }
    }
    confirm(new Waiting(from, asked.id(), null, asked.majority(), 0), lease, index, now);
  }

  /**
   * Answers the node's own barriers here, if it is prepared, and else asks the leader.
   *
   * @param leader whom this node knows to lead; 0 if it knows of nobody
   * @param mayLead whether this node contends where nobody leads
   */
  void pump(Lease lease, long index, int leader, boolean mayLead, long now) {
    if (own.isEmpty()) {
      return;
    }
    if (!ballot.isZero()) {
      for (Waiting each : List.copyOf(own.values())) {
        if (isUnrouted(each)) {
          confirm(each, lease, index, now);
        }
      }
      return;
    }
    int asked = whomToAsk(leader, mayLead);
    for (Waiting each : own.values()) {
      if (asked != 0 && isUnrouted(each)) {
        each.round = -1;
        out.send(asked, new Message.Read(each.id, each.majority));
        retry.ensure(now);
      }
    }
  }

  /**
   * The leader, as far as this node knows; when that has not answered, the members in turn as well.
   * One that is asked in a group without election sees to it that somebody leads.
   */
  private int whomToAsk(int leader, boolean mayLead) {
    boolean known = leader != 0 && leader != self;
    int[] nodes = members.nodes();
    if (known && (tries % 2 == 0 || nodes.length == 0)) {
      return leader;
    }
    if (!known && mayLead) {
      return 0; // It contends by itself, or hears of who does.
    }
    for (int i = 0; i < nodes.length; i++) {
      int node = nodes[(tries / 2 + i) % nodes.length];
      if (node != self) {
        return node;
      }
    }
    return 0;
  }

  /** Who votes has changed. */
  void members(Voters now) {
    members = now;
  }

  private void confirm(Waiting read, Lease lease, long index, long now) {
    read.index = index;
    if (!read.majority && lease.leftNanos(now) > 0) {
      complete(read);
      return;
    }
    // A round that was sent before the call proves nothing about the time of the call.
    read.round = round + 1;
    confirming.add(read);
    if (roundIsOver()) {
      startRound(now);
    } else {
      retry.ensure(now); // Whoever waited for this round may have given up, and it with them.
    }
  }

  private boolean roundIsOver() {
    return round == 0 || voters.isMajority(roundBits);
  }

  private void startRound(long now) {
    round++;
    roundBits = voters.bit(self);
    out.sendAll(voters, new Confirm(ballot, round));
    retry.start(now);
    finishRound(now);
  }

  /** A member has confirmed, in answer to the request with this ticket. */
  void confirmed(int from, Ballot itsPromise, long ticket, long now) {
    if (!ballot.isZero() && itsPromise.equals(ballot) && ticket == round && round > 0) {
      boolean over = roundIsOver();
      roundBits |= voters.bit(from);
      if (!over) {
        finishRound(now);
      }
    }
  }

  private void finishRound(long now) {
    if (!voters.isMajority(roundBits)) {
      return;
    }
    for (Iterator<Waiting> each = confirming.iterator(); each.hasNext(); ) {
      Waiting read = each.next();
      if (read.round <= round) {
        each.remove();
        complete(read);
      }
    }
    retry.stop();
    if (!confirming.isEmpty()) {
      startRound(now);
    }
  }

  private void complete(Waiting read) {
    if (read.node != self) {
      out.send(read.node, new Message.ReadAt(read.id, read.index));
    } else {
      readAt(read.id, read.index);
    }
  }

  /** The prepared node has answered one of this node's barriers. */
  void readAt(long id, long index) {
    Waiting read = own.remove(id);
    tries = 0;
    if (read != null && read.ticket != null) {
      out.tell(new Outcome.ReadIndex(read.ticket, index));
    }
  }

  /** There may be another leader to ask, or the request was lost. */
  void reroute() {
    if (ballot.isZero()) {
      own.values().forEach(each -> each.round = 0);
    }
  }

  long deadline() {
    long next = retry.at();
    for (Waiting each : own.values()) {
      next = next == Grants.NEVER || each.deadline - next < 0 ? each.deadline : next;
    }
    return next;
  }

  /**
   * Asks again for what was not answered, and gives up what is late.
   *
   * @return whether members were asked again to confirm the ballot
   */
  boolean due(long now) {
    List<Waiting> late = new ArrayList<>();
    own.values()
        .forEach(
            each -> {
              if (each.deadline - now <= 0) {
                late.add(each);
              }
            });
    for (Waiting each : late) {
      own.remove(each.id);
      confirming.remove(each);
      giveUp(each, Status.TIMEOUT, "no majority answered within the time");
    }
    if (!retry.due(now)) {
      return false;
    }
    if (own.isEmpty() && confirming.isEmpty()) {
      retry.stop();
    } else if (ballot.isZero()) {
      tries = Math.floorMod(tries + 1, Integer.MAX_VALUE);
      reroute();
    } else if (!roundIsOver()) {
      out.sendAll(voters, new Confirm(ballot, round));
      return true;
    } else {
      retry.stop();
    }
    return false;
  }

  /** The group answers nothing any more here. */
  void stop(Status status, String detail) {
    own.values().forEach(each -> giveUp(each, status, detail));
    own.clear();
    confirming.clear();
  }

  private void giveUp(Waiting read, Status status, String detail) {
    if (read.ticket != null) {
      out.tell(new Outcome.Answered(read.ticket, status, 0, detail));
    }
  }
}
