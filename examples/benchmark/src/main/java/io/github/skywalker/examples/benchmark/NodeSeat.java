package io.github.skywalker.examples.benchmark;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Node;
import io.github.skywalker.api.NodeOptions;
import io.github.skywalker.api.ReadConsistency;
import io.github.skywalker.paxos.PaxosNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A node of the library in this process, with its machines. */
final class NodeSeat implements Seat, Target {

  private final Node node;
  private final List<CountingMachine> machines;
  private @Nullable Generator generator;

  /** Starts the node, with the defaults of the library wherever the workload does not say. */
  NodeSeat(Member self, List<Member> members, Workload work, Path directory) throws IOException {
    this.machines = new ArrayList<>();
    NodeOptions.Builder options =
        NodeOptions.builder()
            .self(self)
            .dataDirectory(directory)
            .clusterName("benchmark")
            .storage(NodeOptions.Storage.valueOf(work.storage().name()));
    Membership membership = Membership.founding(members);
    for (int group = 0; group < work.groups(); group++) {
      CountingMachine machine = new CountingMachine();
      machines.add(machine);
      options.group(GroupOptions.builder(group).membership(membership).machine(machine).build());
    }
    this.node = PaxosNode.start(options.build());
  }

  @Override
  public void propose(int group, byte[] value, Done done) {
    node.propose(
        group,
        value,
        result ->
            done.done(
                switch (result.fate()) {
                  case APPLIED -> Fate.DONE;
                  case NEVER -> Fate.NEVER;
                  case UNKNOWN -> Fate.UNKNOWN;
                }));
  }

  @Override
  public void read(int group, Done done) {
    var unused =
        node.readBarrier(group, ReadConsistency.LINEARIZABLE)
            .whenComplete(
                (instance, failed) -> {
                  machines.get(group).digest();
                  done.done(failed == null ? Fate.DONE : Fate.NEVER);
                });
  }

  @Override
  public List<Integer> led() {
    return IntStream.range(0, machines.size()).filter(node::isMaster).boxed().toList();
  }

  /** How a group stands, in words. */
  String report(int group) {
    return node.report(group).toString();
  }

  @Override
  public void begin(Load load) {
    Generator begun = new Generator(this, load);
    generator = begun;
    begun.begin();
  }

  @Override
  public Sample take() {
    return generator == null ? Sample.nothing() : generator.take();
  }

  @Override
  public Answers finish() {
    return generator == null ? Answers.none(machines.size()) : generator.finish();
  }

  @Override
  public List<List<Digest>> digests() {
    return List.of(machines.stream().map(CountingMachine::digest).toList());
  }

  @Override
  public void close() {
    node.close();
  }
}
