package io.github.skywalker.util;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Loops that lend each other their threads. */
class CrewTest {

  private static final int LOOPS = 3;
  private static final long TIME_FOR_ANOTHER_TO_WAKE = 2_000_000;

  private final List<TaskLoop> loops = Crew.start("crew-test", LOOPS);
  private final TaskLoop first = loops.get(0);
  private final TaskLoop second = loops.get(1);
  private final TaskLoop last = loops.get(2);

  @AfterEach
  void close() {
    loops.forEach(TaskLoop::close);
    assertEquals(0, ofCrew().count());
  }

  private static Stream<Thread> ofCrew() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("crew-test"));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, SECONDS), "not in time");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void eachLoopRunsItsTasksOneAtATimeAndInTheOrderOfWhoHandsThemOver() throws Exception {
    int tasks = 20_000;
    CountDownLatch done = new CountDownLatch(LOOPS * LOOPS * tasks);
    AtomicInteger faults = new AtomicInteger();
    int[][] seen = new int[LOOPS][LOOPS];
    AtomicBoolean[] inside = new AtomicBoolean[LOOPS];
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < LOOPS; i++) {
      inside[i] = new AtomicBoolean();
    }
    for (int i = 0; i < LOOPS; i++) {
      int caller = i;
      Thread thread =
          new Thread(
              () -> {
                for (int n = 0; n < tasks; n++) {
                  for (int j = 0; j < LOOPS; j++) {
                    int loop = j;
                    int number = n;
                    loops
                        .get(loop)
                        .execute(
                            () -> {
                              if (!inside[loop].compareAndSet(false, true)
                                  || seen[loop][caller] != number
                                  || !loops.get(loop).inLoop()) {
                                faults.incrementAndGet();
                              }
                              seen[loop][caller] = number + 1;
                              inside[loop].set(false);
                              done.countDown();
                            });
                  }
                }
              });
      callers.add(thread);
      thread.start();
    }
    for (Thread caller : callers) {
      caller.join();
    }
    await(done);
    assertEquals(0, faults.get());
  }

  /** Chains of tasks from loop to loop, each of which waits for nobody to be woken in vain. */
  @Test
  void nothingThatIsHandedOnIsForgotten() {
    int chains = 8;
    int length = 30_000;
    CountDownLatch done = new CountDownLatch(chains);
    for (int i = 0; i < chains; i++) {
      step(i, length, done);
    }
    await(done);
  }

  private void step(int at, int left, CountDownLatch done) {
    loops
        .get(at % LOOPS)
        .follow(
            () -> {
              if (left == 0) {
                done.countDown();
              } else {
                step(at + 1 + left % 2, left - 1, done);
              }
            });
  }

  /** The next task comes just when the one that let another follow has ended. */
  @Test
  void whatFollowsIsNotForgottenWhereTheNextTaskComesInBetween() {
    long[] read = new long[1];
    for (int i = 0; i < 30_000; i++) {
      CountDownLatch followed = new CountDownLatch(1);
      CountDownLatch done = new CountDownLatch(1);
      AtomicBoolean go = new AtomicBoolean();
      first.execute(
          () -> {
            last.follow(followed::countDown);
            while (!go.get()) {
              Thread.onSpinWait();
            }
          });
      go.set(true);
      for (int reads = i % 512; reads > 0; reads--) {
        read[0] += followed.getCount();
      }
      first.execute(
          () -> {
            await(followed);
            done.countDown();
          });
      await(done);
    }
    assertTrue(read[0] > 0);
  }

  @Test
  void whatIsHandedOverWithoutFollowingWaitsForNobody() {
    for (int i = 0; i < 100; i++) {
      CountDownLatch done = new CountDownLatch(1);
      first.execute(
          () -> {
            CountDownLatch handedOver = new CountDownLatch(1);
            last.execute(handedOver::countDown);
            await(handedOver);
            done.countDown();
          });
      await(done);
    }
  }

  @Test
  void aTaskThatDoesNotComeBackHoldsUpItsLoopAlone() {
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch others = new CountDownLatch(200);
    first.execute(() -> await(end));
    second.execute(() -> await(end));
    for (int i = 0; i < 100; i++) {
      last.execute(others::countDown);
    }
    end.countDown();
    for (int i = 0; i < 100; i++) {
      first.execute(others::countDown);
    }
    await(others);
  }

  @Test
  void theThreadGoesOnWithWhatItHasHandedToALaterLoop() {
    int rounds = 100;
    int same = 0;
    for (int i = 0; i < rounds; i++) {
      awaitAllAtRest();
      Thread[] ran = new Thread[2];
      CountDownLatch done = new CountDownLatch(1);
      first.execute(
          () -> {
            ran[0] = Thread.currentThread();
            last.follow(
                () -> {
                  ran[1] = Thread.currentThread();
                  done.countDown();
                });
            LockSupport.parkNanos(TIME_FOR_ANOTHER_TO_WAKE);
          });
      await(done);
      same += ran[0] == ran[1] ? 1 : 0;
    }
    assertTrue(same > rounds * 9 / 10, same + " of " + rounds);
  }

  private static void awaitAllAtRest() {
    long end = System.nanoTime() + SECONDS.toNanos(30);
    while (ofCrew().anyMatch(thread -> thread.getState() != Thread.State.WAITING)) {
      assertTrue(System.nanoTime() < end, "not in time");
      Thread.onSpinWait();
    }
  }

  /**
   * The next task comes when whoever ran the last one is about to rest, and nobody else is there.
   */
  @Test
  void nobodyRestsWhileSomethingWaits() {
    long end = System.nanoTime() + SECONDS.toNanos(60);
    AtomicInteger ran = new AtomicInteger();
    TaskLoop alone = Crew.start("crew-test-alone", 1).get(0);
    for (int i = 1; i <= 300_000; i++) {
      alone.execute(ran::incrementAndGet);
      while (ran.get() < i) {
        assertTrue(System.nanoTime() < end, "not in time, at " + i);
        Thread.onSpinWait();
      }
      for (int reads = i % 512; reads > 0; reads--) {
        assertEquals(i, ran.get()); // So that each moment of his way to rest comes up.
      }
    }
    alone.close();
  }

  @Test
  void whatIsHandedToALaterLoopDoesNotWaitForTheNextTask() {
    for (int i = 0; i < 100; i++) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch handedOver = new CountDownLatch(1);
      CountDownLatch done = new CountDownLatch(1);
      first.execute(
          () -> {
            await(begun);
            last.follow(handedOver::countDown);
          });
      first.execute(
          () -> {
            await(handedOver);
            done.countDown();
          });
      begun.countDown();
      await(done);
    }
  }

  @Test
  void whatIsHandedToAnEarlierLoopWaitsForNobody() {
    for (int i = 0; i < 100; i++) {
      CountDownLatch done = new CountDownLatch(1);
      last.execute(
          () -> {
            CountDownLatch handedOver = new CountDownLatch(1);
            first.follow(handedOver::countDown);
            await(handedOver);
            done.countDown();
          });
      await(done);
    }
  }

  @Test
  void aLoopThatIsHandedASecondTaskIsBegunAtOnce() {
    for (int i = 0; i < 100; i++) {
      awaitAllAtRest(); // Else one of them takes the first task, and the second is alone again.
      CountDownLatch done = new CountDownLatch(1);
      first.execute(
          () -> {
            CountDownLatch handedOver = new CountDownLatch(2);
            last.follow(handedOver::countDown);
            last.follow(handedOver::countDown);
            await(handedOver);
            done.countDown();
          });
      await(done);
    }
  }

  @Test
  void aTaskThatFailsStopsNothing() {
    CountDownLatch done = new CountDownLatch(1);
    first.execute(
        () -> {
          throw new IllegalStateException("as it should be");
        });
    first.execute(done::countDown);
    await(done);
  }

  @Test
  void aTaskThatInterruptsItsThreadInterruptsNoOther() {
    AtomicInteger interrupted = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(100);
    for (int i = 0; i < 100; i++) {
      first.execute(
          () -> {
            interrupted.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
            Thread.currentThread().interrupt();
            done.countDown();
          });
    }
    await(done);
    assertEquals(0, interrupted.get());
  }

  @Test
  void whatWasHandedOverBeforeAnEndIsRunAndNothingAfter() {
    AtomicInteger ran = new AtomicInteger();
    for (int i = 0; i < 1000; i++) {
      first.execute(ran::incrementAndGet);
    }
    first.close();
    assertEquals(1000, ran.get());
    first.execute(ran::incrementAndGet);
    CountDownLatch done = new CountDownLatch(1);
    last.execute(done::countDown);
    await(done);
    assertEquals(1000, ran.get());
    assertFalse(first.inLoop());
  }

  @Test
  void aLoopCanBeEndedByItsOwnTaskAndByThoseOfOthers() {
    CountDownLatch done = new CountDownLatch(1);
    first.execute(
        () -> {
          first.close();
          last.close();
          done.countDown();
        });
    await(done);
    second.execute(second::close);
  }
}
