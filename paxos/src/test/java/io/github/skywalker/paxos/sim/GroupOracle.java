package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.paxos.core.Message.Release;
import io.github.skywalker.paxos.core.Outcome;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.paxos.core.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Watches one group on all hosts at once, step by step. */
final class GroupOracle {

  private static final String SERVED = "12 every lagging member can be served";

  private final int group;
  private final Swarm swarm;
  private final Judge judge;
  private final Operations operations;
  private final Figures figures;
  private final ChosenLog chosen;
  private final Ballots ballots;
  private final Leases leases;
  private final Map<Integer, Seat> seats = new TreeMap<>();
  private final Map<Integer, List<Long>> states = new TreeMap<>();
  private long appliedAnywhere;
  private boolean there;
  private boolean leaving;

  GroupOracle(
      int group,
      Swarm swarm,
      SortedSet<Integer> founders,
      Judge judge,
      Operations operations,
      Figures figures) {
    this.group = group;
    this.swarm = swarm;
    this.judge = judge;
    this.operations = operations;
    this.figures = figures;
    this.chosen = new ChosenLog(group, founders, judge, operations, figures);
    this.ballots = new Ballots(group, judge, chosen);
    this.leases = new Leases(group, judge, figures, swarm.keepsClocks());
  }

  int group() {
    return group;
  }

  /** It is being created. */
  void begin() {
    there = true;
  }

  /** It is being removed from all nodes. */
  void end() {
    leaving = true;
  }

  /** Whether it is to go on. */
  boolean isThere() {
    return there && !leaving;
  }

  boolean isLeaving() {
    return leaving;
  }

  ChosenLog chosen() {
    return chosen;
  }

  Leases leases() {
    return leases;
  }

  /** What a read that begins now must not miss. */
  long appliedAnywhere() {
    return appliedAnywhere;
  }

  /**
   * Those who are prepared, in the order of their ballots: the last one leads, and the others do
   * not know yet that they do not.
   */
  List<Host> leaders() {
    List<Host> leaders = new ArrayList<>();
    for (Seat seat : seats.values()) {
      if (seat.replica() != null && !seat.replica().prepared().isZero()) {
        leaders.add(seat.host());
      }
    }
    leaders.sort(Comparator.comparing(host -> seat(host).replica().prepared()));
    return leaders;
  }

  /** Whether this host believes that it leads, and another leads in a higher ballot. */
  boolean isDeposed(Host host) {
    Replica own = seat(host).replica();
    return own != null
        && !own.prepared().isZero()
        && leaders().stream()
            .anyMatch(other -> seat(other).replica().prepared().above(own.prepared()));
  }

  Seat seat(Host host) {
    return seats.computeIfAbsent(host.id(), id -> new Seat(group, host, judge));
  }

  RecordingMachine machine(int id, Host host, MachineDisk held) {
    List<Long> known = states.computeIfAbsent(id, one -> new ArrayList<>());
    return new RecordingMachine(
        id,
        host.id(),
        host.disk(),
        swarm.checkpointFillBytes,
        chosen,
        known,
        held,
        host::endsWhileRestoring,
        judge,
        figures);
  }

  void applied(Seat seat, long instance) {
    seat.applied(instance);
    appliedAnywhere = Math.max(appliedAnywhere, instance);
  }

  /** The machines of a node have loaded a checkpoint. */
  void restored(Seat seat, long instance) {
    figures.count("checkpoints loaded");
    seat.restored(instance);
  }

  /** A node has deleted what its durable checkpoints cover, and nothing else. */
  void cleaned(Seat seat, long upTo) {
    figures.count("logs cleaned");
    seat.cleaned(upTo);
    checkServes(seat, 0);
  }

  /** A node deletes a checkpoint: another must stand for what its log lacks, or it is damaged. */
  void deleting(Seat seat, long instance) {
    if (!seat.isDropped() && !seat.host().storage().hasLied()) {
      figures.count("checkpoints deleted");
      checkServes(seat, instance);
    }
  }

  /**
   * What is gone from the log is in a checkpoint, now and after every crash. So whoever knows more
   * than another can serve it.
   *
   * @param without one that is being deleted; 0 if none is
   */
  private void checkServes(Seat seat, long without) {
    long upTo = seat.cleanedUpTo();
    SortedSet<Long> held = seat.host().storage().checkpoints(group);
    held.remove(without);
    if (upTo > 0 && held.tailSet(upTo).isEmpty()) {
      judge.fail(
          SERVED,
          "group %d, node %d has deleted its log up to %d, and has no durable checkpoint of that",
          group,
          seat.host().id(),
          upTo);
    }
  }

