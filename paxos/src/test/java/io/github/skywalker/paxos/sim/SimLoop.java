package io.github.skywalker.paxos.sim;

import io.github.skywalker.util.RunLoop;
import java.util.ArrayDeque;
import java.util.function.LongSupplier;

/**
 * A run loop of a simulated process: a queue, of which one task at a time becomes an event, a
 * little later than the one before it.
 */
final class SimLoop implements RunLoop {

  private final Life life;
  private final String name;
  private final LongSupplier delay;
  private final ArrayDeque<Task> tasks = new ArrayDeque<>();
  private int waitingMessages;
  private long waitingBytes;
  private boolean scheduled;
  private boolean running;
  private boolean closing;

  /** Something to do, and how large the message is that has caused it; 0 if none has. */
  private record Task(Runnable task, int messageBytes) {}

  SimLoop(Life life, String name, LongSupplier delay) {
    this.life = life;
    this.name = name;
    this.delay = delay;
  }

  String name() {
    return name;
  }

  @Override
  public void execute(Runnable task) {
    if (closing && !running) {
      return;
    }
    int bytes = life.receivingBytes();
    if (bytes != 0) {
      waitingBytes += bytes;
      waitingMessages++;
      life.checkWaiting(name, waitingMessages, waitingBytes);
    }
    tasks.add(new Task(task, bytes));
    schedule();
  }

  private void schedule() {
    if (!scheduled && !tasks.isEmpty()) {
      scheduled = true;
      life.after(delay.getAsLong(), this::runOne);
    }
  }

  private void runOne() {
    scheduled = false;
    Task next = tasks.remove();
    waitingBytes -= next.messageBytes();
    waitingMessages -= next.messageBytes() == 0 ? 0 : 1;
    running = true;
    try {
      life.run(name, next.task());
    } finally {
      running = false;
    }
    schedule();
  }

  @Override
  public Timer at(long nanos, Runnable task) {
    Alarm alarm = new Alarm(nanos, task);
    alarm.set();
    return alarm;
  }

  @Override
  public boolean inLoop() {
    return running;
  }

  /** What was handed over before still happens, in its time: nobody can wait here. */
  @Override
  public void close() {
    closing = true;
  }

  private final class Alarm implements Timer {
    private final long nanos;
    private Runnable task;

    Alarm(long nanos, Runnable task) {
      this.nanos = nanos;
      this.task = task;
    }

    void set() {
      life.at(life.host().clock().trueTime(nanos), this::due);
    }

    private void due() {
      if (task == null || closing) {
        return;
      }
      if (life.host().clock().nanos() - nanos < 0) {
        set(); // The clock stood still meanwhile.
        return;
      }
      Runnable due = task;
      task = null;
      tasks.add(new Task(due, 0));
      schedule();
    }

    @Override
    public void cancel() {
      task = null;
    }
  }
}
