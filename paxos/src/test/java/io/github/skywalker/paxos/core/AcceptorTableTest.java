package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * What an acceptor answers to each message, for a ballot that is lower than its promise, equal to
 * it, or higher, in each part of the ballot; in each state that matters.
 */
class AcceptorTableTest {

  private static final long NOW = 1_000_000;
  private static final Ballot PROMISED = new Ballot(0, 5, 2, 4);

  /** How a ballot stands to the promise. */
  private enum Relation {
    LESS(new Ballot(0, 4, 3, 9), new Ballot(0, 5, 1, 9), new Ballot(0, 5, 2, 3)),
    EQUAL(PROMISED),
    GREATER(new Ballot(0, 6, 1, 1), new Ballot(0, 5, 3, 1), new Ballot(0, 5, 2, 5)),
    OF_AN_EPOCH_NOT_EXECUTED(new Ballot(7, 1, 3, 1));

    @SuppressWarnings("ImmutableEnumChecker") // The list is.
    final List<Ballot> ballots;

    Relation(Ballot... ballots) {
      this.ballots = List.of(ballots);
    }
  }

  private Site site;
  private final List<String> said = new ArrayList<>();

  @Test
  void aCanvassIsAnsweredAsThePrepareWouldBeAndChangesNothing() {
    check(Relation.LESS, "canvass", "Reject, promised as before");
    check(Relation.EQUAL, "canvass", "Reject, promised as before");
    check(Relation.GREATER, "canvass", "Favour, promised as before");
    check(Relation.OF_AN_EPOCH_NOT_EXECUTED, "canvass", "Learn Untaught, promised as before");
  }

  @Test
  void aPrepareIsPromisedIfItIsHigherOrAskedAgain() {
    check(Relation.LESS, "prepare", "Reject, promised as before");
    check(Relation.EQUAL, "prepare", "Promise, promised as before");
    check(Relation.GREATER, "prepare", "Promise when synced, promised it");
    check(Relation.OF_AN_EPOCH_NOT_EXECUTED, "prepare", "Learn Untaught, promised as before");
  }

  @Test
  void anAcceptIsVotedForUnlessAHigherBallotIsPromised() {
    check(Relation.LESS, "accept", "Reject, promised as before");
    check(Relation.EQUAL, "accept", "Accepted when synced, promised as before");
    check(Relation.GREATER, "accept", "Accepted when synced, promised it");
    check(Relation.OF_AN_EPOCH_NOT_EXECUTED, "accept", "Learn Untaught, promised as before");
  }

  @Test
  void whatIsChosenStaysAsItIsAndTheVoteIsGivenAllTheSame() {
    check(Relation.LESS, "accept chosen", "Reject, promised as before");
    check(Relation.EQUAL, "accept chosen", "Accepted, promised as before");
    check(Relation.GREATER, "accept chosen", "Accepted when synced, promised it");
  }

  @Test
  void onlyExactlyThePromisedBallotIsConfirmed() {
    check(Relation.LESS, "confirm", "Reject, promised as before");
    check(Relation.EQUAL, "confirm", "Confirmed, promised as before");
    check(Relation.GREATER, "confirm", "nothing, promised as before");
    check(Relation.OF_AN_EPOCH_NOT_EXECUTED, "confirm", "Learn, promised as before");
  }

  @Test
  void aReleaseIsAcknowledgedAndHonouredOnlyIfItIsOfTheSameLifeAndNotLower() {
    for (Relation relation : Relation.values()) {
      check(relation, "release", "Released, promised as before");
    }
    check(Relation.EQUAL, "release, then prepare of another", "Released Promise when synced");
    for (Relation other : List.of(Relation.LESS, Relation.GREATER)) {
      check(other, "release, then prepare of another", "Released Leased");
    }
    String later = outcome(new Ballot(0, 6, 2, 4), "release, then prepare of another");
    assertEquals("Released Promise when synced", later);
    String earlier = outcome(new Ballot(0, 4, 2, 4), "release, then prepare of another");
    assertEquals("Released Leased", earlier);
  }

