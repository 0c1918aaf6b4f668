package io.github.skywalker.paxos;

import static io.github.skywalker.paxos.TestCluster.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.MembershipChange.Add;
import io.github.skywalker.api.MembershipChange.Remove;
import io.github.skywalker.api.MembershipChange.Replace;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One call that changes the membership of all groups. */
@Timeout(120)
final class EverywhereTest {

  private static final int GROUPS = 24;

  @TempDir Path directory;

  private static Membership membership(int... ids) {
    List<Member> members = Arrays.stream(ids).mapToObj(EverywhereTest::member).toList();
    return Membership.founding(members);
  }

  private static Member member(int id) {
    return new Member(id, "host" + id, 7000 + id);
  }

  private static Optional<MembershipChange> missing(MembershipChange change, int... ids) {
    return Everywhere.missing(change, membership(ids));
  }

  @Test
  void aGroupGetsWhatItLacksOfAChange() {
    Replace replace = new Replace(3, member(4));
    assertEquals(Optional.of(replace), missing(replace, 1, 2, 3));
    assertEquals(Optional.of(new Remove(3)), missing(replace, 2, 3, 4));
    assertEquals(Optional.empty(), missing(replace, 1, 2, 4));
    assertEquals(Optional.empty(), missing(replace, 1, 2));
    assertEquals(Optional.empty(), missing(new Add(member(3)), 1, 2, 3));
    assertEquals(Optional.of(new Add(member(4))), missing(new Add(member(4)), 1, 2));
    assertEquals(Optional.empty(), missing(new Remove(3), 1, 2));
    assertEquals(Optional.of(new Remove(3)), missing(new Remove(3), 2, 3));
    Member moved = new Member(3, "elsewhere", 7003);
    assertEquals(Optional.of(new Replace(3, moved)), missing(new Replace(3, moved), 1, 3));
    assertEquals(Optional.empty(), missing(new Replace(3, member(3)), 1, 3));
    assertEquals(Optional.of(new Add(moved)), missing(new Add(moved), 1, 3));
  }

  private static SortedMap<Integer, ProposeResult> get(
      CompletableFuture<SortedMap<Integer, ProposeResult>> results) throws Exception {
    return results.get(60, TimeUnit.SECONDS);
  }

  private static void assertAllOk(SortedMap<Integer, ProposeResult> results) {
    assertEquals(GROUPS, results.size());
    results.forEach(
        (group, result) ->
            assertEquals(Status.OK, result.status(), () -> group + ": " + result.detail()));
  }

  private TestCluster cluster(int founders, int all) throws Exception {
    TestCluster cluster = new TestCluster(directory, founders, all);
    cluster.groups = GROUPS;
    cluster.groupOptions = group -> group.proposeTimeout(Duration.ofSeconds(40));
    return cluster;
  }

  /** In some groups it is done already, or half done; the call does what is left, and no more. */
  @Test
  void aNodeIsReplacedInAllGroupsAndAskingAgainChangesNothing() throws Exception {
    try (TestCluster cluster = cluster(3, 4).startFounders()) {
      cluster.start(4);
      for (int group = 0; group < GROUPS; group++) {
        assertEquals(Status.OK, cluster.node(1).propose(group, new byte[1]).get().status());
      }
      Replace whole = new Replace(3, cluster.member(4));
      assertEquals(Status.OK, change(cluster, 1, whole).status());
      assertEquals(Status.OK, change(cluster, 2, new Add(cluster.member(4))).status());
      assertEquals(Status.OK, change(cluster, 3, new Remove(3)).status());

      assertAllOk(get(cluster.node(1).replaceEverywhere(3, cluster.member(4))));

      for (int group = 0; group < GROUPS; group++) {
        Membership now = cluster.node(1).membership(group);
        assertFalse(now.contains(3), () -> "still a member: " + now);
        assertEquals(group != 3, now.contains(4));
        assertEquals(group == 3 ? 2 : 3, now.members().size());
      }
      SortedMap<Integer, ProposeResult> again =
          get(cluster.node(2).replaceEverywhere(3, cluster.member(4)));
      assertAllOk(again);
      for (int group = 0; group < GROUPS; group++) {
        long version = again.get(group).instance();
        int id = group;
        await(() -> cluster.node(1).membership(id).version() == version);
      }
      cluster.stop(3);
      assertEquals(Status.OK, cluster.node(4).propose(9, new byte[1]).get().status());
    }
  }

  private static ProposeResult change(TestCluster cluster, int group, MembershipChange change)
      throws Exception {
    return cluster
        .node(1)
        .changeMembership(group, cluster.node(1).membership(group).version(), List.of(change))
        .get(30, TimeUnit.SECONDS);
  }

  @Test
  void whoHasNotCaughtUpIsNoMemberYetAndIsOnceHeHas() throws Exception {
    TestCluster slow = cluster(3, 4);
    slow.groupOptions = group -> group.proposeTimeout(Duration.ofMillis(700));
    try (TestCluster cluster = slow.startFounders()) {
      cluster.master();
      SortedMap<Integer, ProposeResult> early =
          get(cluster.node(1).replaceEverywhere(3, cluster.member(4)));
      assertEquals(GROUPS, early.size());
      early.forEach(
          (group, result) -> {
            assertEquals(Status.NOT_CAUGHT_UP, result.status());
            assertTrue(result.detail().contains("not been heard of"), result.detail());
          });
      assertTrue(cluster.node(1).membership(0).contains(3));
      CompletableFuture<SortedMap<Integer, ProposeResult>> closed =
          cluster.node(2).replaceEverywhere(3, cluster.member(4));
      cluster.start(4);
      await(
          () -> {
            SortedMap<Integer, ProposeResult> late =
                cluster.node(1).replaceEverywhere(3, cluster.member(4)).join();
            return late.values().stream().allMatch(result -> result.status() == Status.OK);
          });
      assertEquals(GROUPS, get(closed).size());
      assertTrue(cluster.node(1).membership(GROUPS - 1).contains(4));
    }
  }

  @Test
  void whoClosesTheNodeIsNotKeptWaiting() throws Exception {
    try (TestCluster cluster = cluster(3, 4).startFounders()) {
      CompletableFuture<SortedMap<Integer, ProposeResult>> waits =
          cluster.node(1).replaceEverywhere(3, cluster.member(4));
      cluster.stop(1);
      SortedMap<Integer, ProposeResult> results = get(waits);
      assertEquals(GROUPS, results.size());
      results
          .values()
          .forEach(result -> assertEquals(Status.STOPPED, result.status(), result.detail()));
    }
  }
}
