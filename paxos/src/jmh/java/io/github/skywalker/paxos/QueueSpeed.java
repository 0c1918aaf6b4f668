package io.github.skywalker.paxos;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import io.github.skywalker.util.ThreadLoop;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The way from one thread to another: what it costs, and how long it takes when the other rests.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class QueueSpeed {

  private static final int TASKS = 10_000;

  private RunLoop one = new ThreadLoop("one", Clock.SYSTEM);
  private RunLoop other = new ThreadLoop("other", Clock.SYSTEM);

  /** Starts two loops. */
  @Setup(Level.Iteration)
  public void start() {
    one.close();
    other.close();
    one = new ThreadLoop("one", Clock.SYSTEM);
    other = new ThreadLoop("other", Clock.SYSTEM);
  }

  /** Ends them. */
  @TearDown(Level.Iteration)
  public void end() {
    one.close();
    other.close();
  }

  /** Many tasks, one after the other, to a loop that is busy with those before. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public long busy() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    for (int i = 1; i < TASKS; i++) {
      one.execute(() -> {});
    }
    one.execute(done::countDown);
    done.await();
    return done.getCount();
  }

  /** To and fro between two loops that rest in between: each way with a wake-up. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public long resting() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    one.execute(() -> pass(TASKS, one, other, done));
    done.await();
    return done.getCount();
  }

  private static void pass(int left, RunLoop here, RunLoop there, CountDownLatch done) {
    if (left == 0) {
      done.countDown();
    } else {
      there.execute(() -> pass(left - 1, there, here, done));
    }
  }
}
