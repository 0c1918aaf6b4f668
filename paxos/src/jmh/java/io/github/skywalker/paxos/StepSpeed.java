package io.github.skywalker.paxos;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.paxos.core.Contenders;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Grants;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The core alone: all steps of three replicas for one instance, from the proposals to the last
 * execution. Writes are durable at once, and messages arrive at once.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class StepSpeed {

  private static final long RETRY_NANOS = 100_000_000;
  private static final long LEASE_NANOS = 2_000_000_000;
  private static final long FAR_NANOS = Long.MAX_VALUE / 4;
  private static final int VALUE_BYTES = 100;
  private static final int MACHINE = 1001;

  private record Delivery(int to, Event event) {}

  /** Entries of one instance. */
  @Param({"1", "16", "256"})
  public int entries;

  private final List<Replica> replicas = new ArrayList<>();
  private final ArrayDeque<Delivery> underWay = new ArrayDeque<>();
  private List<Event.Proposal> proposals = List.of();
  private long now = 1;

  /** Founds a group without election, and lets the first replica lead it. */
  @Setup
  public void found() {
    List<Member> members =
        List.of(
            new Member(1, "127.0.0.1", 1),
            new Member(2, "127.0.0.1", 2),
            new Member(3, "127.0.0.1", 3));
    for (Member member : members) {
      int id = member.nodeId();
      replicas.add(
          new Replica(
              new Replica.Options(
                  id,
                  1,
                  false,
                  32,
                  256 << 10,
                  RETRY_NANOS,
                  0,
                  LEASE_NANOS,
                  () -> Long.MAX_VALUE,
                  id),
              Ballot.ZERO,
              Membership.founding(members),
              new Grants(id, 1, Long.MIN_VALUE),
              new Contenders(1)));
    }
    Event.Proposal proposal =
        new Event.Proposal(this, MACHINE, 0, new byte[VALUE_BYTES], FAR_NANOS, FAR_NANOS);
    proposals = Collections.nCopies(entries, proposal);
    instance();
    while (replicas.get(2).chosenUpTo() == 0) {
      now += RETRY_NANOS;
      for (int node = 1; node <= replicas.size(); node++) {
        step(node, new Event.Tick());
      }
      deliver();
    }
  }

  /** One instance; what the last replica has executed. */
  @Benchmark
  public long instance() {
    now += 1000;
    step(1, new Event.Propose(proposals));
    deliver();
    return replicas.get(2).chosenUpTo();
  }

  private void deliver() {
    for (Delivery next = underWay.poll(); next != null; next = underWay.poll()) {
      step(next.to, next.event);
    }
  }

  private void step(int node, Event event) {
    Ready ready = replicas.get(node - 1).step(event, now);
    send(node, ready.sends);
    send(node, ready.released);
    if (ready.serial != 0) {
      underWay.add(new Delivery(node, new Event.Synced(ready.serial)));
    }
  }

  private void send(int from, List<Ready.Send> sends) {
    for (Ready.Send send : sends) {
      underWay.add(new Delivery(send.to(), new Event.Received(from, send.message())));
    }
  }
}
