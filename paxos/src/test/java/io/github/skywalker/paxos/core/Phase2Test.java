package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.CoreTesting.RETRY;
import static io.github.skywalker.paxos.core.CoreTesting.ballot;
import static io.github.skywalker.paxos.core.CoreTesting.members;
import static io.github.skywalker.paxos.core.CoreTesting.value;
import static io.github.skywalker.paxos.core.CoreTesting.voters;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message.Accept;
import io.github.skywalker.paxos.core.Message.Promise;
import io.github.skywalker.paxos.core.Message.Report;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What node 1 of three proposes in ballot 4, and when; its window is of six instances. */
class Phase2Test {

  private static final Ballot BALLOT = ballot(4);
  private static final int WINDOW = 6;
  private static final int MAX_VALUE_BYTES = 100;
  private static final long NOW = 1_000;

  private final Outbox out = new Outbox(1);
  private final GroupState state = new GroupState(members(3));
  private final Instances instances = new Instances(0, 100, () -> Long.MAX_VALUE);
  private final Grants grants = new Grants(1, 1, Long.MIN_VALUE);
  private final Lease lease = new Lease(1, grants, voters(3));
  private final Acceptor acceptor =
      new Acceptor(1, true, Ballot.ZERO, grants, state, instances, lease, out);
  private final Origin origin = new Origin(1, 1, out);
  private final Intake intake = new Intake(origin, state.origins(), MAX_VALUE_BYTES);
  private final Changes changes = new Changes(1, 1, RETRY, state, out);
  private final Learner learner =
      new Learner(
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
            }

