package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.ReadConsistency;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A node in a process of its own, for tests that kill it: {@code id lease-ms directory members…}.
 * It takes a command a line and answers with a line: {@code propose VALUE}, {@code master}, {@code
 * executed} (after a read barrier).
 */
final class NodeProcess {

  private NodeProcess() {}

  public static void main(String[] args) throws Exception {
    List<Member> members = new ArrayList<>();
    for (int i = 3; i < args.length; i++) {
      members.add(Member.parse(args[i]));
    }
    Membership founding = Membership.founding(members);
    TestCluster.Recorder machine = new TestCluster.Recorder();
    NodeOptions options =
        NodeOptions.builder()
            .self(founding.find(Integer.parseInt(args[0])).orElseThrow())
            .lease(Duration.ofMillis(Long.parseLong(args[1])))
            .dataDirectory(Path.of(args[2]))
            .diskReserveBytes(0)
            .groupLoops(TestCluster.GROUP_LOOPS)
            .segmentBytes(4 << 20)
            .group(GroupOptions.builder(0).membership(founding).machine(machine).build())
            .build();
    try (Node node = PaxosNode.start(options);
        BufferedReader commands =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      System.out.println("ready");
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        System.out.println(answer(node, machine, line));
      }
    }
  }

  private static String answer(Node node, TestCluster.Recorder machine, String command)
      throws Exception {
    if (command.startsWith("propose ")) {
      ProposeResult result = node.propose(0, TestCluster.bytes(command.substring(8))).get();
      return result.status().toString();
    }
    if (command.equals("master")) {
      return Boolean.toString(node.isMaster(0));
    }
    node.readBarrier(0, ReadConsistency.LINEARIZABLE).get();
    return String.join(",", machine.executed);
  }
}
