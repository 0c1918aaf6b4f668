package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.ProposerTableTest.Sender.AGAIN;
import static io.github.skywalker.paxos.core.ProposerTableTest.Sender.MEMBER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Value;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What an answer does to a proposer, for every kind of answer, every phase that the proposer may be
 * in, every way in which the ballot that is answered may stand to its own, and every sender. What
 * is due stands in a table; it says what the protocol says.
 *
 * <p>Node 3 is the proposer, of the members 1 to 5, in epoch 1. Of the others, two have answered
 * what it asks for last, as it hopes or as it fears, so that one more makes a majority.
 */
class ProposerTableTest {

  private static final int SELF = 3;
  private static final int BOOT = 2;

  private enum Answer {
    FAVOUR,
    PROMISE,
    ACCEPTED,
    REJECT_FOR_A_HIGHER,
    REJECT_FOR_THE_SAME,
    REJECT_FOR_A_LOWER,
    LEASED,
    BEHIND,
    UNTAUGHT
  }

  /** Which ballot it answers, beside the one that the proposer is in, or was in last. */
  private enum Answered {
    PRESENT,
    OWN_OF_A_LOWER_ROUND,
    OWN_OF_A_LOWER_EPOCH,
    OWN_OF_A_HIGHER_ROUND,
    OWN_OF_A_HIGHER_EPOCH,
    OF_A_FORMER_LIFE,
    OF_A_LATER_LIFE,
    OF_A_LOWER_NODE,
    OF_A_HIGHER_NODE;

    Ballot of(Ballot own) {
      long epoch = own.epoch();
      long round = own.round();
      return switch (this) {
        case PRESENT -> own;
        case OWN_OF_A_LOWER_ROUND -> new Ballot(epoch, round - 1, SELF, BOOT);
        case OWN_OF_A_LOWER_EPOCH -> new Ballot(epoch - 1, round, SELF, BOOT);
        case OWN_OF_A_HIGHER_ROUND -> new Ballot(epoch, round + 1, SELF, BOOT);
        case OWN_OF_A_HIGHER_EPOCH -> new Ballot(epoch + 1, round, SELF, BOOT);
        case OF_A_FORMER_LIFE -> new Ballot(epoch, round, SELF, BOOT - 1);
        case OF_A_LATER_LIFE -> new Ballot(epoch, round, SELF, BOOT + 1);
        case OF_A_LOWER_NODE -> new Ballot(epoch, round, SELF - 1, BOOT);
        case OF_A_HIGHER_NODE -> new Ballot(epoch, round, SELF + 1, BOOT);
      };
    }
  }

  /** Who sends it. */
  enum Sender {
    MEMBER(1, 3),
    /** Has sent the like before. */
    AGAIN(2, 4),
    NOBODY(9, 5),
    ITSELF(SELF, 6);

    final int id;

    /** Of the table below. */
    private final int column;

    Sender(int id, int column) {
      this.id = id;
      this.column = column;
    }
  }

  /**
   * The first row that fits says what is due; an asterisk fits everything. Not in the table:
   * whatever is due nothing at all.
   */
  private static final String DUE =
      """
      answer               phase       ballot                member    again     nobody    itself
      FAVOUR               CANVASSING  PRESENT               counts    nothing   nothing   nothing
      PROMISE              PREPARING   PRESENT               counts    nothing   nothing   nothing
      ACCEPTED             PREPARED    PRESENT               counts    nothing   nothing   nothing
      REJECT_FOR_A_HIGHER  CANVASSING  PRESENT               gives_way nothing   nothing   nothing
      LEASED               CANVASSING  PRESENT               gives_way nothing   nothing   nothing
      BEHIND               CANVASSING  PRESENT               gives_way nothing   nothing   nothing
      UNTAUGHT             CANVASSING  PRESENT               gives_way nothing   nothing   nothing
      REJECT_FOR_A_HIGHER  PREPARING   PRESENT               ends      ends      nothing   nothing
      REJECT_FOR_A_HIGHER  PREPARED    PRESENT               ends      ends      nothing   nothing
      BEHIND               PREPARING   PRESENT               ends      nothing   nothing   nothing
      PROMISE              FOLLOWING   PRESENT               releases  releases  releases  nothing
      ACCEPTED             FOLLOWING   PRESENT               releases  releases  releases  nothing
      PROMISE              *           OWN_OF_A_LOWER_ROUND  releases  releases  releases  nothing
      PROMISE              *           OWN_OF_A_LOWER_EPOCH  releases  releases  releases  nothing
      ACCEPTED             *           OWN_OF_A_LOWER_ROUND  releases  releases  releases  nothing
      ACCEPTED             *           OWN_OF_A_LOWER_EPOCH  releases  releases  releases  nothing
      """;

