package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.Value;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeSet;

/** Words that the tests of single parts of the core share. */
final class CoreTesting {

  static final int RETRY = 100;

  private CoreTesting() {}

  /** A founding membership of the nodes 1 to n. */
  static Membership members(int n) {
    TreeSet<Member> members = new TreeSet<>();
    for (int id = 1; id <= n; id++) {
      members.add(member(id));
    }
    return Membership.founding(members);
  }

  static Member member(int id) {
    return new Member(id, "n" + id, 7000 + id);
  }

  static Voters voters(int n) {
    return new Voters(members(n));
  }

  /** A ballot of node 1 in its first life, in the founding epoch. */
  static Ballot ballot(long round) {
    return new Ballot(0, round, 1, 1);
  }

  /** A value of one entry of node 7, with this payload. */
  static Value value(long sequence, String payload) {
    byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
    return Value.batch(List.of(new Entry(7, 1, sequence, 1001, 0, bytes, 0, bytes.length)));
  }

  static Value value(String payload) {
    return value(1, payload);
  }

  /** What a step says, in words: {@code to 2: Learn[from=1]}. */
  static List<String> said(Ready ready) {
    return ready.sends.stream().map(send -> "to " + send.to() + ": " + send.message()).toList();
  }
}
