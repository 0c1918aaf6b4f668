package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.api.ProposeOptions;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.util.ThreadLoop;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The queue of proposals, with many users' threads at one end and the group's loop at the other.
 */
@Timeout(60)
final class ProposalsTest {

  private static final int USERS = 4;
  private static final int EACH = 5_000;
  private static final int PLACES = 50;

  @Test
  void everyProposalIsTakenOrRefusedOnceInTheOrderOfItsUserAndWithinTheBound() throws Exception {
    GroupOptions options =
        GroupOptions.builder(0)
            .membership(Membership.founding(List.of(new Member(1, "127.0.0.1", 7001))))
            .machine(new TestCluster.Recorder())
            .maxPendingProposals(PLACES)
            .build();
    ThreadLoop loop = new ThreadLoop("loop", System::nanoTime);
    Proposals[] proposals = new Proposals[1];
    List<List<Integer>> taken = new ArrayList<>();
    for (int user = 0; user < USERS; user++) {
      taken.add(new ArrayList<>());
    }
    AtomicInteger most = new AtomicInteger();
    Runnable drain =
        () -> {
          List<Event.Proposal> drained = proposals[0].drain();
          most.accumulateAndGet(drained.size(), Math::max);
          for (Event.Proposal each : drained) {
            byte[] value = each.payload();
            String number = new String(value, 1, value.length - 1, StandardCharsets.US_ASCII);
            taken.get(value[0]).add(Integer.parseInt(number));
            proposals[0].answer(each.ticket(), ProposeResult.of(Status.STOPPED, "taken"));
          }
        };
    proposals[0] =
        new Proposals(
            options, System::nanoTime, loop, NodeObserver.NONE, () -> loop.execute(drain));

    AtomicInteger refused = new AtomicInteger();
    CountDownLatch left = new CountDownLatch(USERS * EACH);
    List<Thread> users = new ArrayList<>();
    for (int user = 0; user < USERS; user++) {
      byte self = (byte) user;
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < EACH; i++) {
                  byte[] value = (" " + i).getBytes(StandardCharsets.US_ASCII);
                  value[0] = self;
                  proposals[0].propose(
                      value,
                      ProposeOptions.DEFAULT,
                      result -> {
                        if (result.status() == Status.OVERLOADED) {
                          refused.incrementAndGet();
                        }
                        left.countDown();
                      },
                      null,
                      () -> true,
                      Optional.empty(),
                      0);
                }
              });
      thread.start();
      users.add(thread);
    }
    for (Thread each : users) {
      each.join();
    }
    assertTrue(left.await(30, TimeUnit.SECONDS), () -> left.getCount() + " have no answer");
    loop.close();

    int count = 0;
    for (List<Integer> ofOne : taken) {
      assertEquals(ofOne.stream().sorted().toList(), ofOne);
      count += ofOne.size();
    }
    assertEquals(USERS * EACH, count + refused.get());
    assertTrue(most.get() <= PLACES, () -> most + " at once");
    assertEquals(0, proposals[0].pending());
    assertEquals(0, proposals[0].pendingBytes());
  }
}
