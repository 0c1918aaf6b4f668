package io.github.skywalker.paxos;

import io.github.skywalker.api.Cluster;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.network.Network;
import io.github.skywalker.proto.ClusterNews;
import io.github.skywalker.proto.ClusterWanted;
import io.github.skywalker.proto.Envelope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whom this node has met, and what it has heard of who votes. A node that was away may come back
 * when everybody whom its log names is gone: then it asks whoever it is connected with, seeds,
 * followers and former members, for the newest membership, and gets to know those. By them it
 * learns, and only what it has executed itself says who votes.
 *
 * <p>Nothing is asked while one member at least is connected, so that idle groups cost nothing.
 */
final class Acquaintances {

  private static final Logger log = LoggerFactory.getLogger(Acquaintances.class);

  /** How many groups are asked for at one look; the others at the next. */
  private static final int MAX_ASKED = 100;

  /** How many followers are told of, and taken from one message. */
  private static final int MAX_FOLLOWERS = 64;

  /** What a group shows of itself. */
  interface Known {

    int id();

    /** The membership that was executed last. */
    Membership membership();

    /** Who was heard of in the group. */
    Set<Integer> heardOf();
  }

  /** When a group is asked for again. */
  private record Asking(long at, long pauseNanos) {}

  private final Member self;
  private final Network network;
  private final long firstPauseNanos;
  private final long longestPauseNanos;
  private final Map<Integer, Member> connected = new ConcurrentHashMap<>();
  private final Map<Integer, Membership> newest = new ConcurrentHashMap<>();
  private final AtomicBoolean changed = new AtomicBoolean();

  /** The groups that have lost all their members, as far as they are asked for. */
  private Map<Integer, Asking> asking = Map.of();

  /**
   * Made by the node.
   *
   * @param firstPauseNanos after which it is asked again, and then after twice that, and so on
   */
  Acquaintances(Member self, Network network, long firstPauseNanos, long longestPauseNanos) {
    this.self = self;
    this.network = network;
    this.firstPauseNanos = firstPauseNanos;
    this.longestPauseNanos = longestPauseNanos;
  }

  /** A node is connected. May be called by any thread, like all but {@link #look}. */
  void met(Member node) {
    connected.put(node.nodeId(), node);
    changed.set(true);
  }

  /** It is not any more. */
  void parted(int node) {
    connected.remove(node);
    changed.set(true);
  }

  /** There is another group, or one has other members. */
  void changed() {
    changed.set(true);
  }

  /** The group is not kept here any more. */
  void forget(int group) {
    newest.remove(group);
  }

  /* What is known. */

  Cluster cluster(Known group) {
    return new Cluster(group.membership(), newest(group), followers(group));
  }

  private Membership newest(Known group) {
    Membership executed = group.membership();
    Membership heard = newest.getOrDefault(group.id(), executed);
    return heard.version() > executed.version() ? heard : executed;
  }

  private SortedSet<Member> followers(Known group) {
    Membership voters = newest(group);
    SortedSet<Member> followers = new TreeSet<>();
    for (int node : group.heardOf()) {
      Member peer = connected.get(node);
      if (peer != null && !voters.contains(node)) {
        followers.add(peer);
      }
    }
    if (!voters.contains(self.nodeId())) {
      followers.add(self);
    }
    return followers;
  }

  /* Asking. */

  /**
   * Asks for those groups of which no member is connected. Looks at them only while there are any,
   * or there may be: a node has thousands of groups. Always called by the same loop.
   */
  void look(Collection<? extends Known> groups, long now) {
    if (!changed.getAndSet(false) && asking.isEmpty()) {
      return;
    }
    Map<Integer, Asking> still = new HashMap<>();
    int asked = 0;
    for (Known group : groups) {
      if (!isLost(group)) {
        continue;
      }
      Asking before = asking.get(group.id());
      if (asked < MAX_ASKED && (before == null || before.at - now <= 0)) {
        long pause =
            before == null ? firstPauseNanos : Math.min(2 * before.pauseNanos, longestPauseNanos);
        still.put(group.id(), new Asking(now + pause, pause));
        ask(group.id());
        asked++;
      } else if (before != null) {
        still.put(group.id(), before);
      }
    }
    asking = still;
  }

  private boolean isLost(Known group) {
    if (connected.isEmpty()) {
      return false; // There is nobody to ask.
    }
    for (Member member : newest(group).members()) {
      if (member.nodeId() == self.nodeId() || connected.containsKey(member.nodeId())) {
        return false;
      }
    }
    return true;
  }

  private void ask(int group) {
    Envelope question =
        Envelope.newBuilder()
            .setGroup(group)
            .setClusterWanted(ClusterWanted.getDefaultInstance())
            .build();
    new TreeSet<>(connected.keySet())
        .forEach(node -> network.send(node, Network.Lane.PROMPT, question));
  }

  /** Whether a message is one of these. */
  static boolean isOne(Envelope message) {
    return message.hasClusterWanted() || message.hasClusterNews();
  }

  /** A message has come. */
  void received(Known group, int from, Envelope message) throws Wire.MalformedMessageException {
    if (message.hasClusterWanted()) {
      network.send(from, Network.Lane.PROMPT, answer(group));
    } else {
      heard(group, from, message.getClusterNews());
    }
  }

  private Envelope answer(Known group) {
    Membership known = newest(group);
    ClusterNews.Builder news = ClusterNews.newBuilder().setVersion(known.version());
    known.members().forEach(member -> news.addMembers(write(member)));
    followers(group).stream()
        .limit(MAX_FOLLOWERS)
        .forEach(member -> news.addFollowers(write(member)));
    return Envelope.newBuilder().setGroup(group.id()).setClusterNews(news).build();
  }

  /** Gets to know those whom another names, if this node is still without any member. */
  private void heard(Known group, int from, ClusterNews news)
      throws Wire.MalformedMessageException {
    Membership told;
    List<Member> followers = new ArrayList<>();
    try {
      told = new Membership(news.getVersion(), new TreeSet<>(read(news.getMembersList())));
      followers.addAll(read(news.getFollowersList()));
    } catch (IllegalArgumentException cannotBe) {
      throw new Wire.MalformedMessageException(
          "a malformed CLUSTER_NEWS: " + cannotBe.getMessage(), cannotBe);
    }
    if (!isLost(group)) {
      return; // It was not asked, or another was quicker.
    }
    Membership before = newest(group);
    boolean isNewer = told.version() > before.version() || before.members().isEmpty();
    if (isNewer && !told.members().isEmpty()) {
      newest.put(group.id(), told);
      told.members().forEach(network::know);
      log.info(
          "Group {}: node {} says that version {} of its membership is {}; learning from them.",
          group.id(),
          from,
          told.version(),
          told.members());
    }
    for (Member follower : followers.subList(0, Math.min(followers.size(), MAX_FOLLOWERS))) {
      if (!connected.containsKey(follower.nodeId())) {
        network.know(follower);
      }
    }
  }

  private static io.github.skywalker.proto.Member write(Member member) {
    return io.github.skywalker.proto.Member.newBuilder()
        .setNode(member.nodeId())
        .setHost(member.host())
        .setPort(member.port())
        .build();
  }

  private static List<Member> read(List<io.github.skywalker.proto.Member> members) {
    return members.stream()
        .map(member -> new Member(member.getNode(), member.getHost(), member.getPort()))
        .toList();
  }
}