            @Override
            public void founded() {}
          });

  private long written;

  /** Phase 1 is complete, and has found this. */
  private Phase2 lead(Value masterEntry, Report... reports) {
    assertTrue(acceptor.prepareOwn(BALLOT, NOW));
    Phase1 phase1 = new Phase1(BALLOT, voters(3), 1, RETRY, instances, acceptor, out);
    phase1.promised(2, new Promise(BALLOT, 1, 1, 0, List.of(reports), Stamp.NONE));
    phase1.promised(3, new Promise(BALLOT, 1, 1, 0, List.of(), Stamp.NONE));
    assertTrue(phase1.isComplete());
    changes.begin(BALLOT);
    takeAndSync();
    return new Phase2(
        phase1, masterEntry, WINDOW, RETRY, acceptor, instances, learner, intake, changes, out);
  }

  private static Report vote(long instance, String value) {
    return new Report(instance, ballot(2), value(instance, value));
  }

  private static Value masterEntry() {
    return Value.mastership(new Value.Mastership(1, 1_000, BALLOT));
  }

  private static Value change() {
    return Value.change(
        new Value.Change(0, 1, 1, 1, List.of(new MembershipChange.Add(CoreTesting.member(4)))));
  }

  private void propose(String payload) {
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    origin.propose(new Event.Proposal(payload, 1001, 0, bytes, 1_000_000, 1_000_000));
  }

  private Ready takeAndSync() {
    Ready ready = out.take();
    if (!ready.writes.isEmpty()) {
      written++;
    }
    out.synced(written);
    return ready;
  }

  /** What it has sent to node 2, in few words: the instance and the value, or the message. */
  private List<String> sentTo(int node, Ready ready) {
    List<String> sent = new ArrayList<>();
    for (Ready.Send send : ready.sends) {
      if (send.to() == node) {
        sent.add(
            send.message() instanceof Accept accept
                ? accept.instance() + " " + name(accept.value()) + " up to " + accept.upTo()
                : send.message().toString());
      }
    }
    return sent;
  }

  private static String name(Value value) {
    return switch (value.kind()) {
      case NOOP -> "noop";
      case CHANGE -> "change";
      case MASTER -> "master";
      case BATCH ->
          String.join(
              "+",
              value.entries().stream()
                  .map(entry -> StandardCharsets.UTF_8.decode(entry.payload()).toString())
                  .toList());
    };
  }

  private List<String> pump(Phase2 phase2, boolean mayTake) {
    phase2.pump(mayTake, NOW);
    Ready ready = takeAndSync();
    assertEquals(sentTo(2, ready), sentTo(3, ready));
    return sentTo(2, ready);
  }

  /** Node 2 accepts everything up to an instance, and the proposer counts. */
  private void choose(Phase2 phase2, long from, long upTo) {
    for (long instance = from; instance <= upTo; instance++) {
      phase2.accepted(instance, 2);
      Window.Open chosen = phase2.pollChosen(NOW);
      assertNotNull(chosen, "instance " + instance);
      learner.counted(chosen.instance, chosen.value);
    }
    takeAndSync();
  }

  @Test
  void whatPhase1FoundComesFirstThenTheMasterEntryThenItsOwnEntries() {
    propose("mine");
    Phase2 phase2 = lead(masterEntry(), vote(1, "one"), vote(3, "three"));
    assertEquals(
        List.of("1 one up to 0", "2 noop up to 0", "3 three up to 0", "4 master up to 0"),
        pump(phase2, true));
    choose(phase2, 1, 4);
    assertEquals(List.of("5 mine up to 4"), pump(phase2, true));
  }

  @Test
  void itsOwnEntriesWaitUntilWhatWasFoundIsCounted() {
    propose("mine");
    Phase2 phase2 = lead(null, vote(1, "one"));
    assertEquals(List.of("1 one up to 0"), pump(phase2, true));
    assertEquals(List.of(), pump(phase2, true), "the recovered value may hold the same entry");
    choose(phase2, 1, 1);
    assertEquals(List.of("2 mine up to 1"), pump(phase2, true));
  }

  @Test
  void noMoreThanAWindowIsOpenAboveWhatIsChosen() {
    Report[] found = new Report[WINDOW + 1];
    for (int i = 1; i <= found.length; i++) {
      found[i - 1] = vote(i, "v" + i);
    }
    Phase2 phase2 = lead(null, found);
    assertEquals(WINDOW, pump(phase2, true).size());
    assertEquals(List.of(), pump(phase2, true));
    choose(phase2, 1, 1);
    assertEquals(List.of("7 v7 up to 1"), pump(phase2, true));
    assertEquals(WINDOW, phase2.openInstances());
  }

  @Test
  void whoRetiresFinishesWhatWasFoundAndTakesNothingOfItsOwn() {
    propose("mine");
    Phase2 phase2 = lead(masterEntry(), vote(1, "one"));
    assertEquals(List.of("1 one up to 0"), pump(phase2, false));
    choose(phase2, 1, 1);
    assertEquals(List.of(), pump(phase2, false));
    assertTrue(phase2.isEmpty());
  }

  @Test
  void aChangeWaitsUntilEverythingBeforeItIsChosenAndNothingIsSentBehindIt() {
    Phase2 phase2 = lead(null);
    propose("before");
    assertEquals(List.of("1 before up to 0"), pump(phase2, true));
    changes.change(new Event.ChangeMembership("ticket", change(), true, 1_000_000));
    propose("behind");
    assertEquals(List.of(), pump(phase2, true));
    choose(phase2, 1, 1);
    assertTrue(phase2.pump(true, NOW), "it says that a change was sent: no lease any more");
    assertEquals(List.of("2 change up to 1"), sentTo(2, takeAndSync()));
    assertFalse(phase2.pump(true, NOW));
    assertEquals(List.of(), sentTo(2, takeAndSync()));
  }

  @Test
  void aChangeWaitsUntilWhatWasLearnedInOtherWaysIsCountedToo() {
    Phase2 phase2 = lead(null);
    propose("before");
    pump(phase2, true);
    Value before = instances.get(1).value;
    learner.learned(3, new Message.Learned(1, List.of(before), 1, null), NOW);
    changes.change(new Event.ChangeMembership("ticket", change(), true, 1_000_000));
    assertEquals(List.of(), pump(phase2, true));
    choose(phase2, 1, 1);
    assertEquals(List.of("2 change up to 1"), pump(phase2, true));
  }

  @Test
  void aBallotThatAnotherHasOvertakenProposesNoChange() {
    Phase2 phase2 = lead(null);
    propose("before");
    pump(phase2, true);
    choose(phase2, 1, 1);
    learner.learned(3, new Message.Learned(2, List.of(value(1, "another's")), 2, null), NOW);
    changes.change(new Event.ChangeMembership("ticket", change(), true, 1_000_000));
    assertEquals(List.of(), pump(phase2, true));
  }

  @Test
  void whoLagsByNoMoreThanAWindowIsCaughtUpForAChange() {
    assertEquals(List.of("9 change up to 8"), changeWithPeersAt(8 - WINDOW, NOW + 1));
  }

  @Test
  void whoLagsByMoreIsNot() {
    assertEquals(List.of(), changeWithPeersAt(8 - WINDOW - 1, NOW + 1));
  }

  @Test
  void whoWasNotHeardOfWithinALeaseIsNotEither() {
    assertEquals(List.of(), changeWithPeersAt(8, NOW));
  }

  /**
   * Eight instances are chosen, and the nodes 2 and 3 are known to know so many of them. They count
   * as heard of until a time.
   */
  private List<String> changeWithPeersAt(long chosenUpTo, long until) {
    Phase2 phase2 = lead(null);
    for (int i = 1; i <= 8; i++) {
      propose("p" + i);
      pump(phase2, true);
      choose(phase2, i, i);
    }
    learner.heard(2, chosenUpTo, NOW);
    learner.heard(3, chosenUpTo, NOW);
    grants.give(2, 1, until);
    grants.give(3, 1, until);
    changes.change(new Event.ChangeMembership("ticket", change(), false, 1_000_000));
    return pump(phase2, true);
  }

  @Test
  void aBallotChoosesAValueOfItsOwnBeforeAChange() {
    Phase2 phase2 = lead(null);
    changes.change(new Event.ChangeMembership("ticket", change(), true, 1_000_000));
    assertEquals(List.of("1 noop up to 0"), pump(phase2, true));
    choose(phase2, 1, 1);
    assertEquals(List.of("2 change up to 1"), pump(phase2, true));
  }

  @Test
  void aChangeThatWasFoundIsProposedAgainAndNothingBehindIt() {
    Phase2 phase2 =
        lead(null, vote(1, "one"), new Report(2, ballot(2), change()), vote(3, "three"));
    assertTrue(phase2.recoversChange());
    assertTrue(phase2.pump(true, NOW));
    assertEquals(List.of("1 one up to 0", "2 change up to 0"), sentTo(2, takeAndSync()));
    choose(phase2, 1, 1);
    assertEquals(List.of(), pump(phase2, true));
  }

  @Test
  void withFourInstancesOpenABatchWaitsUntilItIsFullOrOneIsChosen() {
    Phase2 phase2 = lead(null);
    for (int i = 1; i <= 4; i++) {
      propose("p" + i);
      assertEquals(List.of(i + " p" + i + " up to 0"), pump(phase2, true));
    }
    propose("p5");
    propose("p6");
    assertEquals(List.of(), pump(phase2, true));
    choose(phase2, 1, 1);
    assertEquals(List.of("5 p5+p6 up to 1"), pump(phase2, true));
    String large = "x".repeat(MAX_VALUE_BYTES);
    propose(large);
    assertEquals(List.of("6 " + large + " up to 1"), pump(phase2, true));
  }

  @Test
  void whatIsNotAnsweredIsSentAgainToThoseWhoHaveNotAnsweredWithTheSameValue() {
    Phase2 phase2 = lead(null, vote(1, "one"), vote(2, "two"));
    pump(phase2, true);
    phase2.accepted(2, 2);
    phase2.due(NOW + RETRY - 1);
    assertEquals(List.of(), sentTo(2, takeAndSync()));
    phase2.due(phase2.deadline());
    Ready again = takeAndSync();
    assertEquals(List.of("1 one up to 0"), sentTo(2, again));
    assertEquals(List.of("1 one up to 0", "2 two up to 0"), sentTo(3, again));
  }

  @Test
  void whatItHasCountedItAnnouncesOnceUnlessAnAcceptCarriesIt() {
    Phase2 phase2 = lead(null, vote(1, "one"), vote(2, "two"));
    pump(phase2, true);
    phase2.announce();
    choose(phase2, 1, 2);
    phase2.announce();
    String chosen = new Message.Chosen(BALLOT, 2).toString();
    assertEquals(List.of(chosen), sentTo(2, takeAndSync()));
    phase2.announce();
    assertEquals(List.of(), sentTo(2, takeAndSync()));
    propose("next");
    assertEquals(List.of("3 next up to 2"), pump(phase2, true));
  }

  @Test
  void whatItHasLearnedInOtherWaysItDoesNotAnnounce() {
    Phase2 phase2 = lead(null, vote(1, "one"), vote(2, "two"));
    pump(phase2, true);
    phase2.announce();
    learner.learned(
        3, new Message.Learned(1, List.of(value(1, "one"), value(2, "two")), 2, null), NOW);
    takeAndSync();
    phase2.announce();
    phase2.conclude();
    assertEquals(List.of(), sentTo(2, takeAndSync()));
    phase2.greet(2);
    assertEquals(
        List.of(new Message.Chosen(BALLOT, 0).toString(), "1 one up to 0", "2 two up to 0"),
        sentTo(2, takeAndSync()));
  }

  @Test
  void anAcceptDoesNotAnnounceItEither() {
    Phase2 phase2 = lead(null);
    propose("mine");
    pump(phase2, true);
    Value mine = instances.get(1).value;
    learner.learned(3, new Message.Learned(1, List.of(mine), 1, null), NOW);
    propose("next");
    assertEquals(List.of("2 next up to 0"), pump(phase2, true));
  }

  @Test
  void whatIsCountedInAStepThatSentAnAcceptIsAnnouncedWithTheNext() {
    Phase2 phase2 = lead(null);
    propose("one");
    pump(phase2, true);
    choose(phase2, 1, 1);
    phase2.announce();
    assertEquals(List.of(), sentTo(2, takeAndSync()));
    phase2.announce();
    assertEquals(List.of(new Message.Chosen(BALLOT, 1).toString()), sentTo(2, takeAndSync()));
  }

  @Test
  void nothingIsAnnouncedWhileAnAcceptIsAboutToCarryIt() {
    Phase2 phase2 = lead(null);
    for (int i = 1; i <= 5; i++) {
      propose("p" + i);
      pump(phase2, true);
    }
    phase2.announce();
    choose(phase2, 1, 1);
    phase2.announce();
    assertEquals(List.of(), sentTo(2, takeAndSync()));
    assertEquals(List.of("5 p5 up to 1"), pump(phase2, true));
  }

  @Test
  void aNodeThatIsNoMemberIsToldHowFarItIsAndAskedForNothing() {
    Phase2 phase2 = lead(null, vote(1, "one"));
    pump(phase2, true);
    phase2.greet(9);
    assertEquals(List.of(new Message.Chosen(BALLOT, 0).toString()), sentTo(9, takeAndSync()));
  }

  @Test
  void eachInstanceThatIsChosenGivesTheOthersTimeAndTheLastOneEndsTheWait() {
    Phase2 phase2 = lead(null, vote(1, "one"), vote(2, "two"));
    pump(phase2, true);
    assertEquals(NOW + RETRY, phase2.deadline());
    phase2.accepted(1, 2);
    phase2.pollChosen(NOW + 50);
    assertEquals(NOW + 50 + RETRY, phase2.deadline());
    phase2.accepted(2, 2);
    phase2.pollChosen(NOW + 60);
    assertEquals(Grants.NEVER, phase2.deadline());
  }

  @Test
  void theReadIndexCoversWhatPhase1Found() {
    Phase2 phase2 = lead(null, vote(3, "three"));
    assertEquals(3, phase2.readIndex());
    pump(phase2, true);
    choose(phase2, 1, 3);
    propose("four");
    pump(phase2, true);
    choose(phase2, 4, 4);
    assertEquals(4, phase2.readIndex());
  }

  @Test
  void theLastThatABallotSaysIsWhatItHasChosen() {
    Phase2 phase2 = lead(null, vote(1, "one"));
    pump(phase2, true);
    choose(phase2, 1, 1);
    phase2.conclude();
    String chosen = new Message.Chosen(BALLOT, 1).toString();
    assertEquals(List.of(chosen), sentTo(3, takeAndSync()));
  }
}