  private Site site;
  private Ballot own;
  private long now;
  private final List<String> said = new ArrayList<>();
  private final List<String> told = new ArrayList<>();

  @Test
  void anAnswerDoesWhatTheTableSaysAndNothingElse() {
    List<String> wrong = new ArrayList<>();
    int rows = 0;
    for (Answer answer : Answer.values()) {
      for (Phase phase :
          List.of(Phase.FOLLOWING, Phase.CANVASSING, Phase.PREPARING, Phase.PREPARED)) {
        for (Answered answered : Answered.values()) {
          for (Sender sender : Sender.values()) {
            String due = due(answer, phase, answered, sender);
            String done = done(answer, phase, answered, sender);
            if (!due.equals(done)) {
              wrong.add(
                  String.join(" ", "" + answer, "" + phase, "" + answered, "from " + sender)
                      + ": due is "
                      + due
                      + "; done was "
                      + done);
            }
            rows++;
          }
        }
      }
    }
    assertEquals(9 * 4 * 9 * 4, rows);
    assertTrue(wrong.isEmpty(), () -> wrong.size() + " are wrong:\n" + String.join("\n", wrong));
  }

  private static String due(Answer answer, Phase phase, Answered answered, Sender sender) {
    for (String line : DUE.lines().skip(1).toList()) {
      String[] row = line.trim().split(" +", -1);
      if (row[0].equals(answer.name())
          && (row[1].equals("*") || row[1].equals(phase.name()))
          && (row[2].equals("*") || row[2].equals(answered.name()))) {
        return row[sender.column];
      }
    }
    return "nothing";
  }

  private String done(Answer answer, Phase phase, Answered answered, Sender sender) {
    bring(phase, answer);
    assertEquals(phase, site.replica().phase());
    said.clear();
    told.clear();
    Ballot ballot = answered.of(own);
    receive(sender.id, message(answer, ballot));
    Phase after = site.replica().phase();
    if (said.isEmpty() && told.isEmpty() && after == phase) {
      return "nothing";
    }
    if (said.equals(List.of("Release " + ballot + " to " + sender.id)) && after == phase) {
      return "releases";
    }
    if (after == Phase.FOLLOWING && phase == Phase.CANVASSING && said.isEmpty()) {
      return "gives_way";
    }
    if (after == Phase.FOLLOWING && said.containsAll(releases())) {
      return "ends";
    }
    boolean further = after == next(phase);
    boolean decided = phase == Phase.PREPARED && told.contains("Decided");
    if ((after == phase ? decided : further) && !said.containsAll(releases())) {
      return "counts";
    }
    return after + " " + said + " " + told;
  }

  private static Phase next(Phase phase) {
    return phase == Phase.CANVASSING ? Phase.PREPARING : Phase.PREPARED;
  }

  private List<String> releases() {
    List<String> releases = new ArrayList<>();
    for (int member = 1; member <= 5; member++) {
      if (member != SELF) {
        releases.add("Release " + own + " to " + member);
      }
    }
    return releases;
  }

