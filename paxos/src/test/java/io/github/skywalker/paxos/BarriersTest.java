package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.Status;
import io.github.skywalker.paxos.Barriers.Barrier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** No more than three read barriers wait here. */
class BarriersTest {

  private final ArrayDeque<Runnable> callbacks = new ArrayDeque<>();
  private final Barriers barriers = new Barriers(7, 3, callbacks::add);

  private Barrier begin() {
    Barrier begun = barriers.begin();
    assertNotNull(begun);
    barriers.add(begun, 100);
    return begun;
  }

  private void callBack() {
    for (Runnable next = callbacks.poll(); next != null; next = callbacks.poll()) {
      next.run();
    }
  }

  private static Status failure(CompletableFuture<Long> future) {
    CompletionException why = assertThrows(CompletionException.class, future::join);
    return ((NodeException) why.getCause()).status();
  }

  @Test
  void oneTooManyIsRefusedAtOnceUntilAnotherIsAnswered() {
    Barrier first = begin();
    begin();
    begin();
    assertNull(barriers.begin());
    assertEquals(Status.OVERLOADED, failure(barriers.refusal()));
    barriers.complete(first, 5);
    assertNull(barriers.begin(), "its answer still waits to be called back");
    callBack();
    assertEquals(5, first.future().join());
    assertNotNull(barriers.begin());
  }

  @Test
  void whoIsToldCanBeginAnother() {
    begin();
    begin();
    Barrier last = begin();
    List<Barrier> next = new ArrayList<>();
    var unused = last.future().thenAccept(instance -> next.add(barriers.begin()));
    barriers.complete(last, 1);
    callBack();
    assertNotNull(next.get(0));
  }

  @Test
  void oneThatIsLateFailsOnceAndMakesRoom() {
    Barrier late = begin();
    assertTrue(barriers.sweep(99));
    assertFalse(barriers.sweep(100));
    barriers.fail(late, Status.TIMEOUT, "the core says so, too");
    assertFalse(barriers.awaitMachines(late), "it is over, and not handed on");
    callBack();
    assertEquals(Status.TIMEOUT, failure(late.future()));
    assertEquals(0, barriers.pending());
  }

  @Test
  void oneThatTheMachinesHoldCountsUntilTheyLetGoOfIt() {
    Barrier held = begin();
    assertTrue(barriers.awaitMachines(held));
    barriers.sweep(100);
    callBack();
    assertEquals(Status.TIMEOUT, failure(held.future()));
    assertEquals(1, barriers.pending());
    barriers.complete(held, 9);
    callBack();
    assertEquals(0, barriers.pending());
  }

  @Test
  void thoseThatAreOverAreForgottenBehindOneThatWaits() {
    Barrier first = begin();
    for (int i = 0; i < 100; i++) {
      barriers.complete(begin(), i);
      callBack();
    }
    assertEquals(1, barriers.pending());
    assertTrue(barriers.waiting() <= 6, () -> barriers.waiting() + " are remembered");
    barriers.end(Status.STOPPED, "the end");
    callBack();
    assertEquals(Status.STOPPED, failure(first.future()));
  }
}
