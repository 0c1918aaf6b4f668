package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message.Learn;
import io.github.skywalker.paxos.core.Message.Learned;
import io.github.skywalker.util.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds out what is chosen (PMS 2.3): from the announcements of a proposer whose values it has
 * accepted, and by asking for whatever else it lacks.
 */
final class Learner {

  /** How much one message to a learner carries, unless a single value has more. */
  static final int MAX_LEARNED_BYTES = 1 << 20;

  /** What follows from a value's being chosen. */
  interface Execution {
    void execute(long instance, Value value);

    void founded();
  }

  private final int self;
  private final Grants grants;
  private final GroupState state;
  private final Instances instances;
  private final Outbox out;
  private final Execution execution;
  private Map<Integer, Long> chosenAt = Map.of();
  private Set<Integer> onlyLearning = new TreeSet<>();
  private final Retry asking;

  private Ballot announced = Ballot.ZERO;
  private long announcedUpTo;
  private int asked;

  Learner(
      int self,
      long retryNanos,
      Grants grants,
      GroupState state,
      Instances instances,
      Outbox out,
      Execution execution) {
    this.self = self;
    this.grants = grants;
    this.state = state;
    this.instances = instances;
    this.out = out;
    this.execution = execution;
    this.asking = new Retry(retryNanos);
  }

  /** A ballot's own count has reached an instance, says its proposer. */
  void announced(int from, Ballot ballot, long upTo, long now) {
    if (upTo <= 0) {
      return;
    }
    if (ballot.equals(announced)) {
      announcedUpTo = Math.max(announcedUpTo, upTo);
    } else if (ballot.above(announced)) {
      announced = ballot;
      announcedUpTo = upTo;
    }
    heard(from, upTo, now);
  }

  /**
   * Takes as chosen what the newest announcement covers, as far as this node has accepted it in
   * exactly that ballot (Phase 2, rule 6). What it lacks, it asks for.
   */
  private void take() {
    while (instances.chosenUpTo() < announcedUpTo) {
      long next = instances.chosenUpTo() + 1;
      Instances.Slot slot = instances.get(next);
      if (slot == null || !announced.equals(slot.accepted)) {
        return;
      }
      choose(next, slot.value);
    }
  }

  /** A peer knows everything up to an instance. */
  void heard(int from, long chosenUpTo, long now) {
    if (chosenUpTo > chosenAt.getOrDefault(from, -1L)) {
      Map<Integer, Long> newer = new TreeMap<>(chosenAt);
      newer.put(from, chosenUpTo);
      chosenAt = newer;
    }
    take();
    askIfLacking(now);
  }

  /** Whether a peer votes, or only learns, as it says itself. */
  void votes(int peer, boolean votes) {
    if (onlyLearning.contains(peer) == votes) {
      Set<Integer> changed = new TreeSet<>(onlyLearning);
      var unused = votes ? changed.remove(peer) : changed.add(peer);
      onlyLearning = changed;
    }
  }

  /** Those who only learn; never changed. */
  Set<Integer> onlyLearning() {
    return onlyLearning;
  }

  /**
   * What those peers know chosen, by node id, who would vote if they were asked now: they do not
   * only learn, and were heard of within the lease.
   */
  Map<Integer, Long> voting(long now) {
    Map<Integer, Long> voting = new TreeMap<>(chosenAt);
    voting.keySet().removeIf(peer -> onlyLearning.contains(peer) || !grants.hears(peer, now));
    return voting;
  }

  /**
   * A read waits for an instance, and this node is no member, whom proposers tell what is chosen:
   * it does not wait for a heartbeat to find out. Should the question be lost, one does.
   */
  void wanted(int from, long instance) {
    if (instance > instances.chosenUpTo() && asking.at() == Grants.NEVER) {
      out.send(from, new Learn(instances.chosenUpTo() + 1));
    }
  }

  /** This node's own proposer has counted the next instance. */
  void counted(long instance, Value value) {
    if (instance == instances.chosenUpTo() + 1) {
      choose(instance, value);
      if (asking.at() != Grants.NEVER && lack() == 0) {
        asking.stop(); // A new leader counts again what it had asked for.
      }
    } else {
      checkChosen(instance, value);
    }
  }