  /**
   * At the end: whoever knows less than others, member or follower, can be served by one of those
   * that go on, from its log, or by a checkpoint and what follows it in the log; and so can a node
   * that knows nothing yet.
   */
  void checkServed(List<Host> going) {
    TreeSet<Long> known = new TreeSet<>(Set.of(0L));
    for (Seat seat : seats.values()) {
      if (seat.replica() != null) {
        known.add(seat.replica().chosenUpTo());
      }
    }
    for (long knows : known.headSet(chosen.size())) {
      if (going.stream().noneMatch(host -> serves(seat(host), knows))) {
        judge.fail(
            SERVED,
            "group %d: some node knows %d of %d, and none of %s holds what follows",
            group,
            knows,
            chosen.size(),
            going.stream().map(Host::id).toList());
      }
    }
  }

  private boolean serves(Seat by, long knows) {
    if (by.replica() == null || by.replica().chosenUpTo() <= knows) {
      return false;
    }
    if (knows >= by.cleanedUpTo() && logFollows(by, knows)) {
      return true;
    }
    // After a crash, a checkpoint that has just come may stand for what the log never had.
    SortedSet<Long> held = by.host().storage().checkpoints(group);
    long newest = held.isEmpty() ? 0 : held.last();
    return newest > knows && newest >= by.cleanedUpTo() && logFollows(by, newest);
  }

  private boolean logFollows(Seat by, long upTo) {
    for (long instance = upTo + 1; instance <= by.replica().chosenUpTo(); instance++) {
      if (!chosen.value(instance).equals(by.life().logged(group, instance))) {
        return false;
      }
    }
    return true;
  }

  /** A replica was made from the log. */
  void recovered(Seat seat, Life life, Replica replica) {
    seat.recovered(life, replica);
    checkServes(seat, 0);
    leases.recovered(seat);
    checkKnown(seat, replica);
    Membership membership = replica.state().membership();
    checkMembership(seat, replica.chosenUpTo(), membership);
  }

  /** A log has damage that concerns the group. */
  void damaged(Seat seat, Life life, String what) {
    figures.count("groups found damaged");
    seat.damaged(life);
    leases.recovered(seat);
    if (!seat.host().storage().hasLied()) {
      judge.fail(
          "2 no vote is forgotten",
          "group %d, node %d finds damage on a disk that has none: %s",
          group,
          seat.host().id(),
          what);
    }
  }

  private void checkKnown(Seat seat, Replica replica) {
    if (replica.chosenUpTo() > chosen.size()) {
      judge.fail(
          "2 learned is chosen",
          "group %d, node %d takes everything up to %d as chosen; only %d are",
          group,
          seat.host().id(),
          replica.chosenUpTo(),
          chosen.size());
    }
  }

  private void checkMembership(Seat seat, long instance, Membership membership) {
    if (membership.members().isEmpty() || instance > chosen.size()) {
      return; // It joins, and knows nobody yet.
    }
    TreeSet<Integer> ids = new TreeSet<>();
    membership.members().stream().map(Member::nodeId).forEach(ids::add);
    long version = chosen.versionAfter(instance);
    if (membership.version() != version || !chosen.members(version).equals(ids)) {
      judge.fail(
          "8 quorums count the membership at that instance",
          "group %d, node %d has %s after %d; it is %s, of version %d",
          group,
          seat.host().id(),
          membership,
          instance,
          chosen.members(version),
          version);
    }
  }

