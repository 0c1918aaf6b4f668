package io.github.skywalker.examples.benchmark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class GeneratorTest {

  /** Holds every operation until it is told to answer. */
  private static class Holding implements Target {
    final Queue<Done> held = new ArrayDeque<>();
    int most;

    @Override
    public void propose(int group, byte[] value, Done done) {
      held.add(done);
      most = Math.max(most, held.size());
    }

    @Override
    public void read(int group, Done done) {
      propose(group, new byte[0], done);
    }

    void answer(int count, Fate fate) {
      for (int i = 0; i < count; i++) {
        held.remove().done(fate);
      }
    }
  }

  private static Load closed(int lanes, double reads) {
    return new Load(1, Collections.nCopies(lanes, List.of(0)), 100, reads, 0);
  }

  @Test
  void aClosedLoopKeepsItsWindowFull() {
    Holding target = new Holding();
    Generator generator = new Generator(target, closed(16, 0));
    generator.begin();
    target.answer(1000, Target.Fate.DONE);
    assertEquals(16, target.held.size());
    assertEquals(16, target.most);
    assertEquals(1000, generator.take().proposals().getTotalCount());
  }

  @Test
  void answersAreCountedByWhatBecameOfTheProposal() {
    Holding target = new Holding();
    Generator generator = new Generator(target, closed(8, 0));
    generator.begin();
    target.answer(5, Target.Fate.DONE);
    target.answer(2, Target.Fate.NEVER);
    target.answer(1, Target.Fate.UNKNOWN);
    Sample sample = generator.take();
    assertEquals(5, sample.proposals().getTotalCount());
    assertEquals(3, sample.errors());
    assertEquals(0, generator.take().proposals().getTotalCount(), "taken once only");
  }

  @Test
  void readsAreCountedApart() {
    Holding target = new Holding();
    Generator generator = new Generator(target, closed(4, 1));
    generator.begin();
    target.answer(10, Target.Fate.DONE);
    Sample sample = generator.take();
    assertEquals(10, sample.reads().getTotalCount());
    assertEquals(0, sample.proposals().getTotalCount());
  }

  @Test
  void anAnswerBeforeTheCallReturnsDoesNotNestTheNext() {
    Generator[] generator = new Generator[1];
    long[] count = new long[1];
    Target atOnce =
        new Holding() {
          @Override
          public void propose(int group, byte[] value, Done done) {
            if (++count[0] == 1_000_000) {
              Thread ending = new Thread(generator[0]::finish);
              ending.setDaemon(true);
              ending.start();
            }
            done.done(Fate.DONE);
          }
        };
    generator[0] = new Generator(atOnce, closed(1, 0));
    generator[0].begin();
    assertTrue(count[0] >= 1_000_000);
  }

  @Test
  void anOpenLoopCountsFromTheTimeAtWhichAProposalShouldHaveBeenSent() throws Exception {
    Duration stall = Duration.ofMillis(300);
    AtomicBoolean stalled = new AtomicBoolean();
    Target stalling =
        new Holding() {
          @Override
          public void propose(int group, byte[] value, Done done) {
            long end = System.nanoTime() + stall.toNanos();
            if (stalled.compareAndSet(false, true)) {
              while (System.nanoTime() < end) {
                LockSupport.parkNanos(end - System.nanoTime());
              }
            }
            done.done(Fate.DONE);
          }
        };
    Generator generator = new Generator(stalling, new Load(1, List.of(List.of(0)), 100, 0, 1000));
    generator.begin();
    Histogram latencies = new Histogram(Sample.DIGITS);
    while (latencies.getTotalCount() < 400) {
      TimeUnit.MILLISECONDS.sleep(1);
      latencies.add(generator.take().proposals());
    }
    Answers answers = generator.finish();
    latencies.add(generator.take().proposals());
    assertArrayEquals(new long[] {latencies.getTotalCount()}, answers.done());
    assertTrue(latencies.getMaxValue() >= stall.toNanos());
    // A thousand a second were due meanwhile: all that were due in its first third waited for the
    // other two, though the target was slow only once.
    long late = latencies.getCountBetweenValues(stall.toNanos() * 2 / 3, Long.MAX_VALUE);
    assertTrue(late >= 95, late + " were late");
  }
}
