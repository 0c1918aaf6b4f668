package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages with numbers that cannot be change nothing, and are not answered. */
class BadMessagesTest {

  private static final long NOW = 1_000_000;
  private static final int SELF = 3;
  private static final int STRANGER = 9;
  private static final Ballot PROMISED = new Ballot(0, 5, 2, 4);
  private static final Stamp STAMP = new Stamp(1, 1);
  private static final long FAR = Inbound.MAX_JUMP_INSTANCES + 1000;

  private static final long[] NEVER_INSTANCES = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE};
  private static final long[] NEVER_CHOSEN = {
    -1, Long.MIN_VALUE, Long.MAX_VALUE, Inbound.MAX_NUMBER + 1
  };

  /** Ballots of node 2 that it cannot use. */
  private static final List<Ballot> NEVER_BALLOTS =
      List.of(
          new Ballot(0, -1, 2, 4),
          new Ballot(0, Long.MIN_VALUE, 2, 4),
          new Ballot(0, Long.MAX_VALUE, 2, 4),
          new Ballot(0, Long.MAX_VALUE - 1, 2, 4),
          new Ballot(0, 7 + Inbound.MAX_JUMP_ROUNDS, 2, 4),
          new Ballot(-1, 6, 2, 4),
          new Ballot(Long.MAX_VALUE, 6, 2, 4),
          new Ballot(0, 6, 2, 0),
          new Ballot(0, 6, 2, -1),
          new Ballot(0, 6, 1, 4), // of another node than the one that sends it
          new Ballot(0, 6, SELF, 1),
          new Ballot(0, 6, 0, 4),
          new Ballot(0, 6, -2, 4));

  /** What node 3 is while it is told nonsense. */
  private enum Role {
    FOLLOWING,
    CANVASSING,
    PREPARING,
    PREPARED
  }

  private Site site;
  private long now = NOW;
  private final List<String> said = new ArrayList<>();
  private final List<Write> written = new ArrayList<>();
  private Ballot mine = Ballot.ZERO;

  @BeforeEach
  void aNodeThatKnowsOneInstanceAndFollows() {
    TreeSet<Member> members = new TreeSet<>();
    for (int id = 1; id <= 3; id++) {
      members.add(new Member(id, "n" + id, 7000 + id));
    }
    site =
        new Site(
            SELF,
            Membership.founding(members),
            boot ->
                new Replica.Options(
                    SELF, boot, true, 4, 1000, 100, 0, 1000, () -> Long.MAX_VALUE, 1),
            watcher);
    site.start(Long.MIN_VALUE);
    receive(2, new Message.Prepare(PROMISED, 1));
    receive(2, new Message.Learned(1, List.of(Value.NOOP), 1, null));
    site.sync(now);
    said.clear();
    written.clear();
  }

  /** Brings node 3 into a role, by what honest nodes say. */
  private void become(Role role) {
    if (role == Role.FOLLOWING) {
      return;
    }
    for (int i = 0; site.replica().phase() != Phase.CANVASSING; i++) {
      assertTrue(i < 100, "It does not contend");
      now += 1000;
      site.step(new Event.Tick(), now);
    }
    mine = new Ballot(0, 6, SELF, 1);
    if (role != Role.CANVASSING) {
      receive(1, new Message.Favour(mine, 1));
      site.sync(now);
      assertEquals(Phase.PREPARING, site.replica().phase());
      assertEquals(mine, site.replica().promised());
    }
    if (role == Role.PREPARED) {
      receive(1, new Message.Promise(mine, 2, 2, 0, List.of(), STAMP));
      site.sync(now);
      assertEquals(mine, site.replica().prepared());
    }
    said.clear();
    written.clear();
  }

  @ParameterizedTest
  @EnumSource
  void aBallotThatItsSenderCannotUseIsDropped(Role role) {
    become(role);
    List<Function<Ballot, Message>> kinds =
        List.of(
            ballot -> new Message.Canvass(ballot, 2),
            ballot -> new Message.Prepare(ballot, 2),
            ballot -> new Message.Accept(ballot, 2, Value.NOOP, 1),
            ballot -> new Message.Chosen(ballot, 1),
            ballot -> new Message.Confirm(ballot, 1),
            Message.Release::new,
            Message.Succeed::new);
    for (Ballot ballot : NEVER_BALLOTS) {
      for (Function<Ballot, Message> kind : kinds) {
        isDropped(2, kind.apply(ballot));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anInstanceThatCannotBeIsDropped(Role role) {
    become(role);
    Ballot theirs = new Ballot(0, 7, 2, 4);
    List<Function<Long, Message>> kinds =
        List.of(
            instance -> new Message.Canvass(theirs, instance),
            instance -> new Message.Prepare(theirs, instance),
            instance -> new Message.Prepare(theirs, 2, instance),
            instance -> new Message.Accept(theirs, instance, Value.NOOP, 1),
            instance ->
                new Message.Promise(
                    mine, 2, 2, 0, List.of(new Message.Report(FAR, null, Value.NOOP)), STAMP),
            Message.Learn::new,
            instance -> new Message.Learned(instance, List.of(Value.NOOP, Value.NOOP), 1, null));
    for (long instance : NEVER_INSTANCES) {
      for (Function<Long, Message> kind : kinds) {
        isDropped(2, kind.apply(instance));
      }
    }
    isDropped(2, new Message.Accept(theirs, FAR, Value.NOOP, 1));
  }

  @ParameterizedTest
  @EnumSource
  void whatNobodyCanKnowChosenIsDropped(Role role) {
    become(role);
    Ballot theirs = new Ballot(0, 7, 2, 4);
    List<Function<Long, Message>> kinds =
        List.of(
            upTo -> new Message.Favour(mine, upTo),
            upTo -> new Message.Behind(mine, upTo),
            upTo -> new Message.Accept(theirs, 2, Value.NOOP, upTo),
            upTo -> new Message.Chosen(theirs, upTo),
            upTo -> new Message.Learned(2, List.of(), upTo, null),
            upTo -> new Message.ReadAt(1, upTo));
    for (long upTo : NEVER_CHOSEN) {
      for (Function<Long, Message> kind : kinds) {
        isDropped(2, kind.apply(upTo));
      }
      isDropped(new Event.PeerChosen(2, upTo, true), "PeerChosen " + upTo);
    }
  }

  @Test
  void whoeverSaysThatHeIsFarAheadIsAskedAndNothingMore() {
    for (long upTo : new long[] {FAR, 1L << 40, Inbound.MAX_NUMBER}) {
      site.step(new Event.PeerChosen(STRANGER, upTo, true), now);
      assertEquals(upTo, site.replica().peers().get(STRANGER));
    }
    assertEquals(List.of("Learn"), said);
    assertTrue(written.isEmpty());
    assertIsWell();
  }

  /** A ballot may jump, but no peer brings a node to the end of the numbers by one message. */
  @Test
  void theGreatestJumpOfABallotIsOnceTheBound() {
    long before = site.replica().promised().round();
    Ballot greatest = new Ballot(0, before + Inbound.MAX_JUMP_ROUNDS, 2, 4);
    receive(2, new Message.Prepare(greatest, 2));
    assertEquals(greatest, site.replica().promised());
    assertIsWell();
  }

  @ParameterizedTest
  @EnumSource
  void theAnswersOfWhoIsNoMemberDoNotCount(Role role) {
    become(role);
    Phase before = site.replica().phase();
    receive(STRANGER, new Message.Favour(mine, 1));
    receive(STRANGER, new Message.Promise(mine, 2, 2, 0, List.of(), STAMP));
    receive(STRANGER, new Message.Accepted(mine, 2, STAMP));
    receive(STRANGER, new Message.Confirmed(mine, 0, STAMP));
    site.sync(now);
    assertEquals(before, site.replica().phase());
    assertEquals(1, site.replica().chosenUpTo());
    assertEquals(0, site.replica().lease().leftNanos(now));
    assertIsWell();
  }

  @ParameterizedTest
  @EnumSource
  void answersThatWereNotAskedForAreDropped(Role role) {
    become(role);
    for (Ballot other :
        List.of(
            new Ballot(0, 6, SELF, 2), // of a life to come
            new Ballot(0, 6, 2, 1),
            new Ballot(0, Long.MAX_VALUE, 1, 1),
            Ballot.ZERO)) {
      isDropped(2, new Message.Favour(other, 1));
      isDropped(2, new Message.Promise(other, 2, 2, 0, List.of(), STAMP));
      isDropped(2, new Message.Reject(other, new Ballot(0, 8, 1, 1)));
      isDropped(2, new Message.Leased(other, 5));
      isDropped(2, new Message.Behind(other, 1));
      isDropped(2, new Message.Untaught(other, 1));
      isDropped(2, new Message.Accepted(other, 2, STAMP));
      isDropped(2, new Message.Confirmed(other, 0, STAMP));
      isDropped(2, new Message.Released(other));
    }
    for (long left : new long[] {-1, Long.MIN_VALUE}) {
      isDropped(2, new Message.Leased(mine, left));
    }
    isDropped(2, new Message.Reject(mine, new Ballot(0, Long.MAX_VALUE, 1, 1)));
    isDropped(2, new Message.Reject(mine, new Ballot(Long.MAX_VALUE, 9, 1, 1)));
  }

  @Test
  void aLeaseThatNeverEndsIsNotWaitedForLongerThanAMinute() {
    become(Role.CANVASSING);
    receive(1, new Message.Leased(mine, Long.MAX_VALUE));
    receive(2, new Message.Leased(mine, Long.MAX_VALUE));
    assertEquals(Phase.FOLLOWING, site.replica().phase());
    assertTrue(site.replica().nextDeadline() - now <= 60_000_001_000L);
  }

  /** Parts of a promise that leave something out, or go backwards, never make it complete. */
  @Test
  void aPromiseWithHolesDoesNotCount() {
    become(Role.PREPARING);
    BiFunction<Long, Long, Message> part =
        (from, next) -> new Message.Promise(mine, 2, from, next, List.of(), STAMP);
    for (long odd : new long[] {3, 9, Long.MAX_VALUE}) {
      receive(1, part.apply(odd, 0L));
    }
    for (long odd : new long[] {-1, 1, 2, Long.MIN_VALUE}) {
      receive(1, part.apply(2L, odd));
    }
    receive(1, new Message.Promise(mine, 3, 3, 0, List.of(), STAMP));
    site.sync(now);
    assertEquals(Phase.PREPARING, site.replica().phase());
    receive(1, part.apply(2L, 7L));
    receive(1, part.apply(7L, 0L));
    assertEquals(Phase.PREPARED, site.replica().phase());
  }

  @ParameterizedTest
  @EnumSource
  void nobodySpeaksForAnother(Role role) {
    become(role);
    Entry ofAnother = new Entry(1, 1, 1, 1001, 0, new byte[1], 0, 1);
    isDropped(2, new Message.Forward(List.of(ofAnother)));
    isDropped(SELF, new Message.Prepare(new Ballot(0, 9, SELF, 1), 2));
  }

  @ParameterizedTest
  @EnumSource
  void aChangeThatIsNoneAndOneThatNobodyAskedForAreDropped(Role role) {
    become(role);
    isDropped(2, new Message.Change(mine, 1, Value.NOOP, true));
    isDropped(2, new Message.ChangeRefused(mine, 1, Status.CONFLICT, ""));
  }

  @Test
  void leasesOfNoLengthAndEndlessOnesAreNotCounted() {
    Grants grants = new Grants(1, 3, Long.MIN_VALUE);
    Heartbeats heartbeats = new Heartbeats(3, 1000, 0, 1000, 1, grants);
    heartbeats.connected(2, now);
    for (long length : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 3_600_000_000_001L}) {
      assertFalse(granted(heartbeats, now, 3, length, 0));
    }
    for (long sent : new long[] {now + 1, Long.MAX_VALUE}) {
      assertFalse(granted(heartbeats, sent, 3, 1000, 0));
    }
    for (int boot : new int[] {2, 4, 0, -3}) {
      assertFalse(granted(heartbeats, now, boot, 1000, 0));
    }
    assertEquals(Stamp.NONE, grants.stampOf(2));
    // What acknowledges a digest that there is not yet does not stop this node from telling.
    heartbeats.changed(7, 70, true);
    for (long digest : new long[] {2, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
      granted(heartbeats, now, 3, 1000, digest);
      assertEquals(1, heartbeats.beat(now).get(2).marks().size(), "acknowledged " + digest);
    }
    assertTrue(grants.heldUntil(2, STAMP) <= now + 1000);
  }

  private static boolean granted(
      Heartbeats heartbeats, long sent, int toBoot, long lease, long digest) {
    return heartbeats.granted(2, new Heartbeats.Grant(sent, toBoot, lease, STAMP, digest), NOW);
  }

  private void receive(int from, Message message) {
    site.step(new Event.Received(from, message), now);
  }

  private void isDropped(int from, Message message) {
    isDropped(new Event.Received(from, message), from + ": " + message);
  }

  private void isDropped(Event event, String what) {
    Replica replica = site.replica();
    Phase phase = replica.phase();
    Ballot promised = replica.promised();
    long chosen = replica.chosenUpTo();
    var peers = replica.peers();
    site.step(event, now);
    assertEquals(List.of(), said, what);
    assertEquals(List.of(), written, what);
    assertEquals(phase, replica.phase(), what);
    assertEquals(promised, replica.promised(), what);
    assertEquals(chosen, replica.chosenUpTo(), what);
    assertEquals(peers, replica.peers(), what);
    assertNull(replica.haltReason(), what);
  }

  /** It still votes for the next honest proposer. */
  private void assertIsWell() {
    said.clear();
    Ballot next = new Ballot(0, site.replica().promised().round() + 1, 1, 1);
    receive(1, new Message.Prepare(next, 2));
    receive(1, new Message.Accept(next, 2, Value.NOOP, 1));
    site.sync(now);
    assertTrue(said.contains("Promise"), () -> "" + said);
    assertTrue(said.contains("Accepted"), () -> "" + said);
  }

  private final Site.Watcher watcher =
      new Site.Watcher() {
        @Override
        public void sends(Site at, int to, Message message) {
          said.add(message.getClass().getSimpleName());
        }

        @Override
        public void writes(Site at, Write write) {
          written.add(write);
        }

        @Override
        public void tells(Site at, Outcome outcome) {}
      };
}
