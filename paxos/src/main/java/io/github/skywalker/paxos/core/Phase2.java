package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message.Accept;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Phase 2 of one ballot, from the end of its Phase 1 on: sends the recovered values, the master
 * entry, and then what it is given, each at the next instance, and counts the votes. One object for
 * one ballot, so that nothing of one ballot can be mistaken for another's.
 */
final class Phase2 {

  /**
   * With this many instances open, a batch waits until it is full or one of them is chosen: what
   * gathers meanwhile shares one sync and one message.
   */
  private static final int EAGER_INSTANCES = 4;

  /** How many unanswered Accepts are sent again to one node at a time. */
  private static final int MAX_RESENT = 64;

  private final Ballot ballot;
  private final long first;
  private final Voters voters;
  private final Recovery recovery;
  private final @Nullable Value masterEntry;
  private final int windowInstances;
  private final Acceptor acceptor;
  private final Instances instances;
  private final Learner learner;
  private final Intake intake;
  private final Changes changes;
  private final Outbox out;
  private final Window window;
  private final Retry retry;
  private final long ownFirst;

  private boolean masterEntrySent;
  private boolean changing;
  private boolean reaching;
  private long announcedUpTo;
  private boolean acceptLeft;

  /**
   * Begins when Phase 1 is complete.
   *
   * @param masterEntry its first own value; null in a group without election
   */
  Phase2(
      Phase1 phase1,
      @Nullable Value masterEntry,
      int windowInstances,
      long retryNanos,
      Acceptor acceptor,
      Instances instances,
      Learner learner,
      Intake intake,
      Changes changes,
      Outbox out) {
    this.ballot = phase1.ballot();
    this.first = phase1.first();
    this.voters = phase1.voters();
    this.recovery = phase1.recovery();
    this.masterEntry = masterEntry;
    this.windowInstances = windowInstances;
    this.acceptor = acceptor;
    this.instances = instances;
    this.learner = learner;
    this.intake = intake;
    this.changes = changes;
    this.out = out;
    this.window = new Window(first, voters, phase1.self());
    this.retry = new Retry(retryNanos);
    this.ownFirst = recovery.top() + 1;
    this.announcedUpTo = first - 1;
  }

  /** Whether Phase 1 reported a membership change that this ballot must propose again. */
  boolean recoversChange() {
    for (long instance = first; instance < ownFirst; instance++) {
      if (recovery.pick(instance).kind() == Value.Kind.CHANGE) {
        return true;
      }
    }
    return false;
  }

  /**
   * Proposes whatever may be proposed now.
   *
   * @param mayTake whether values of its own may be taken, or only recovered ones
   * @return whether a membership change was sent: from now on this ballot holds no lease
   */
  boolean pump(boolean mayTake, long now) {
    boolean sentChange = false;
    while (!changing && window.next() <= instances.chosenUpTo() + windowInstances) {
      Value value = nextValue(mayTake, now);
      if (value == null) {
        break;
      }
      if (value.kind() == Value.Kind.CHANGE) {
        changing = true;
        sentChange = true;
      }
      propose(value, now);
    }
    return sentChange;
  }

  private @Nullable Value nextValue(boolean mayTake, long now) {
    if (window.next() < ownFirst) {
      return recovery.pick(window.next());
    }
    if (!mayTake) {
      return null;
    }
    if (masterEntry != null && !masterEntrySent) {
      masterEntrySent = true;
      return masterEntry;
    }
    if (changes.isWaiting()) {
      Value change = nextChange(now);
      if (change != null || changes.isWaiting()) {
        return change;
      }
    }
    // Entries that the recovered values hold already are executed first, not proposed twice.
    if (window.counted() < ownFirst - 1 || !intake.hasMore()) {
      return reaching && window.isEmpty() ? Value.NOOP : null;
    }
    boolean eager = window.size() < EAGER_INSTANCES;
    List<Entry> batch = eager || intake.hasFullBatch() ? intake.next() : List.of();
    return batch.isEmpty() ? null : Value.batch(batch);
  }

  /** The barrier: a change is proposed only when everything before it is chosen and executed. */
  private @Nullable Value nextChange(long now) {
    boolean quiet = window.isEmpty() && instances.chosenUpTo() == window.next() - 1;
    if (!quiet) {
      return null;
    }
    if (window.next() == ownFirst) {
      return Value.NOOP; // A ballot refuses a change only when it has chosen a value of its own.
    }
    return changes.next(learner.voting(now), instances.chosenUpTo() - windowInstances);
  }

  private void propose(Value value, long now) {
    long instance = window.next();
    window.open(value, acceptor.acceptOwn(ballot, instance, value));
    announcedUpTo = window.counted();
    acceptLeft = true;
    reaching = false;
    out.sendAll(voters, new Accept(ballot, instance, value, announcedUpTo));
    retry.ensure(now);
  }

  /** Every member is to be sent a value: what is open, or else what comes next, if only a no-op. */
  void reach() {
    reaching = window.isEmpty();
  }

  /** Whether nothing is open. */
  boolean isEmpty() {
    return window.isEmpty();
  }

  int openInstances() {
    return window.size();
  }

  /** The read index: what was chosen, or may have been before this ballot. */
  long readIndex() {
    return Math.max(instances.chosenUpTo(), ownFirst - 1);
  }

  /** A vote has come. */
  void accepted(long instance, int node) {
    window.accepted(instance, node);
  }

  /**
   * Takes the next instance that is chosen by the count. What it decides may end the ballot, so the
   * caller asks again only if it has not.
   */
  Window.@Nullable Open pollChosen(long now) {
    Window.Open chosen = window.pollChosen(out);
    if (chosen != null && window.isEmpty()) {
      retry.stop();
    } else if (chosen != null) {
      retry.start(now);
    }
    return chosen;
  }

  /** Says what was counted, when no Accept that carries it has left or is about to. */
  void announce() {
    if (window.counted() > announcedUpTo && !acceptLeft && !intake.hasMore()) {
      announcedUpTo = window.counted();
      out.sendAll(voters, new Message.Chosen(ballot, announcedUpTo));
    }
    acceptLeft = false;
  }

  /** The last that this ballot says: what it chose, since nobody else may be there to say it. */
  void conclude() {
    if (window.counted() > announcedUpTo) {
      announcedUpTo = window.counted();
      out.sendAll(voters, new Message.Chosen(ballot, announcedUpTo));
    }
  }

  long deadline() {
    return retry.at();
  }

  void due(long now) {
    if (retry.due(now)) {
      for (int node : voters.nodes()) {
        resend(node);
      }
    }
  }

  /** Says to a node that was away who leads, and how far it is. */
  void greet(int node) {
    tell(node);
    resend(node);
  }

  /**
   * Tells a node that contends who leads. Its vote for what was counted last binds it to this
   * ballot, so that it need not contend again; without that it would, once a lease, for ever.
   */
  void enlist(int node) {
    tell(node);
    long last = window.counted();
    Instances.Slot slot = last < first ? null : instances.get(last);
    if (slot != null && voters.contains(node)) {
      out.send(node, new Accept(ballot, last, slot.value, last));
    }
  }

  /** Says how far it is to a node that seems not to have heard it. */
  void tell(int node) {
    out.send(node, new Message.Chosen(ballot, window.counted()));
  }

  /** Sends again what a node has not answered. */
  private void resend(int node) {
    if (voters.contains(node)) {
      for (Window.Open open : window.missing(node, MAX_RESENT)) {
        out.send(node, new Accept(ballot, open.instance, open.value, window.counted()));
      }
    }
  }
}
