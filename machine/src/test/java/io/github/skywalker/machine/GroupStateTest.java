package io.github.skywalker.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.MembershipChange.Add;
import io.github.skywalker.api.MembershipChange.Remove;
import io.github.skywalker.api.MembershipChange.Replace;
import io.github.skywalker.machine.GroupState.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class GroupStateTest {

  private final GroupState state = new GroupState(membership(0, 1, 2, 3));

  static Membership membership(long version, int... nodes) {
    TreeSet<Member> members = new TreeSet<>();
    for (int node : nodes) {
      members.add(member(node));
    }
    return new Membership(version, members);
  }

  private static Member member(int node) {
    return new Member(node, "n" + node, 7000 + node);
  }

  @Test
  void anEntryIsExecutedOnlyIfItIsItsOriginsNext() {
    // What was executed last, what comes, and whether it is next.
    Object[][] table = {
      {"none", entry(1, 1), true},
      {"none", entry(1, 2), false},
      {"none", entry(9, 1), true},
      {"1#1", entry(1, 1), false},
      {"1#1", entry(1, 2), true},
      {"1#1", entry(1, 3), false},
      {"1#1", entry(2, 1), true},
      {"1#1", entry(2, 2), false},
      {"2#1", entry(1, 2), false},
      {"2#1", entry(1, 1), false},
      {"2#1", entry(2, 2), true},
      {"2#1", entry(4, 1), true},
    };
    for (Object[] row : table) {
      OriginTable origins = new OriginTable();
      if (row[0].equals("1#1")) {
        origins.admit(entry(1, 1));
      } else if (row[0].equals("2#1")) {
        origins.admit(entry(2, 1));
      }
      Entry comes = (Entry) row[1];
      assertEquals(row[2], origins.admit(comes), () -> row[0] + ", then " + comes);
    }
  }

  private static Entry entry(int boot, long sequence) {
    return new Entry(5, boot, sequence, 1001, 0, new byte[0], 0, 0);
  }

  private static Entry fenced(long sequence, long fence) {
    return new Entry(5, 1, sequence, 1001, fence, new byte[0], 0, 0);
  }

  @Test
  void originsDoNotDisturbEachOther() {
    OriginTable origins = new OriginTable();
    origins.admit(entry(1, 1));
    assertEquals(OriginTable.Row.NONE, origins.row(6));
    assertEquals(new OriginTable.Row(1, 1), origins.row(5));
  }

  @Test
  void aBatchIsJudgedEntryByEntry() {
    Value value =
        Value.batch(
            List.of(entry(1, 1), entry(1, 1), Entry.tombstone(5, 1, 2), entry(1, 2), entry(1, 3)));
    assertEquals(
        List.of(Verdict.EXECUTE, Verdict.PASS, Verdict.CANCEL, Verdict.PASS, Verdict.EXECUTE),
        state.execute(1, value));
  }

  @Test
  void aFencedEntryFillsItsPlaceEvenWhereItsMastershipIsOver() {
    state.execute(1, mastership(1, new Ballot(0, 1, 1, 1)));
    assertEquals(
        List.of(Verdict.FENCED, Verdict.EXECUTE, Verdict.EXECUTE),
        state.execute(2, Value.batch(List.of(fenced(1, 7), fenced(2, 1), fenced(3, 0)))));
    state.execute(3, mastership(2, new Ballot(0, 2, 2, 1)));
    assertEquals(List.of(Verdict.FENCED), state.execute(4, Value.batch(List.of(fenced(4, 1)))));
    assertEquals(List.of(Verdict.EXECUTE), state.execute(5, Value.batch(List.of(fenced(5, 3)))));
  }

  @Test
  void anEntryFencedWithAMastershipIsNotExecutedWhereThereNeverWasOne() {
    assertEquals(List.of(Verdict.FENCED), state.execute(1, Value.batch(List.of(fenced(1, 1)))));
  }

  private static Value mastership(int node, Ballot ballot) {
    return Value.mastership(new Value.Mastership(node, 1, ballot));
  }

  @Test
  void aMasterEntryCountsUnlessOneOfAHigherBallotWasExecutedOrItsNodeIsNoMember() {
    assertNull(state.master());
    state.execute(1, mastership(2, new Ballot(0, 5, 2, 1)));
    assertEquals(1, state.master().version());
    state.execute(2, mastership(1, new Ballot(0, 4, 1, 1)));
    assertEquals(2, state.master().member().nodeId());
    assertEquals(1, state.master().version());
    state.execute(3, mastership(2, new Ballot(0, 5, 2, 1)));
    assertEquals(1, state.master().version());
    state.execute(4, mastership(9, new Ballot(0, 6, 9, 1)));
    assertEquals(2, state.master().member().nodeId());
    state.execute(5, mastership(3, new Ballot(0, 6, 3, 1)));
    assertEquals(5, state.master().version());
  }

  @Test
  void aChangeTakesEffectOnceAndOnlyInTheEpochItWasMadeFor() {
    Value change = change(0, new Add(member(4)));
    state.execute(1, change);
    assertEquals(membership(1, 1, 2, 3, 4), state.membership());
    state.execute(2, change);
    assertEquals(1, state.membership().version());
    state.execute(3, change(1, new Remove(4), new Remove(1)));
    assertEquals(membership(3, 2, 3), state.membership());
  }

  private static Value change(long expected, MembershipChange... steps) {
    return Value.change(new Value.Change(expected, 1, 1, 1, List.of(steps)));
  }

  @Test
  void theStepsOfAChangeAreTakenTogetherOrNotAtAll() {
    Membership from = membership(0, 1, 2, 3);
    assertEquals(
        Optional.of(membership(9, 2, 4, 5)),
        GroupState.apply(
            from, 9, List.of(new Add(member(4)), new Remove(1), new Replace(3, member(5)))));
    assertEquals(
        Optional.of(new Membership(9, new TreeSet<>(List.of(new Member(1, "elsewhere", 1))))),
        GroupState.apply(
            membership(0, 1), 9, List.of(new Replace(1, new Member(1, "elsewhere", 1)))));
    List<List<MembershipChange>> impossible =
        List.of(
            List.of(),
            List.of(new Add(member(4)), new Add(member(4))),
            List.of(new Add(member(4)), new Remove(5)),
            List.of(new Replace(4, member(5))),
            List.of(new Replace(1, member(2))),
            List.of(new Remove(1), new Remove(2), new Remove(3)));
    for (List<MembershipChange> steps : impossible) {
      assertEquals(Optional.empty(), GroupState.apply(from, 9, steps), steps::toString);
    }
  }

  @Test
  void aChangeThatMakesTooManyMembersHasNoEffect() {
    List<MembershipChange> steps = new ArrayList<>();
    for (int node = 4; node <= Membership.MAX_MEMBERS; node++) {
      steps.add(new Add(member(node)));
    }
    assertEquals(
        Membership.MAX_MEMBERS,
        GroupState.apply(membership(0, 1, 2, 3), 9, steps).orElseThrow().members().size());
    steps.add(new Add(member(64)));
    assertEquals(Optional.empty(), GroupState.apply(membership(0, 1, 2, 3), 9, steps));
    state.execute(1, change(0, steps.toArray(MembershipChange[]::new)));
    assertEquals(0, state.membership().version());
  }

  @Test
  void executionHasNoGapAndNoRepeat() {
    state.execute(1, Value.NOOP);
    assertThrows(IllegalStateException.class, () -> state.execute(1, Value.NOOP));
    assertThrows(IllegalStateException.class, () -> state.execute(3, Value.NOOP));
    assertEquals(1, state.executedUpTo());
  }
}
