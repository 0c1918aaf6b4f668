package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.network.Network;
import io.github.skywalker.proto.ClusterNews;
import io.github.skywalker.proto.ClusterWanted;
import io.github.skywalker.proto.Envelope;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Who is asked for the members of today, when, and what is believed. */
final class AcquaintancesTest {

  private static final long FIRST = 100;
  private static final long LONGEST = 1_000;

  private final List<Integer> asked = new ArrayList<>();
  private final List<Member> known = new ArrayList<>();
  private final List<ClusterNews> answers = new ArrayList<>();
  private Membership executed = membership(0, 1, 2, 3);
  private Set<Integer> heardOf = Set.of();
  private int looks;

  private final Acquaintances acquaintances =
      new Acquaintances(member(3), new FakeNetwork(), FIRST, LONGEST);

  private final Acquaintances.Known group =
      new Acquaintances.Known() {
        @Override
        public int id() {
          return 7;
        }

        @Override
        public Membership membership() {
          return executed;
        }

        @Override
        public Set<Integer> heardOf() {
          return heardOf;
        }
      };

  private final class FakeNetwork implements Network {
    @Override
    public void send(int node, Lane lane, Envelope message) {
      assertEquals(7, message.getGroup());
      if (message.hasClusterWanted()) {
        asked.add(node);
      } else {
        answers.add(message.getClusterNews());
      }
    }

    @Override
    public void know(Member peer) {
      known.add(peer);
    }

    @Override
    public void forget(int node) {
      throw new AssertionError("forgets " + node);
    }

    @Override
    public void close() {}
  }

  private static Member member(int id) {
    return new Member(id, "host" + id, 7000 + id);
  }

  private static Membership membership(long version, int... ids) {
    TreeSet<Member> members = new TreeSet<>();
    for (int id : ids) {
      members.add(member(id));
    }
    return new Membership(version, members);
  }

  private static io.github.skywalker.proto.Member written(int id, String host) {
    return io.github.skywalker.proto.Member.newBuilder()
        .setNode(id)
        .setHost(host)
        .setPort(7000 + id)
        .build();
  }

  private static Envelope news(long version, int... ids) {
    ClusterNews.Builder news = ClusterNews.newBuilder().setVersion(version);
    for (int id : ids) {
      news.addMembers(written(id, "host" + id));
    }
    return Envelope.newBuilder().setGroup(7).setClusterNews(news).build();
  }

  private void look(long now) {
    acquaintances.look(List.of(group), now);
  }

  /** This node is 3 no more; 8, a follower, is all that it can reach. */
  private void lose() {
    executed = membership(5, 1, 2);
    acquaintances.met(member(8));
  }

  @Test
  void nobodyIsAskedAsLongAsAMemberIsConnected() {
    executed = membership(5, 1, 2);
    acquaintances.met(member(8));
    acquaintances.met(member(2));
    look(0);
    assertEquals(List.of(), asked);
    acquaintances.parted(2);
    look(1);
    assertEquals(List.of(8), asked);
  }

  @Test
  void groupsAreLookedAtOnlyWhenSomethingHasChangedOrOneIsLost() {
    List<Acquaintances.Known> groups =
        new AbstractList<>() {
          @Override
          public Acquaintances.Known get(int at) {
            looks++;
            return group;
          }

          @Override
          public int size() {
            return 1;
          }
        };
    acquaintances.met(member(8));
    acquaintances.look(groups, 0);
    acquaintances.look(groups, 1);
    assertEquals(1, looks);
    executed = membership(5, 1, 2);
    acquaintances.changed();
    acquaintances.look(groups, 2);
    acquaintances.look(groups, 2 + FIRST);
    assertEquals(List.of(8, 8), asked);
    acquaintances.met(member(2));
    acquaintances.look(groups, 3 + FIRST);
    acquaintances.look(groups, 1_000_000);
    assertEquals(4, looks);
    assertEquals(List.of(8, 8), asked);
  }

