package io.github.skywalker.paxos.sim;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.GroupState.Verdict;
import io.github.skywalker.machine.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What one group has chosen, as the oracle counts it from votes, and what executing it means. None
 * of it comes from a node's word, nor from the code that the nodes execute with.
 */
final class ChosenLog {

  /** One execution that every node's machine owes. */
  record Due(long instance, Operation operation) {}

  private record Chosen(Value value, Ballot ballot, List<Verdict> verdicts) {}

  private record Row(int boot, long sequence) {}

  private final int group;
  private final Judge judge;
  private final Operations operations;
  private final Figures figures;
  private final List<Chosen> log = new ArrayList<>();
  private final TreeMap<Long, SortedSet<Integer>> memberships = new TreeMap<>();
  private final Map<Integer, Row> origins = new HashMap<>();
  private final TreeMap<Integer, List<Due>> due = new TreeMap<>();
  private final Map<Integer, Operation> lastOf = new HashMap<>();
  private long masterVersion;
  private Ballot masterBallot = Ballot.ZERO;

  ChosenLog(
      int group, SortedSet<Integer> founders, Judge judge, Operations operations, Figures figures) {
    this.group = group;
    this.judge = judge;
    this.operations = operations;
    this.figures = figures;
    memberships.put(0L, founders);
  }

  /** How many instances are chosen: there is never a gap. */
  long size() {
    return log.size();
  }

  Value value(long instance) {
    return log.get((int) instance - 1).value;
  }

  Ballot ballot(long instance) {
    return log.get((int) instance - 1).ballot;
  }

  List<Verdict> verdicts(long instance) {
    return log.get((int) instance - 1).verdicts;
  }

  /** The members under a version; null if there is no such membership. */
  SortedSet<Integer> members(long version) {
    return memberships.get(version);
  }

  /** All memberships so far, by version. */
  SortedMap<Long, SortedSet<Integer>> memberships() {
    return memberships;
  }

  /** The version of the newest membership. */
  long version() {
    return memberships.lastKey();
  }

  /** The version of the membership after an instance. */
  long versionAfter(long instance) {
    return memberships.floorKey(instance);
  }

  /** The version of the newest mastership; 0 if there was none. */
  long masterVersion() {
    return masterVersion;
  }

  /** What a machine owes, in order. */
  List<Due> due(int machine) {
    return due.computeIfAbsent(machine, id -> new ArrayList<>());
  }

  /** A ballot's count has reached an instance. */
  void chosen(long instance, Value value, Ballot ballot) {
    if (instance <= size()) {
      if (!value(instance).equals(value)) {
        judge.fail(
            "1 one chosen value",
            "group %d, instance %d: %s was chosen in %s, and now %s in %s",
            group,
            instance,
            value(instance),
            ballot(instance),
            value,
            ballot);
      }
      return;
    }
    if (instance != size() + 1) {
      judge.fail(
          "1 one chosen value",
          "group %d: %s is chosen at %d in %s, and nothing at %d",
          group,
          value,
          instance,
          ballot,
          size() + 1);
      return;
    }
    if (ballot.epoch() != version()) {
      judge.fail(
          "9 a fresh Phase 1 between memberships",
          "group %d, instance %d was chosen in %s, under membership %d",
          group,
          instance,
          ballot,
          version());
      return;
    }
    figures.count("instances chosen");
    log.add(new Chosen(value, ballot, execute(instance, value)));
  }

  private List<Verdict> execute(long instance, Value value) {
    List<Verdict> verdicts = new ArrayList<>();
    switch (value.kind()) {
      case NOOP -> figures.count("no-ops chosen");
      case MASTER -> elect(instance, value.mastership());
      case CHANGE -> change(instance, value.change());
      case BATCH -> value.entries().forEach(entry -> verdicts.add(execute(instance, entry)));
    }
    return verdicts;
  }

