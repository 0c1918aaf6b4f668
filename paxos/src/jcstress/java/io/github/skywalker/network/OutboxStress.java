package io.github.skywalker.network;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Learn;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** What waits for a connection, between the threads that send and the network's. */
public class OutboxStress {

  private static final Envelope MESSAGE =
      Envelope.newBuilder().setGroup(1).setLearn(Learn.newBuilder().setFrom(7)).build();

  private OutboxStress() {}

  /** Takes out what is there when it is woken, and sleeps as a link does. */
  private static class Box {
    final AtomicInteger wakes = new AtomicInteger();
    final Outbox outbox;
    int taken;

    Box(long maxBytes) {
      outbox = new Outbox(maxBytes, 1 << 20, wakes::incrementAndGet);
      outbox.accepting(true);
    }

    void takeIfWoken() {
      if (wakes.getAndSet(0) > 0) {
        do {
          taken += outbox.clear();
        } while (!outbox.sleep());
      }
    }
  }

  /** Whatever is offered while the network's thread falls asleep is taken, or wakes it again. */
  @JCStressTest
  @Outcome(id = "2", expect = ACCEPTABLE)
  @Outcome(expect = FORBIDDEN, desc = "a message waits, and nobody comes")
  @State
  public static class NothingIsForgotten extends Box {
    public NothingIsForgotten() {
      super(1 << 20);
    }

    @Actor
    public void one() {
      outbox.offer(MESSAGE);
    }

    @Actor
    public void other() {
      outbox.offer(MESSAGE);
    }

    @Actor
    public void network() {
      takeIfWoken();
    }

    @Arbiter
    public void after(I_Result result) {
      takeIfWoken();
      result.r1 = taken;
    }
  }

  /** However many come at once, no more are taken than the bound allows, and those get out. */
  @JCStressTest
  @Outcome(id = "1, 1", expect = ACCEPTABLE)
  @Outcome(expect = FORBIDDEN)
  @State
  public static class TheBoundHolds extends Box {
    private final AtomicInteger refused = new AtomicInteger();

    public TheBoundHolds() {
      super(Outbox.MESSAGE_OVERHEAD_BYTES);
    }

    private void offer() {
      if (outbox.offer(MESSAGE) != null) {
        refused.incrementAndGet();
      }
    }

    @Actor
    public void one() {
      offer();
    }

    @Actor
    public void other() {
      offer();
    }

    @Arbiter
    public void after(II_Result result) {
      takeIfWoken();
      result.r1 = taken;
      result.r2 = refused.get();
    }
  }
}