  @Test
  void aGroupThatWasForgottenAndComesAgainIsAskedForAtOnce() {
    lose();
    look(0);
    acquaintances.forget(7);
    acquaintances.look(List.of(), 1);
    acquaintances.changed();
    look(2);
    assertEquals(List.of(8, 8), asked);
  }

  @Test
  void aMemberAsksNobody() {
    acquaintances.met(member(8));
    look(0);
    assertEquals(List.of(), asked);
  }

  @Test
  void allAreAskedAndAgainAfterPausesThatGrow() {
    lose();
    acquaintances.met(member(9));
    List<Long> times = new ArrayList<>();
    for (long now = 0; now <= 6_000; now += 10) {
      look(now);
      if (!asked.isEmpty()) {
        assertEquals(List.of(8, 9), asked);
        asked.clear();
        times.add(now);
      }
    }
    assertEquals(List.of(0L, 100L, 300L, 700L, 1500L, 2500L, 3500L, 4500L, 5500L), times);
  }

  @Test
  void theAnswerNamesTheNewestMembershipAndThoseWhoFollow() throws Exception {
    lose();
    acquaintances.met(member(1));
    heardOf = Set.of(1, 8, 9); // A member, one who follows, and one who is not connected.
    acquaintances.received(
        group,
        8,
        Envelope.newBuilder().setClusterWanted(ClusterWanted.getDefaultInstance()).build());
    ClusterNews answer = answers.get(0);
    assertEquals(5, answer.getVersion());
    assertEquals(List.of(written(1, "host1"), written(2, "host2")), answer.getMembersList());
    assertEquals(List.of(written(3, "host3"), written(8, "host8")), answer.getFollowersList());
  }

  @Test
  void thoseWhoAreNamedBecomeKnownAndOnlyFindTeachers() throws Exception {
    lose();
    acquaintances.received(group, 8, news(9, 4, 5));
    assertEquals(List.of(member(4), member(5)), known);
    assertEquals(membership(5, 1, 2), acquaintances.cluster(group).membership());
    assertEquals(membership(9, 4, 5), acquaintances.cluster(group).newestMembership());
    acquaintances.met(member(4));
    look(0);
    assertEquals(List.of(), asked);
  }

  @Test
  void whatIsNotNewerOrWasNotAskedForIsNotBelieved() throws Exception {
    lose();
    acquaintances.received(group, 8, news(5, 4, 5));
    acquaintances.received(group, 8, news(6)); // A membership of nobody.
    assertEquals(List.of(), known);
    acquaintances.met(member(1));
    acquaintances.received(group, 8, news(9, 4, 5));
    assertEquals(List.of(), known);
    assertEquals(executed, acquaintances.cluster(group).newestMembership());
  }

  @Test
  void whoJoinsBelievesAnyone() throws Exception {
    executed = membership(0);
    acquaintances.met(member(8));
    acquaintances.received(group, 8, news(0, 1, 2));
    assertEquals(List.of(member(1), member(2)), known);
  }

  @Test
  void whatCannotBeIsRefused() {
    lose();
    Envelope noHost =
        Envelope.newBuilder()
            .setClusterNews(ClusterNews.newBuilder().setVersion(9).addMembers(written(4, "")))
            .build();
    assertThrows(
        Wire.MalformedMessageException.class, () -> acquaintances.received(group, 8, noHost));
    assertThrows(
        Wire.MalformedMessageException.class,
        () -> acquaintances.received(group, 8, news(-1, 4, 5)));
  }

  @Test
  void whatWasHeardIsForgottenWithTheGroupAndWhenItWasExecuted() throws Exception {
    lose();
    acquaintances.received(group, 8, news(9, 4, 5));
    executed = membership(12, 4, 6);
    assertEquals(executed, acquaintances.cluster(group).newestMembership());
    executed = membership(5, 1, 2);
    acquaintances.forget(7);
    assertEquals(executed, acquaintances.cluster(group).newestMembership());
  }
}