  private Message message(Answer answer, Ballot ballot) {
    long chosen = site.replica().chosenUpTo();
    Ballot higher = new Ballot(own.epoch(), own.round() + 5, 4, 1);
    Ballot lower = new Ballot(own.epoch(), own.round() - 1, 4, 1);
    return switch (answer) {
      case FAVOUR -> new Message.Favour(ballot, chosen);
      case PROMISE -> promise(ballot);
      case ACCEPTED -> new Message.Accepted(ballot, 2, Stamp.NONE);
      case REJECT_FOR_A_HIGHER -> new Message.Reject(ballot, higher);
      case REJECT_FOR_THE_SAME -> new Message.Reject(ballot, own);
      case REJECT_FOR_A_LOWER -> new Message.Reject(ballot, lower);
      case LEASED -> new Message.Leased(ballot, 1000);
      case BEHIND -> new Message.Behind(ballot, chosen);
      case UNTAUGHT -> new Message.Untaught(ballot, chosen);
    };
  }

  private static Message promise(Ballot ballot) {
    return new Message.Promise(ballot, 2, 2, 0, List.of(), Stamp.NONE);
  }

  /* The way to each phase. Half of the members have answered what is asked there. */

  private void bring(Phase phase, Answer next) {
    begin();
    canvass();
    lead(Phase.FOLLOWING); // The ballot of a lower round is one that was given up.
    now += 10_000;
    step(new Event.Tick());
    canvass();
    boolean refusal = !List.of(Answer.FAVOUR, Answer.PROMISE, Answer.ACCEPTED).contains(next);
    if (phase == Phase.CANVASSING) {
      if (refusal) {
        receive(AGAIN.id, message(next, own));
        receive(4, message(next, own));
      } else {
        receive(AGAIN.id, new Message.Favour(own, 1));
      }
      return;
    }
    lead(phase);
  }

  private void canvass() {
    step(new Event.Tick());
    own = new Ballot(1, site.replica().promised().round() + 1, SELF, BOOT);
    assertTrue(said.contains("Canvass " + own + " to 1"), said::toString);
  }

  private void lead(Phase phase) {
    receive(AGAIN.id, new Message.Favour(own, 1));
    receive(MEMBER.id, new Message.Favour(own, 1));
    site.sync(now);
    receive(AGAIN.id, promise(own));
    if (phase == Phase.PREPARING) {
      return;
    }
    receive(4, promise(own));
    site.sync(now);
    receive(AGAIN.id, new Message.Accepted(own, 2, Stamp.NONE));
    if (phase == Phase.PREPARED) {
      return;
    }
    receive(MEMBER.id, new Message.Reject(own, new Ballot(1, own.round(), 5, 1)));
    for (int member : new int[] {1, 2, 4, 5}) {
      receive(member, new Message.Released(own));
    }
  }

  /** In its second life it learns of the change that made the fifth node a member. */
  private void begin() {
    now = 1_000_000;
    site =
        new Site(
            SELF,
            CoreTesting.members(4),
            boot ->
                new Replica.Options(
                    SELF, boot, true, 4, 1000, 100, 0, 1000, () -> Long.MAX_VALUE, 1),
            watcher);
    site.start(Long.MIN_VALUE);
    site.start(Long.MIN_VALUE);
    Value change =
        Value.change(
            new Value.Change(0, 1, 1, 1, List.of(new MembershipChange.Add(CoreTesting.member(5)))));
    receive(1, new Message.Prepare(new Ballot(0, 4, 1, 1), 1));
    receive(1, new Message.Learned(1, List.of(change), 1, null));
    site.sync(now);
    said.clear();
  }

  private void receive(int from, Message message) {
    step(new Event.Received(from, message));
  }

  private void step(Event event) {
    site.step(event, now);
  }

  private final Site.Watcher watcher =
      new Site.Watcher() {
        @Override
        public void sends(Site site, int to, Message message) {
          String ballot =
              message instanceof Message.Release release
                  ? release.ballot() + " "
                  : message instanceof Message.Canvass canvass ? canvass.ballot() + " " : "";
          said.add(message.getClass().getSimpleName() + " " + ballot + "to " + to);
        }

        @Override
        public void holds(Site site, int to, Message message) {
          said.add(message.getClass().getSimpleName() + " to " + to + ", when synced");
        }

        @Override
        public void tells(Site site, Outcome outcome) {
          told.add(outcome.getClass().getSimpleName());
        }
      };
}
