package io.github.skywalker.machine;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the machines of one group, in order: in the mailbox of the apply loop, with its
 * values, up to a bound, and beyond it as a {@link Backlog}, without them, until the machines have
 * come to the end of that.
 */
final class ApplyQueue {

  /** What is done, on the apply loop, with an instance of the backlog. */
  interface Again {

    /** Reads its value from the log, and applies it; says how many bytes it has. */
    int apply(GroupState state, long instance, Tickets tickets) throws IOException;

    /** It cannot be read, and nothing later can be applied. */
    void unreadable(long instance, Tickets tickets, Exception why);

    /** A checkpoint covers it. */
    void passOver(Backlog.Waiting waiting);

    /** Tells who waits for it that it is not applied any more. */
    void lose(Tickets tickets);
  }

  /**
   * An instance that was decided.
   *
   * @param bytes of its value
   * @param heldBytes what it takes in memory if its value is held
   */
  record Decided(long instance, int bytes, int heldBytes, Backlog.Waiting waiting) {}

  /** So many steps are taken before other groups on the loop have their turn. */
  private static final int MAX_STEPS_AT_ONCE = 64;

  private final Executor loop;
  private final Again again;
  private final AtomicLong unappliedBytes = new AtomicLong();
  private final AtomicLong heldBytes = new AtomicLong();

  // Guarded by the lock, under which also goes to the loop what must keep the order.
  private final Object lock = new Object();

  /** Mostly none. A second one follows upon a checkpoint that is loaded behind the first. */
  private final ArrayDeque<Backlog> backlogs = new ArrayDeque<>();

  private boolean abandoned;
  private volatile boolean lags;

  ApplyQueue(Executor loop, Again again) {
    this.loop = loop;
    this.again = again;
  }

  /** An instance was decided, and is applied by a task. */
  void decided(Decided decided, Runnable apply) {
    unappliedBytes.addAndGet(decided.bytes);
    synchronized (lock) {
      Backlog last = backlogs.peekLast();
      if (last != null && !last.isPassedOver()) {
        last.decided(decided.instance, decided.bytes, decided.waiting);
        return;
      }
      heldBytes.addAndGet(decided.heldBytes);
      add(
          null,
          () -> {
            apply.run();
            heldBytes.addAndGet(-decided.heldBytes);
            unappliedBytes.addAndGet(-decided.bytes);
          });
    }
  }

  /** Something is to be run behind all that; see {@link Applier#inOrder(Object, Runnable)}. */
  void add(@Nullable Object kind, Runnable task) {
    synchronized (lock) {
      Backlog last = backlogs.peekLast();
      if (last != null) {
        last.add(kind, task);
      } else {
        loop.execute(task);
      }
    }
  }

  /** A checkpoint is to be loaded by a task, and covers everything that was decided before. */
  void restore(Runnable load) {
    synchronized (lock) {
      backlogs.forEach(Backlog::passOver);
      add(null, load);
      goOn();
    }
  }

  /** See {@link Applier#limit}. */
  boolean limit(GroupState state, long maxBytes) {
    if (heldBytes.get() > maxBytes) {
      synchronized (lock) {
        Backlog last = backlogs.peekLast();
        if (last == null || last.isPassedOver()) {
          backlogs.add(new Backlog(state.copy()));
          lags = true;
          if (last == null) {
            loop.execute(this::catchUp);
          }
        }
      }
    }
    return lags;
  }

  /** Whether there is a backlog. */
  boolean lags() {
    return lags;
  }

  long unappliedBytes() {
    return unappliedBytes.get();
  }

  long heldBytes() {
    return heldBytes.get();
  }

  /** Everything up to an instance can be read from the log. */
  void readable(long instance) {
    synchronized (lock) {
      backlogs.forEach(backlog -> backlog.readable(instance));
      goOn();
    }
  }

  /** The backlog is not applied any more. */
  void abandon() {
    synchronized (lock) {
      abandoned = true;
    }
    readable(Long.MAX_VALUE);
  }

  private void goOn() {
    Backlog present = backlogs.peekFirst();
    if (present != null && present.waits(false)) {
      loop.execute(this::catchUp);
    }
  }

  /** Goes on with the backlog, as far as the log can be read. */
  private void catchUp() {
    for (int steps = 0; ; steps++) {
      Runnable step;
      synchronized (lock) {
        Backlog present = first();
        if (present == null) {
          lags = false;
          return;
        }
        if (steps >= MAX_STEPS_AT_ONCE && !abandoned) {
          loop.execute(this::catchUp);
          return;
        }
        step = next(present);
        if (step == null) {
          present.waits(true);
          return;
        }
      }
      step.run();
    }
  }

  private @Nullable Backlog first() {
    Backlog first = backlogs.peekFirst();
    while (first != null && first.isEmpty()) {
      unappliedBytes.addAndGet(-first.bytes()); // What was passed over or lost.
      backlogs.removeFirst();
      first = backlogs.peekFirst();
    }
    return first;
  }

  private @Nullable Runnable next(Backlog present) {
    Runnable task = present.pollTask();
    if (task != null) {
      return task;
    }
    long instance = present.pollInstance();
    if (instance == 0) {
      return null;
    }
    Backlog.Waiting waiting = present.takeWaiting(instance);
    if (abandoned) {
      return () -> again.lose(waiting.tickets());
    }
    if (present.isPassedOver()) {
      return () -> again.passOver(waiting);
    }
    return () -> apply(present, instance, waiting);
  }

  private void apply(Backlog present, long instance, Backlog.Waiting waiting) {
    try {
      int bytes = again.apply(present.state(), instance, waiting.tickets());
      unappliedBytes.addAndGet(-bytes);
      synchronized (lock) {
        present.applied(bytes);
      }
    } catch (IOException | RuntimeException unreadable) {
      if (isPassedOver(present)) {
        again.passOver(waiting); // By now a checkpoint covers it, and the log may have let it go.
      } else {
        again.unreadable(instance, waiting.tickets(), unreadable);
      }
    }
  }

  private boolean isPassedOver(Backlog backlog) {
    synchronized (lock) {
      return backlog.isPassedOver();
    }
  }
}
