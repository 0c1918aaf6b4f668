package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.CoreTesting.RETRY;
import static io.github.skywalker.paxos.core.CoreTesting.ballot;
import static io.github.skywalker.paxos.core.CoreTesting.members;
import static io.github.skywalker.paxos.core.CoreTesting.said;
import static io.github.skywalker.paxos.core.CoreTesting.value;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message.Learned;
import io.github.skywalker.util.Invariant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** How node 1 of five finds out what is chosen, and teaches others. */
class LearnerTest {

  private final Outbox out = new Outbox(1);
  private final List<String> executed = new ArrayList<>();
  private Instances instances = new Instances(0, 100, () -> Long.MAX_VALUE);
  private GroupState state = new GroupState(members(5));
  private final Grants grants = new Grants(1, 1, Long.MIN_VALUE);
  private Learner learner = learner();
  private long now = 1_000;

  private Learner learner() {
    return new Learner(
        1,
        RETRY,
        grants,
        state,
        instances,
        out,
        new Learner.Execution() {
          @Override
          public void execute(long instance, Value value) {
            state.execute(instance, value);
            executed.add(instance + ": " + value);
          }

          @Override
          public void founded() {
            executed.add("founded");
          }
        });
  }

  private static List<Value> values(int count) {
    return LongStream.rangeClosed(1, count).mapToObj(i -> value(i, "v" + i)).toList();
  }

  private void learned(int from, long first, List<Value> values, long upTo) {
    learner.learned(from, new Learned(first, values, upTo, null), now);
  }

  private List<String> said() {
    return CoreTesting.said(out.take());
  }

  private static String asks(int node, long from) {
    return "to " + node + ": " + new Message.Learn(from);
  }

  @Test
  void whatIsAnnouncedIsTakenOnlyWhereTheVoteHasExactlyThatBallot() {
    instances.accept(1, ballot(4), value("one"));
    instances.accept(2, ballot(3), value("two"));
    instances.accept(3, ballot(4), value("three"));
    learner.announced(2, ballot(4), 3, now);
    assertEquals(1, instances.chosenUpTo());
    assertEquals(List.of("1: " + value("one")), executed);
    assertEquals(List.of(asks(2, 2)), said(), "what it lacks it asks for");
  }

  @Test
  void aVoteThatComesAfterTheAnnouncementIsTakenWithTheNextWord() {
    learner.announced(2, ballot(4), 1, now);
    instances.accept(1, ballot(4), value("one"));
    learner.heard(3, 0, now);
    assertEquals(1, instances.chosenUpTo());
  }

  @Test
  void aLowerBallotsWordDoesNotTakeThePlaceOfAHigherOnes() {
    instances.accept(1, ballot(4), value("one"));
    learner.announced(2, ballot(6), 1, now);
    learner.announced(3, ballot(4), 1, now);
    assertEquals(0, instances.chosenUpTo(), "the vote is of a ballot that may have lost");
    learner.announced(2, ballot(6), 0, now);
    assertEquals(0, instances.chosenUpTo());
  }

  @Test
  void whatIsNotAnnouncedIsNotTaken() {
    instances.accept(1, ballot(4), value("one"));
    instances.accept(2, ballot(4), value("two"));
    learner.announced(2, ballot(4), 1, now);
    assertEquals(1, instances.chosenUpTo());
  }

  @Test
  void aBallotThatHasChosenNothingTakesNothingFromALowerOnesWord() {
    instances.accept(1, ballot(4), value("one"));
    learner.announced(2, ballot(6), 0, now);
    learner.announced(3, ballot(4), 1, now);
    assertEquals(1, instances.chosenUpTo());
  }

  @Test
  void anOlderWordOfTheSameBallotTakesNothingBack() {
    learner.announced(2, ballot(4), 2, now);
    learner.announced(2, ballot(4), 1, now);
    instances.accept(1, ballot(4), value("one"));
    instances.accept(2, ballot(4), value("two"));
    learner.heard(3, 0, now);
    assertEquals(2, instances.chosenUpTo());
    learner.heard(3, 7, now);
    Map<Integer, Long> shown = learner.peers();
    learner.heard(3, 4, now);
    assertEquals(5, learner.lack());
    learner.heard(3, 8, now);
    assertEquals(7, shown.get(3), "what was shown to other threads never changes");
  }