  /** A replica took a step; nothing of it has happened yet. */
  void stepped(Seat seat, Replica replica, Event event, Ready ready) {
    if (seat.isDamaged()
        && !seat.isRemoved()
        && replica.haltReason() == null
        && !replica.onlyLearns()) {
      figures.count("groups mended by learning");
      seat.mended(replica);
    }
    if (seat.isDamaged() && !seat.isRemoved()) {
      onlyLearned(seat, replica, event, ready);
      return;
    }
    if (seat.isRemoved()) {
      boolean writes = ready.writes.stream().anyMatch(write -> !isDrop(write));
      // That it does not lead any more may be said by who was removed.
      boolean says = ready.sends.stream().anyMatch(send -> !(send.message() instanceof Release));
      if (writes || says || !ready.released.isEmpty()) {
        judge.fail(
            "18 no vote without what was voted before",
            "group %d, node %d was removed, and at %s sends %s and %s, and writes %s",
            group,
            seat.host().id(),
            event,
            ready.sends,
            ready.released,
            ready.writes);
      }
      return;
    }
    if (event instanceof Event.ChangeMembership asked) {
      name(seat, asked);
    }
    seat.stepped(ready);
    if (swarm.isFollower(seat.host().id())) {
      ready.writes.forEach(write -> checkFollows(seat, write));
    }
    ready.sends.forEach(send -> left(seat, send.message(), ready));
    // What a proposer wants to say is proposed from now on, what an acceptor does not yet vote.
    for (Ready.Send send : ready.released) {
      if (send.message() instanceof Message.Accept accept) {
        proposed(seat, accept, ready);
      }
    }
    for (Write write : ready.writes) {
      if (write instanceof Write.Accepted vote && vote.ballot().node() == seat.host().id()) {
        ballots.proposed(vote.ballot(), vote.instance(), vote.value(), seat.life());
      }
    }
    for (Outcome outcome : ready.outcomes) {
      told(seat, replica, outcome);
    }
    checkKnown(seat, replica);
    checkBounds(seat, replica);
  }

  /** Who may have forgotten votes says and writes nothing that anybody counts; it may learn. */
  private void onlyLearned(Seat seat, Replica replica, Event event, Ready ready) {
    if (event instanceof Event.ChangeMembership asked) {
      name(seat, asked);
    }
    boolean writes =
        ready.writes.stream()
            .anyMatch(
                write ->
                    !(write instanceof Write.Chosen || write instanceof Write.Covered)
                        && !isDrop(write));
    boolean says =
        Stream.concat(ready.sends.stream(), ready.released.stream())
            .anyMatch(send -> !isHarmless(send.message()));
    if (writes || says || !replica.prepared().isZero()) {
      judge.fail(
          "18 no vote without what was voted before",
          "group %d, node %d is damaged, and at %s sends %s and %s, and writes %s",
          group,
          seat.host().id(),
          event,
          ready.sends,
          ready.released,
          ready.writes);
    }
    for (Outcome outcome : ready.outcomes) {
      if (outcome instanceof Outcome.Decided) {
        figures.count("values learned by groups that are damaged");
      }
      told(seat, replica, outcome);
    }
    checkKnown(seat, replica);
  }

  /** It asks, brings what its users propose, teaches what is chosen, or says it does not lead. */
  private static boolean isHarmless(Message message) {
    return message instanceof Message.Learn
        || message instanceof Message.Learned
        || message instanceof Message.Read
        || message instanceof Message.Change
        || message instanceof Message.Forward
        || message instanceof Message.Released
        || message instanceof Release;
  }

  /** What a follower writes is learned, or the promise of nothing. */
  private void checkFollows(Seat seat, Write write) {
    boolean promises = write instanceof Write.Promised promise && !promise.ballot().isZero();
    if (promises || write instanceof Write.Accepted) {
      judge.fail(
          "8 followers never vote",
          "group %d, node %d follows, and writes %s",
          group,
          seat.host().id(),
          write);
    }
  }

  private static boolean isDrop(Write write) {
    return write instanceof Write.Promised last && last.dropped();
  }

  /** Ties a request for a change to the number that the node has given it. */
  private void name(Seat seat, Event.ChangeMembership asked) {
    for (Operation each : operations.all()) {
      if (each.kind == Operation.Kind.CHANGE
          && each.life == seat.life()
          && each.group == group
          && each.status == null
          && each.expectedVersion == asked.value().change().expected()
          && each.steps.equals(asked.value().change().steps())) {
        each.requests.add(asked.value().change().number());
        return;
      }
    }
  }

  /** The writes of a step are on disk, and what waited for them leaves. */
  void synced(Seat seat, Ready ready) {
    if (seat.isDamaged()) {
      return; // It has only learned, or was removed, with the promise that is left of it.
    }
    seat.synced(ready);
    if (ready.writes.stream().anyMatch(Write.Covered.class::isInstance)) {
      checkServes(seat, 0);
    }
    for (Write write : ready.writes) {
      if (write instanceof Write.Accepted vote && vote.ballot().node() == seat.host().id()) {
        voted(vote.ballot(), vote.instance(), seat);
      }
    }
    ready.released.forEach(send -> left(seat, send.message(), ready));
  }

