package io.github.skywalker.examples.echo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.skywalker.api.Execution;
import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.StateMachine;
import io.github.skywalker.paxos.PaxosNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The smallest program: three nodes in one process, and a machine that returns what it is told. */
final class Echo implements StateMachine {

  private static final int GROUP = 0;

  @Override
  public int machineId() {
    return FIRST_USER_MACHINE_ID;
  }

  /** Called on every node, with the same values in the same order; the proposer gets the output. */
  @Override
  public Object execute(Execution execution) {
    return UTF_8.decode(execution.value()).toString();
  }

  /** Takes the directory of its data, or none for a temporary one. */
  public static void main(String[] arguments) throws Exception {
    Path data = arguments.length > 0 ? Path.of(arguments[0]) : Files.createTempDirectory("echo");
    List<Member> members =
        List.of(
            Member.parse("1=127.0.0.1:7101"),
            Member.parse("2=127.0.0.1:7102"),
            Member.parse("3=127.0.0.1:7103"));
    List<Node> nodes = new ArrayList<>();
    try {
      for (Member member : members) {
        nodes.add(start(member, members, data.resolve("node-" + member.nodeId())));
      }
      for (String line : List.of("Is anybody there?", "Then we agree.", "Goodbye.")) {
        ProposeResult result = nodes.get(0).propose(GROUP, line.getBytes(UTF_8)).get();
        System.out.println(result.status() + " at " + result.instance() + ": " + result.output());
      }
    } finally {
      nodes.forEach(Node::close);
    }
  }

  private static Node start(Member self, List<Member> members, Path directory) throws Exception {
    GroupOptions group =
        GroupOptions.builder(GROUP)
            .membership(Membership.founding(members))
            .machine(new Echo())
            .build();
    return PaxosNode.start(
        NodeOptions.builder().self(self).dataDirectory(directory).group(group).build());
  }
}
