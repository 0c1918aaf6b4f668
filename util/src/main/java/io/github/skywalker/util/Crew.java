package io.github.skywalker.util;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loops that lend each other their threads: there are as many threads as loops, and each of them
 * runs any loop, though one at a time. When the last task of a loop has let another one {@link
 * TaskLoop#follow} in a later loop, the thread goes on with that itself, and none has to wake for
 * it. A task that does not come back holds up its own loop, and what it has let follow, and nothing
 * else: for each other loop a thread is left.
 */
public final class Crew {

  private static final Logger log = LoggerFactory.getLogger(Crew.class);

  private final List<Post> posts = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();

  private Crew() {}

  /**
   * Starts some loops. Their threads, daemons, end when all of the loops are closed.
   *
   * @param name of the threads, which are numbered
   * @param count how many
   * @return the loops, the caller's to close
   */
  public static List<TaskLoop> start(String name, int count) {
    Crew crew = new Crew();
    for (int i = 0; i < count; i++) {
      crew.posts.add(crew.new Post(i));
      crew.workers.add(crew.new Worker(name + "-" + i));
    }
    crew.workers.forEach(Thread::start);
    return List.copyOf(crew.posts);
  }

  /** Wakes one who has nothing to do; where there is none, somebody is about to look anyway. */
  private void wakeOne() {
    for (Worker worker : workers) {
      if (worker.wake()) {
        return;
      }
    }
  }

  private boolean isWaiting() {
    for (Post post : posts) {
      if (post.isWaiting()) {
        return true;
      }
    }
    return false;
  }

  private boolean hasEnded() {
    for (Post post : posts) {
      if (post.ended.getCount() > 0) {
        return false;
      }
    }
    return true;
  }

  /** One loop. Whoever runs it holds it until there are no tasks left. */
  private final class Post implements TaskLoop {
    private final int place;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Worker> holder = new AtomicReference<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean closing;

    Post(int place) {
      this.place = place;
    }

    @Override
    public void execute(Runnable task) {
      add(task, false);
    }

    @Override
    public void follow(Runnable task) {
      add(task, true);
    }

    private void add(Runnable task, boolean follows) {
      if (closing && !inLoop()) {
        return;
      }
      boolean alone = tasks.isEmpty();
      tasks.add(task);
      if (holder.get() == null && !(follows && alone && leaveToCaller())) {
        wakeOne();
      } // Else who holds it looks again when he has let go.
    }

    /** The caller looks after this loop when his task has ended, if he is one of the crew. */
    private boolean leaveToCaller() {
      if (!(Thread.currentThread() instanceof Worker)) { // Maybe of another crew.
        return false;
      }
      Worker caller = (Worker) Thread.currentThread();
      Post his = caller.held;
      if (his == null || his.crew() != crew() || his.place >= place) {
        return false;
      }
      caller.owesALook = true;
      return true;
    }

    private Crew crew() {
      return Crew.this;
    }

    @Override
    public boolean inLoop() {
      return holder.get() == Thread.currentThread();
    }

    boolean isWaiting() {
      return !tasks.isEmpty() && holder.get() == null;
    }

    void letGo() {
      boolean isLast = closing && tasks.isEmpty(); // Asked while nobody else can run any.
      holder.set(null);
      if (isLast) {
        ended.countDown();
      }
    }

    @Override
    public void close() {
      closing = true;
      tasks.add(() -> {}); // So that somebody holds it once more, and finds that it is closed.
      wakeOne();
      if (inLoop()) {
        return;
      }
      boolean interrupted = wholly(ended::await);
      if (hasEnded()) {
        for (Worker worker : workers) {
          worker.wake();
          interrupted |= worker != Thread.currentThread() && wholly(worker::join);
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private interface Waiting {
    void await() throws InterruptedException;
  }

  /** Waits to the end; says whether the thread was interrupted meanwhile. */
  private static boolean wholly(Waiting waiting) {
    boolean interrupted = false;
    while (true) {
      try {
        waiting.await();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  private final class Worker extends Thread {
    private final AtomicBoolean idle = new AtomicBoolean();

    // Belong to the thread itself.
    private @Nullable Post held;
    private boolean owesALook;

    Worker(String name) {
      super(name);
      setDaemon(true);
    }

    /** Whether it had nothing to do, and looks now. */
    boolean wake() {
      if (idle.get() && idle.compareAndSet(true, false)) {
        LockSupport.unpark(this);
        return true;
      }
      return false;
    }

    @Override
    public void run() {
      int next = 0;
      while (!hasEnded()) {
        Post post = take(next);
        if (post == null) {
          rest();
        } else {
          held = post;
          runAll(post);
          held = null;
          post.letGo();
          next = post.place + 1;
        }
      }
      workers.forEach(Worker::wake);
    }

    /** Takes hold of a loop that waits, and wakes somebody if there is another one. */
    private @Nullable Post take(int from) {
      Post taken = null;
      for (int i = 0; i < posts.size(); i++) {
        Post post = posts.get((from + i) % posts.size());
        if (post.isWaiting()) {
          if (taken != null) {
            wakeOne();
            break;
          }
          taken = post.holder.compareAndSet(null, this) ? post : null;
        }
      }
      return taken;
    }

    private void runAll(Post post) {
      Runnable task = post.tasks.poll();
      while (task != null) {
        runSafely(task);
        task = post.tasks.poll();
        if (owesALook && task != null) {
          wakeOne(); // There is more to do here first.
        }
        owesALook = false;
      }
    }

    private void rest() {
      idle.set(true);
      if (!isWaiting() && !hasEnded()) {
        LockSupport.park(Crew.this);
        interrupted(); // Else it would never park again.
      }
      idle.set(false);
    }

    private void runSafely(Runnable task) {
      try {
        task.run();
      } catch (Throwable fault) {
        report(fault);
      }
      interrupted(); // If a task has interrupted its thread, that is nothing to the next one.
    }

    /** A thread that ends would hang whatever waits for it, so not even a broken logger ends it. */
    private void report(Throwable fault) {
      try {
        log.error("A task of {} failed; the others go on.", getName(), fault);
      } catch (Throwable again) {
        System.err.println("A task of " + getName() + " failed: " + fault);
      }
    }
  }
}