  private void left(Seat seat, Message message, Ready ready) {
    if (message instanceof Message.Prepare prepare) {
      ballots.prepared(prepare.ballot(), prepare.first(), seat.life());
      seat.bound(prepare.ballot(), prepare);
    } else if (message instanceof Message.Promise promise) {
      seat.bound(promise.ballot(), promise);
      ballots.promised(promise.ballot(), seat.host().id());
    } else if (message instanceof Message.Accept accept) {
      proposed(seat, accept, ready);
    } else if (message instanceof Message.Accepted accepted) {
      seat.voted(accepted.ballot(), accepted.instance());
      voted(accepted.ballot(), accepted.instance(), seat);
    } else if (message instanceof Message.Confirmed confirmed) {
      seat.bound(confirmed.ballot(), confirmed);
    } else if (message instanceof Message.Chosen news) {
      ballots.announced(news.ballot(), news.upTo());
    }
  }

  private void proposed(Seat seat, Message.Accept accept, Ready ready) {
    boolean news =
        ballots.proposed(accept.ballot(), accept.instance(), accept.value(), seat.life());
    boolean writes =
        ready.writes.stream()
            .anyMatch(
                write ->
                    write instanceof Write.Accepted vote && vote.instance() == accept.instance());
    if (news && !writes) {
      // It knows that something is chosen there, and gives its vote without writing it.
      voted(accept.ballot(), accept.instance(), seat);
    }
    ballots.announced(accept.ballot(), accept.upTo());
    if (news && accept.instance() > seat.replica().chosenUpTo() + swarm.window) {
      judge.fail(
          "19 queues within their bounds",
          "group %d, node %d opens %d, knows %d chosen, and has a window of %d",
          group,
          seat.host().id(),
          accept.instance(),
          seat.replica().chosenUpTo(),
          swarm.window);
    }
  }

  private void voted(Ballot ballot, long instance, Seat seat) {
    if (ballots.voted(ballot, instance, seat.host().id())) {
      leases.chosen(ballot);
    }
  }

  private void told(Seat seat, Replica replica, Outcome outcome) {
    if (outcome instanceof Outcome.Decided decided) {
      decided(seat, decided);
    } else if (outcome instanceof Outcome.Prepared prepared) {
      if (prepared.prepared()) {
        leases.prepared(seat);
      }
      if (prepared.prepared() && !replica.prepared().isZero()) {
        ballots.leads(replica.prepared(), seat.life());
      }
    } else if (outcome instanceof Outcome.MembershipChanged changed) {
      checkMembership(seat, changed.membership().version(), changed.membership());
    } else if (outcome instanceof Outcome.Halted halted && !seat.host().storage().mayHalt()) {
      judge.fail(
          "7 liveness: no group halts without a fault",
          "group %d, node %d: %s",
          group,
          seat.host().id(),
          halted.reason());
    }
  }

  private void decided(Seat seat, Outcome.Decided decided) {
    long instance = decided.instance();
    if (instance > chosen.size() || !chosen.value(instance).equals(decided.value())) {
      judge.fail(
          "2 learned is chosen",
          "group %d, instance %d: node %d learns %s; chosen is %s",
          group,
          instance,
          seat.host().id(),
          decided.value(),
          instance > chosen.size() ? "nothing" : chosen.value(instance));
    } else if (!chosen.verdicts(instance).equals(decided.verdicts())) {
      judge.fail(
          "10 execution without gap or repeat",
          "group %d, instance %d: node %d executes %s; due is %s",
          group,
          instance,
          seat.host().id(),
          decided.verdicts(),
          chosen.verdicts(instance));
    }
  }

  /** Those that were given up, and whose place is still to be filled, count as well. */
  private void checkBounds(Seat seat, Replica replica) {
    if (replica.pendingProposals() > 2 * swarm.maxPending) {
      judge.fail(
          "19 queues within their bounds",
          "group %d, node %d has %d proposals of %d",
          group,
          seat.host().id(),
          replica.pendingProposals(),
          swarm.maxPending);
    }
  }
}