  private void elect(long instance, Value.Mastership mastership) {
    Ballot ballot = mastership.ballot();
    if (ballot.node() != mastership.node()) {
      judge.fail(
          "3 whatever is chosen was proposed",
          "group %d, instance %d makes %d master, in %s",
          group,
          instance,
          mastership.node(),
          ballot);
    }
    if (members(version()).contains(mastership.node()) && ballot.above(masterBallot)) {
      figures.count("masterships");
      masterVersion = instance;
      masterBallot = ballot;
    }
  }

  private void change(long instance, Value.Change change) {
    if (operations.all().stream().noneMatch(each -> asks(each, change))) {
      judge.fail(
          "3 whatever is chosen was proposed",
          "group %d, instance %d is a change that nobody asked for: %s",
          group,
          instance,
          change);
    }
    if (change.expected() != version()) {
      return;
    }
    TreeSet<Integer> members = new TreeSet<>(members(version()));
    for (MembershipChange step : change.steps()) {
      if (!apply(members, step)) {
        return;
      }
    }
    if (members.isEmpty() || change.steps().isEmpty()) {
      return;
    }
    figures.count("membership changes");
    memberships.put(instance, members);
    operations.all().stream()
        .filter(each -> asks(each, change) && each.requests.contains(change.number()))
        .forEach(each -> each.executedAt = instance);
  }

  private boolean asks(Operation each, Value.Change change) {
    return each.kind == Operation.Kind.CHANGE
        && each.group == group
        && each.life.host().id() == change.node()
        && each.life.boot() == change.boot()
        && each.expectedVersion == change.expected()
        && each.steps.equals(change.steps());
  }

  private static boolean apply(SortedSet<Integer> members, MembershipChange step) {
    if (step instanceof MembershipChange.Add add) {
      return members.add(add.member().nodeId());
    }
    if (step instanceof MembershipChange.Remove remove) {
      return members.remove(remove.nodeId());
    }
    MembershipChange.Replace replace = (MembershipChange.Replace) step;
    Member by = replace.by();
    return members.remove(replace.nodeId()) && members.add(by.nodeId());
  }

  private Verdict execute(long instance, Entry entry) {
    Operation operation = null;
    if (!entry.isTombstone()) {
      operation = operations.find(Payload.operation(entry.payload()));
      if (operation == null
          || operation.group != group
          || operation.life.host().id() != entry.node()
          || operation.life.boot() != entry.boot()
          || operation.machine != entry.machine()) {
        judge.fail(
            "3 whatever is chosen was proposed",
            "group %d, instance %d holds %s, which is none of %s",
            group,
            instance,
            entry,
            operation);
        return Verdict.PASS;
      }
    }
    Row row = origins.getOrDefault(entry.node(), new Row(0, 0));
    boolean next =
        entry.boot() == row.boot
            ? entry.sequence() == row.sequence + 1
            : entry.boot() > row.boot && entry.sequence() == 1;
    if (!next) {
      figures.count("entries passed over");
      return Verdict.PASS;
    }
    origins.put(entry.node(), new Row(entry.boot(), entry.sequence()));
    if (operation == null) {
      figures.count("entries cancelled");
      return Verdict.CANCEL;
    }
    if (entry.fence() != 0 && entry.fence() != masterVersion) {
      figures.count("entries fenced off");
      return Verdict.FENCED;
    }
    execute(instance, operation);
    return Verdict.EXECUTE;
  }

  private void execute(long instance, Operation operation) {
    figures.count("entries executed");
    if (operation.executedAt != 0) {
      judge.fail(
          "10 execution without gap or repeat",
          "%s was executed at %d, and again at %d",
          operation,
          operation.executedAt,
          instance);
    }
    if (operation.status != null && operation.status.fate() == Status.Fate.NEVER) {
      judge.fail(
          "15 the fate is true",
          "%s was answered %s, and is executed at %d",
          operation,
          operation.status,
          instance);
    }
    Operation before = lastOf.put(operation.life.host().id(), operation);
    if (before != null && before.number > operation.number) {
      judge.fail(
          "16 order of submission", "%s is executed after %s, at %d", operation, before, instance);
    }
    operation.executedAt = instance;
    List<Due> ofMachine = due(operation.machine);
    operation.place = ofMachine.size();
    ofMachine.add(new Due(instance, operation));
  }
}
