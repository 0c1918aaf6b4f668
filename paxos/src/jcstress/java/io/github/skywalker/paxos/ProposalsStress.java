package io.github.skywalker.paxos;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import io.github.skywalker.paxos.core.Event;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** The queue of proposals, between the users' threads and the group's loop. */
public class ProposalsStress {

  private static final byte[] VALUE = new byte[10];

  private static final Membership ALONE =
      Membership.founding(List.of(new Member(1, "127.0.0.1", 7001)));

  private ProposalsStress() {}

  private static GroupOptions options(int maxPending, long maxBytes) {
    return GroupOptions.builder(0)
        .membership(ALONE)
        .machine(new Nothing())
        .maxPendingProposals(maxPending)
        .maxPendingBytes(maxBytes)
        .build();
  }

  private static final class Nothing implements io.github.skywalker.api.StateMachine {
    @Override
    public int machineId() {
      return FIRST_USER_MACHINE_ID;
    }

    @Override
    public Object execute(io.github.skywalker.api.Execution execution) {
      return 0;
    }
  }

  /** A queue, and the loop that drains it when it is woken. */
  private static class Queue {
    final AtomicInteger wakes = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final Proposals proposals;
    int drained;

    Queue(GroupOptions options) {
      proposals =
          new Proposals(options, () -> 0, Runnable::run, NodeObserver.NONE, wakes::incrementAndGet);
    }

    void propose() {
      proposals.propose(
          VALUE,
          ProposeOptions.DEFAULT,
          result -> {
            if (result.status() == Status.OVERLOADED) {
              refused.incrementAndGet();
            }
          },
          null,
          () -> true,
          Optional.empty(),
          0);
    }

    void drainIfWoken() {
      if (wakes.getAndSet(0) > 0) {
        drained += proposals.drain().size();
      }
    }
  }

  private static final GroupOptions ROOMY = options(1_000, 1 << 20);
  private static final GroupOptions ONE_PLACE = options(1, 1 << 20);

  /** Whatever is proposed while the loop drains is drained then, or wakes the loop again. */
  @JCStressTest
  @Outcome(id = "2", expect = ACCEPTABLE)
  @Outcome(expect = FORBIDDEN, desc = "a proposal lies in the queue, and nobody comes")
  @State
  public static class NobodyIsForgotten extends Queue {
    public NobodyIsForgotten() {
      super(ROOMY);
    }

    @Actor
    public void oneUser() {
      propose();
    }

    @Actor
    public void otherUser() {
      propose();
    }

    @Actor
    public void loop() {
      drainIfWoken();
    }

    @Arbiter
    public void after(I_Result result) {
      drainIfWoken();
      result.r1 = drained;
    }
  }

  /** Of two at once for one place, one gets it, and the other is told so. */
  @JCStressTest
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE)
  @Outcome(expect = FORBIDDEN)
  @State
  public static class OnePlace extends Queue {
    public OnePlace() {
      super(ONE_PLACE);
    }

    @Actor
    public void oneUser() {
      propose();
    }

    @Actor
    public void otherUser() {
      propose();
    }

    @Arbiter
    public void after(III_Result result) {
      drainIfWoken();
      result.r1 = drained;
      result.r2 = refused.get();
      result.r3 = proposals.pending();
    }
  }

  /** An answer gives the place free exactly once, whatever is proposed meanwhile. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "answered first: there was room")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "proposed first: there was none")
  @Outcome(expect = FORBIDDEN)
  @State
  public static class AnswerAndPropose extends Queue {
    private final Object ticket;

    public AnswerAndPropose() {
      super(ONE_PLACE);
      propose();
      ticket = proposals.drain().get(0).ticket();
    }

    @Actor
    public void loop() {
      proposals.answer(ticket, ProposeResult.of(Status.STOPPED, "for a test"));
    }

    @Actor
    public void user() {
      propose();
    }

    @Arbiter
    public void after(II_Result result) {
      for (Event.Proposal each : proposals.drain()) {
        drained += each.payload().length / VALUE.length;
      }
      result.r1 = drained;
      result.r2 = (int) (proposals.pendingBytes() / VALUE.length);
    }
  }
}