  @Test
  void whileTheOwnerHoldsAGrantNobodyElseIsPromisedAnything() {
    for (String asked : List.of("granted prepare", "granted canvass")) {
      check(Relation.LESS, asked, "Reject, promised as before");
      for (Ballot ballot : Relation.GREATER.ballots) {
        boolean owner = ballot.node() == PROMISED.node();
        String free = asked.endsWith("canvass") ? "Favour, " : "Promise when synced, ";
        String after = asked.endsWith("canvass") ? "promised as before" : "promised it";
        assertEquals(owner ? free + after : "Leased, promised as before", outcome(ballot, asked));
      }
    }
    check(Relation.GREATER, "granted accept", "Accepted when synced, promised it");
  }

  @Test
  void aGrantToAFormerLifeOfTheOwnerProtectsNothing() {
    check(Relation.GREATER, "formerly granted prepare", "Promise when synced, promised it");
    check(Relation.GREATER, "later granted prepare", "Promise when synced, promised it");
  }

  private void check(Relation relation, String asked, String expected) {
    for (Ballot ballot : relation.ballots) {
      assertEquals(expected, outcome(ballot, asked), () -> relation + " " + ballot + ": " + asked);
    }
  }

  private String outcome(Ballot ballot, String asked) {
    prepareSite(asked);
    int from = ballot.node();
    if (asked.startsWith("release")) {
      receive(from, new Message.Release(ballot));
      if (asked.contains("then")) {
        receive(1, new Message.Prepare(new Ballot(0, 9, 1, 1), 2));
        return String.join(" ", said);
      }
    } else if (asked.endsWith("accept chosen")) {
      receive(from, new Message.Accept(ballot, 1, Value.NOOP, 0));
    } else if (asked.endsWith("accept")) {
      receive(from, new Message.Accept(ballot, 2, Value.NOOP, 0));
    } else if (asked.endsWith("canvass")) {
      receive(from, new Message.Canvass(ballot, 2));
    } else if (asked.endsWith("prepare")) {
      receive(from, new Message.Prepare(ballot, 2));
    } else {
      receive(from, new Message.Confirm(ballot, 0));
    }
    Ballot now = site.replica().promised();
    String promise =
        now.equals(PROMISED) ? "promised as before" : now.equals(ballot) ? "promised it" : "?";
    return (said.isEmpty() ? "nothing" : String.join(" ", said)) + ", " + promise;
  }

  /** Node 4 knows instance 1 chosen, and has promised {@link #PROMISED}, of node 2. */
  private void prepareSite(String asked) {
    TreeSet<Member> members = new TreeSet<>();
    for (int id = 1; id <= 4; id++) {
      members.add(new Member(id, "n" + id, 7000 + id));
    }
    site =
        new Site(
            4,
            Membership.founding(members),
            boot ->
                new Replica.Options(4, boot, true, 4, 1000, 100, 0, 1000, () -> Long.MAX_VALUE, 1),
            watcher);
    site.start(Long.MIN_VALUE);
    receive(2, new Message.Prepare(PROMISED, 1));
    receive(2, new Message.Learned(1, List.of(Value.NOOP), 1, null));
    site.sync(NOW);
    if (asked.startsWith("granted") || asked.contains("then")) {
      site.grants().give(2, PROMISED.boot(), NOW + 1000);
    } else if (asked.startsWith("formerly")) {
      site.grants().give(2, PROMISED.boot() - 1, NOW + 1000);
    } else if (asked.startsWith("later")) {
      site.grants().give(2, PROMISED.boot() + 1, NOW + 1000);
    }
    said.clear();
  }

  private void receive(int from, Message message) {
    site.step(new Event.Received(from, message), NOW);
  }

  private final Site.Watcher watcher =
      new Site.Watcher() {
        @Override
        public void sends(Site site, int to, Message message) {
          said.add(message.getClass().getSimpleName());
        }

        @Override
        public void holds(Site site, int to, Message message) {
          said.add(message.getClass().getSimpleName() + " when synced");
        }

        @Override
        public void tells(Site site, Outcome outcome) {}
      };
}
