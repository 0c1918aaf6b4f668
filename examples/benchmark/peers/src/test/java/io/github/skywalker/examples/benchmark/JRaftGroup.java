package io.github.skywalker.examples.benchmark;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.RaftGroupService;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.rpc.RpcServer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The three replicas of one group. */
final class JRaftGroup {

  /** Counts what it applies, as the library's machine does. */
  private static final class Counting extends StateMachineAdapter {
    private volatile Digest digest = Digest.NOTHING;

    @Override
    public void onApply(Iterator values) {
      long executed = digest.executed();
      long hash = digest.hash();
      List<Closure> waiting = new ArrayList<>();
      while (values.hasNext()) {
        executed++;
        hash = Digest.mix(hash, values.getData());
        if (values.done() != null) {
          waiting.add(values.done());
        }
        values.next();
      }
      digest = new Digest(executed, hash);
      waiting.forEach(closure -> closure.run(Status.OK()));
    }
  }

  private final List<RaftGroupService> services = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private final List<Counting> machines = new ArrayList<>();

  JRaftGroup(
      int group, List<PeerId> peers, Configuration members, List<RpcServer> servers, Path directory)
      throws IOException {
    for (int i = 0; i < peers.size(); i++) {
      Path own = Files.createDirectories(directory.resolve("group-" + group + "-" + i));
      Counting machine = new Counting();
      machines.add(machine);
      NodeOptions options = new NodeOptions();
      options.setFsm(machine);
      options.setInitialConf(members);
      options.setLogUri(own.resolve("log").toString());
      options.setRaftMetaUri(own.resolve("meta").toString());
      RaftGroupService service =
          new RaftGroupService("group-" + group, peers.get(i), options, servers.get(i), true);
      services.add(service);
      nodes.add(service.start(false));
    }
  }

  /** Whether one of the replicas leads. */
  boolean led() {
    return nodes.stream().anyMatch(Node::isLeader);
  }

  void propose(byte[] value, Target.Done done) {
    for (Node node : nodes) {
      if (node.isLeader()) {
        node.apply(new Task(ByteBuffer.wrap(value), status -> done.done(fate(status))));
        return;
      }
    }
    done.done(Target.Fate.NEVER);
  }

  private static Target.Fate fate(Status status) {
    if (status.isOk()) {
      return Target.Fate.DONE;
    }
    return status.getRaftError() == RaftError.EBUSY ? Target.Fate.NEVER : Target.Fate.UNKNOWN;
  }

  Digest digest(int replica) {
    return machines.get(replica).digest;
  }

  void close() {
    services.forEach(RaftGroupService::shutdown);
    try {
      for (RaftGroupService service : services) {
        service.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