  /** Agreement, as far as one node can see it: what is chosen once is chosen for good. */
  private void checkChosen(long instance, Value value) {
    Instances.Slot slot = instances.get(instance);
    Invariant.check(
        slot == null || !instances.isChosen(instance) || slot.value.equals(value),
        "Another value was chosen at an instance that was chosen");
  }

  /** An answer. */
  void learned(int from, Learned answer, long now) {
    if (state.isUnfounded() && answer.founding() != null) {
      state.found(answer.founding());
      execution.founded();
    }
    if (state.isUnfounded()) {
      return; // A joiner cannot execute anything before it knows who founded the group.
    }
    long instance = answer.first();
    for (Value value : answer.values()) {
      if (instance == instances.chosenUpTo() + 1) {
        learn(instance, value);
      } else {
        checkChosen(instance, value);
      }
      instance++;
    }
    if (from == asked) {
      asking.stop();
    }
    heard(from, answer.chosenUpTo(), now);
  }

  /** The log holds what is chosen from an instance on; it need not be written again. */
  void recalled(long first, List<Value> values, long now) {
    long instance = first;
    for (Value value : values) {
      if (instance == instances.chosenUpTo() + 1) {
        choose(instance, value);
      } else {
        checkChosen(instance, value);
      }
      instance++;
    }
    take();
    askIfLacking(now);
  }

  private void learn(long instance, Value value) {
    Instances.Slot slot = instances.get(instance);
    // Where the vote on disk is for the same value, the disk holds the chosen value already.
    if (slot == null || !slot.value.equals(value)) {
      out.write(new Write.Chosen(instance, value, instances.chosenUpTo()));
    }
    choose(instance, value);
  }

  private void choose(long instance, Value value) {
    instances.choose(instance, value);
    execution.execute(instance, value);
  }

  /** A checkpoint was loaded: goes on from there. */
  void covered(long now) {
    asking.stop();
    take();
    askIfLacking(now);
  }

  private void askIfLacking(long now) {
    if (lack() == 0) {
      asking.stop();
    } else if (asking.at() == Grants.NEVER) {
      ask();
      asking.start(now);
    }
  }

  private void ask() {
    int best = 0;
    int next = 0;
    for (Map.Entry<Integer, Long> peer : chosenAt.entrySet()) {
      if (peer.getValue() > instances.chosenUpTo() && peer.getKey() != self) {
        best = best == 0 ? peer.getKey() : best;
        next = next == 0 && peer.getKey() > asked ? peer.getKey() : next;
      }
    }
    asked = next != 0 ? next : best;
    if (asked != 0) {
      out.send(asked, new Learn(instances.chosenUpTo() + 1));
    }
  }

  /** How many instances this node knows that it lacks. */
  long lack() {
    long most = 0;
    for (long upTo : chosenAt.values()) {
      most = Math.max(most, upTo - instances.chosenUpTo());
    }
    return most;
  }

  /** Whoever asks is told, from memory, or from the log by a stream beside the group. */
  void serve(int from, long first) {
    if (first < 1 || first > instances.chosenUpTo()) {
      return;
    }
    if (first <= instances.floor()) {
      out.tell(new Outcome.Serve(from, first, instances.chosenUpTo()));
      return;
    }
    List<Value> values = new ArrayList<>();
    long bytes = 0;
    for (long instance = first; instance <= instances.chosenUpTo(); instance++) {
      Instances.Slot slot = instances.get(instance);
      if (slot == null) {
        throw new IllegalStateException("Nothing is held at " + instance + ", above the floor");
      }
      bytes += slot.value.bytes().length;
      if (!values.isEmpty() && bytes > MAX_LEARNED_BYTES) {
        break;
      }
      values.add(slot.value);
    }
    out.send(
        from,
        new Learned(first, values, instances.chosenUpTo(), first == 1 ? state.founding() : null));
  }

  /** A new connection: what was asked over the old one may be lost. */
  void connected(long now) {
    if (lack() > 0) {
      ask();
      asking.start(now);
    }
  }

  /** What the peers are known to know, by node id; never changed. */
  Map<Integer, Long> peers() {
    return chosenAt;
  }

  long deadline() {
    return asking.at();
  }

  void due(long now) {
    if (asking.due(now)) {
      ask();
    }
  }
}
