package io.github.skywalker.examples.benchmark;

import com.alipay.sofa.jraft.rpc.RpcServer;
import java.util.List;
import java.util.stream.IntStream;

/** All groups of SOFAJRaft behind one door: each proposal goes to the replica that leads. */
final class JRaftSeat implements Seat, Target {

  private static final int REPLICAS = 3;

  private final List<JRaftGroup> groups;
  private final List<RpcServer> servers;
  private Generator generator;

  JRaftSeat(List<JRaftGroup> groups, List<RpcServer> servers) {
    this.groups = groups;
    this.servers = servers;
  }

  @Override
  public void propose(int group, byte[] value, Done done) {
    groups.get(group).propose(value, done);
  }

  @Override
  public void read(int group, Done done) {
    throw new UnsupportedOperationException("only proposals are compared");
  }

  @Override
  public List<Integer> led() {
    return IntStream.range(0, groups.size()).filter(i -> groups.get(i).led()).boxed().toList();
  }

  @Override
  public void begin(Load load) {
    generator = new Generator(this, load);
    generator.begin();
  }

  @Override
  public Sample take() {
    return generator.take();
  }

  @Override
  public Answers finish() {
    return generator.finish();
  }

  @Override
  public List<List<Digest>> digests() {
    return IntStream.range(0, REPLICAS)
        .mapToObj(replica -> groups.stream().map(group -> group.digest(replica)).toList())
        .toList();
  }

  @Override
  public void close() {
    groups.forEach(JRaftGroup::close);
    servers.forEach(RpcServer::shutdown);
  }
}
