package io.github.skywalker.examples.benchmark;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Puts a load on a target. The closed loop begins an operation when one has ended; the open loop
 * begins them at a rate, and counts the latency from the moment at which each should have begun,
 * whatever held it up.
 */
final class Generator {

  /** So long a lane rests after it was refused, so that refusals do not become the load. */
  private static final long REST_NANOS = 1_000_000;

  private static final long POLL_NANOS = 1_000_000;
  private static final int ID_BYTES = 8;
  private static final double NANOS_PER_SECOND = 1e9;

  private final Target target;
  private final Load load;
  private final Tally tally;
  private final byte[] sample;
  private final AtomicLong values = new AtomicLong(ThreadLocalRandom.current().nextLong());
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile boolean ending;
  private @Nullable Thread pacer;

  Generator(Target target, Load load) {
    this.target = target;
    this.load = load;
    this.tally = new Tally(load.groups());
    this.sample = new byte[load.valueBytes()];
    ThreadLocalRandom.current().nextBytes(sample);
  }

  /** Begins. */
  void begin() {
    if (load.rate() > 0) {
      pacer = new Thread(this::pace, "pacer");
      pacer.setDaemon(true);
      pacer.start();
    } else {
      underWay.set(load.lanes().size());
      load.lanes().forEach(lane -> new Lane(lane).go());
    }
  }

  /** What was measured since the last call. */
  Sample take() {
    return tally.take();
  }

  /** Begins nothing any more, and waits until everything is answered. */
  Answers finish() {
    ending = true;
    Thread pacing = pacer;
    while (underWay.get() > 0 || (pacing != null && pacing.isAlive())) {
      LockSupport.parkNanos(POLL_NANOS);
    }
    return tally.answers();
  }

  private byte[] value() {
    byte[] value = sample.clone();
    long id = values.getAndIncrement();
    for (int i = 0; i < Math.min(ID_BYTES, value.length); i++) {
      value[i] = (byte) (id >>> (i * Byte.SIZE));
    }
    return value;
  }

  private boolean reads() {
    return load.reads() > 0 && ThreadLocalRandom.current().nextDouble() < load.reads();
  }

  private void send(int group, boolean read, Target.Done done) {
    if (read) {
      target.read(group, done);
    } else {
      target.propose(group, value(), done);
    }
  }

  private void pace() {
    long begun = System.nanoTime();
    int lanes = load.lanes().size();
    for (long i = 0; !ending; i++) {
      long due = begun + (long) (i * (NANOS_PER_SECOND / load.rate()));
      long left = due - System.nanoTime();
      while (left > 0 && !ending) {
        LockSupport.parkNanos(left);
        left = due - System.nanoTime();
      }
      List<Integer> lane = load.lanes().get((int) (i % lanes));
      int group = lane.get((int) (i / lanes % lane.size()));
      boolean read = reads();
      underWay.incrementAndGet();
      send(
          group,
          read,
          fate -> {
            tally.count(group, read, fate, System.nanoTime() - due);
            underWay.decrementAndGet();
          });
    }
  }

  /** One operation in flight, and when it has ended, the next. */
  private final class Lane {
    private final List<Integer> groups;
    private int turn;

    Lane(List<Integer> groups) {
      this.groups = groups;
    }

    /** An answer that comes before the call returns must not nest the next call in this one. */
    void go() {
      boolean again = true;
      while (again) {
        if (ending) {
          underWay.decrementAndGet();
          return;
        }
        int group = groups.get(turn);
        turn = turn + 1 == groups.size() ? 0 : turn + 1;
        Operation operation = new Operation(this, group, reads());
        send(group, operation.read, operation);
        again = operation.sent();
      }
    }
  }

  private final class Operation implements Target.Done {
    private final Lane lane;
    private final int group;
    private final boolean read;
    private final Thread sender = Thread.currentThread();
    private final long begun = System.nanoTime();

    // Belong to the sender.
    private boolean sending = true;
    private boolean answeredAtOnce;

    Operation(Lane lane, int group, boolean read) {
      this.lane = lane;
      this.group = group;
      this.read = read;
    }

    /** The call has returned; says whether the answer came before. */
    boolean sent() {
      sending = false;
      return answeredAtOnce;
    }

    @Override
    public void done(Target.Fate fate) {
      tally.count(group, read, fate, System.nanoTime() - begun);
      if (fate != Target.Fate.DONE) {
        LockSupport.parkNanos(REST_NANOS);
      }
      if (Thread.currentThread() == sender && sending) {
        answeredAtOnce = true;
      } else {
        lane.go();
      }
    }
  }
}