  @Test
  void itAsksNobodyWhenOnlyItselfIsSaidToKnowMore() {
    learner.heard(1, 5, now);
    assertEquals(List.of(), said());
  }

  @Test
  void anAnswerOfAnotherNodeDoesNotEndTheWaitForTheOneThatWasAsked() {
    learner.heard(3, 5, now);
    assertEquals(List.of(asks(3, 1)), said());
    learned(4, 1, values(2), 2);
    assertEquals(List.of(), said());
    learned(4, 3, List.of(value(3, "v3"), value(4, "v4"), value(5, "v5")), 5);
    assertEquals(Grants.NEVER, learner.deadline(), "nothing is lacking any more");
  }

  @Test
  void whatAReadWaitsForIsAskedForUnlessItIsKnownOrAskedForAlready() {
    learner.wanted(4, 0);
    assertEquals(List.of(), said());
    learner.wanted(4, 1);
    assertEquals(List.of(asks(4, 1)), said());
    learner.heard(3, 5, now);
    assertEquals(List.of(asks(3, 1)), said());
    learner.wanted(4, 1);
    assertEquals(List.of(), said());
  }

  @Test
  void whatIsLackingIsAskedOfOneAtATimeAndOfTheNextWhenItIsNotAnswered() {
    learner.heard(3, 5, now);
    learner.heard(4, 5, now);
    learner.heard(2, 0, now);
    assertEquals(List.of(asks(3, 1)), said());
    now += RETRY - 1;
    learner.due(now);
    assertEquals(List.of(), said());
    List<String> asked = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      now = learner.deadline();
      learner.due(now);
      asked.addAll(said());
    }
    assertEquals(List.of(asks(4, 1), asks(3, 1), asks(4, 1)), asked);
  }

  @Test
  void aNewConnectionMakesItAskAtOnceIfItLacksAnything() {
    learner.connected(now);
    assertEquals(List.of(), said());
    assertEquals(Grants.NEVER, learner.deadline());
    learner.heard(3, 5, now);
    said();
    now += RETRY / 2;
    learner.connected(now);
    assertEquals(List.of(asks(3, 1)), said());
    assertEquals(now + RETRY, learner.deadline());
  }

  @Test
  void answersAreExecutedInOrderAndTheRestIsAskedForAtOnce() {
    learner.heard(3, 5, now);
    said();
    learned(3, 1, values(2), 5);
    assertEquals(List.of("1: " + values(2).get(0), "2: " + values(2).get(1)), executed);
    assertEquals(List.of(asks(3, 3)), said());
    learned(3, 4, List.of(value(4, "v4")), 5);
    assertEquals(2, instances.chosenUpTo(), "a hole is not leapt over");
    learned(3, 1, values(5), 5);
    assertEquals(5, instances.chosenUpTo());
    assertEquals(5, executed.size());
    now += 100 * RETRY;
    learner.due(now);
    said();
    assertEquals(0, learner.lack());
  }

  @Test
  void aLearnedValueIsWrittenUnlessTheVoteOnDiskIsForIt() {
    instances.accept(1, ballot(4), value("same"));
    instances.accept(2, ballot(4), value("other"));
    learned(3, 1, List.of(value("same"), value("two"), value("three")), 3);
    assertEquals(
        List.of(
            new Write.Chosen(2, value("two"), 1).toString(),
            new Write.Chosen(3, value("three"), 2).toString()),
        out.take().writes.stream().map(Object::toString).toList());
  }

  @Test
  void anotherValueWhereOneIsKnownChosenIsABreach() {
    learned(3, 1, List.of(value("one")), 1);
    learned(4, 1, List.of(value("one")), 1);
    assertThrows(Invariant.Breach.class, () -> learned(4, 1, List.of(value("two")), 1));
    assertThrows(Invariant.Breach.class, () -> learner.counted(1, value("two")));
  }

  @Test
  void anotherValueThanTheOwnVoteIsNone() {
    instances.accept(3, ballot(4), value("mine"));
    learned(3, 3, List.of(value("chosen elsewhere")), 3);
    assertEquals(0, instances.chosenUpTo());
  }

  @Test
  void whatItsOwnProposerHasCountedIsChosenInItsTurn() {
    learner.counted(1, value("one"));
    assertEquals(1, instances.chosenUpTo());
    learner.counted(1, value("one"));
    assertEquals(1, executed.size());
  }

  @Test
  void aJoinerExecutesNothingBeforeItKnowsWhoFoundedTheGroup() {
    state = new GroupState(new Membership(0, new TreeSet<>()));
    learner = learner();
    learned(3, 1, values(2), 2);
    assertEquals(List.of(), executed);
    learner.learned(3, new Learned(1, values(2), 2, members(5)), now);
    assertEquals("founded", executed.get(0));
    assertEquals(3, executed.size());
    assertEquals(members(5), state.membership());
    learner.learned(3, new Learned(3, List.of(), 2, members(3)), now);
    assertEquals(members(5), state.membership(), "it is founded once");
  }

  @Test
  void itTeachesFromMemoryAndWithTheFirstInstanceWhoFoundedTheGroup() {
    learned(3, 1, values(3), 3);
    out.take();
    learner.serve(2, 2);
    learner.serve(2, 1);
    List<Value> all = values(3);
    assertEquals(
        List.of(
            "to 2: " + new Learned(2, all.subList(1, 3), 3, null),
            "to 2: " + new Learned(1, all, 3, members(5))),
        said());
    learner.serve(2, 4);
    learner.serve(2, 0);
    assertTrue(out.take().isEmpty(), "it knows nothing there");
  }

  @Test
  void oneMessageCarriesNoMoreThanItsBoundButOneValueAlways() {
    String half = "x".repeat(Learner.MAX_LEARNED_BYTES / 2 - 100);
    String large = "y".repeat(2 * Learner.MAX_LEARNED_BYTES);
    List<Value> values =
        List.of(value(1, half), value(2, half), value(3, half), value(4, large), value(5, "z"));
    learned(3, 1, values, 5);
    out.take();
    List<Integer> carried = new ArrayList<>();
    for (long first = 1; first <= 5; ) {
      learner.serve(2, first);
      Learned answer = (Learned) out.take().sends.get(0).message();
      carried.add(answer.values().size());
      first += answer.values().size();
    }
    assertEquals(List.of(2, 1, 1, 1), carried);
  }

  @Test
  void whatIsHeldInTheLogOnlyIsServedFromThere() {
    instances = new Instances(0, 2, () -> Long.MAX_VALUE);
    learner = learner();
    learned(3, 1, values(5), 5);
    out.take();
    learner.serve(2, 3);
    Ready ready = out.take();
    assertTrue(ready.sends.isEmpty());
    assertEquals(
        List.of(new Outcome.Serve(2, 3, 5).toString()),
        ready.outcomes.stream().map(Object::toString).toList());
    learner.serve(2, 4);
    assertEquals(1, out.take().sends.size());
  }

  @Test
  void whatWasAnnouncedAboveACheckpointIsTakenWhenThatIsLoaded() {
    instances.accept(3, ballot(4), value("three"));
    instances.accept(4, ballot(4), value("four"));
    learner.announced(2, ballot(4), 4, now);
    learner.heard(2, 9, now);
    assertEquals(List.of(asks(2, 1)), said());
    assertEquals(0, instances.chosenUpTo());
    GroupState elsewhere = new GroupState(members(5));
    for (int i = 1; i <= 3; i++) {
      elsewhere.execute(i, values(3).get(i - 1));
    }
    state.become(elsewhere.image());
    instances.cover(3);
    learner.covered(now);
    assertEquals(4, instances.chosenUpTo());
    assertEquals(List.of("4: " + value("four")), executed);
    assertEquals(List.of(asks(2, 5)), said(), "what follows is asked for at once");
  }
}
