package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.CoreTesting.RETRY;
import static io.github.skywalker.paxos.core.CoreTesting.members;
import static io.github.skywalker.paxos.core.CoreTesting.value;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Node 3 is gone, and has left node 2 with more votes than go into one message. Node 1 needs all of
 * them to lead.
 */
class LargePromiseTest {

  private static final int VOTES = 20;

  private record Sent(int from, int to, Message message) {}

  private final Queue<Sent> onTheWay = new ArrayDeque<>();
  private final List<Message.Promise> parts = new ArrayList<>();
  private final Site one = site(1);
  private final Site two = site(2);
  private long now = 1_000;

  private Site site(int id) {
    return new Site(
        id,
        members(3),
        boot ->
            new Replica.Options(
                id, boot, false, VOTES, 1000, RETRY, 0, 1000, () -> Long.MAX_VALUE, id),
        new Site.Watcher() {
          @Override
          public void sends(Site site, int to, Message message) {
            if (message instanceof Message.Promise part) {
              parts.add(part);
            } else {
              onTheWay.add(new Sent(site.id, to, message));
            }
          }

          @Override
          public void tells(Site site, Outcome outcome) {}
        });
  }

  @BeforeEach
  void start() {
    one.start(Long.MIN_VALUE);
    two.start(Long.MIN_VALUE);
    Ballot former = new Ballot(0, 1, 3, 1);
    Value large = value("x".repeat(Acceptor.MAX_PART_BYTES));
    for (int instance = 1; instance <= VOTES; instance++) {
      receive(two, 3, new Message.Accept(former, instance, large, 0));
    }
    two.sync(now);
    byte[] payload = {1};
    Event.Proposal proposal = new Event.Proposal("ticket", 1001, 0, payload, 1L << 40, 1L << 40);
    one.step(new Event.Propose(List.of(proposal)), now);
  }

  private void receive(Site site, int from, Message message) {
    site.step(new Event.Received(from, message), now);
  }

  /** All but promises is heard and synced, for one retry period. */
  private void pass() {
    now += RETRY;
    for (Site each : List.of(one, two)) {
      each.step(new Event.Tick(), now);
    }
    boolean moved = true;
    while (moved) {
      moved = !onTheWay.isEmpty() || one.hasUnsynced() || two.hasUnsynced();
      for (Sent sent = onTheWay.poll(); sent != null; sent = onTheWay.poll()) {
        if (sent.to != 3) {
          receive(sent.to == 1 ? one : two, sent.from, sent.message);
        }
      }
      one.sync(now);
      two.sync(now);
    }
  }

  /** What waits for a connection is bounded: of all parts that are sent at once, it takes one. */
  @Test
  void itComesPieceByPieceOverALinkThatTakesOnlyOnePartAtATime() {
    for (int i = 0; i < 200 && one.replica().phase() != Phase.PREPARED; i++) {
      pass();
      if (!parts.isEmpty()) {
        Message.Promise taken = parts.get(0);
        parts.clear();
        receive(one, 2, taken);
      }
    }
    assertEquals(Phase.PREPARED, one.replica().phase());
    assertEquals(2, one.replica().promised().round());
  }

  /** Nothing is asked for again while it comes. */
  @Test
  void itComesOnceOverALinkThatIsSlow() {
    int came = 0;
    for (int i = 0; i < 200 && one.replica().phase() != Phase.PREPARED; i++) {
      pass();
      if (came < parts.size()) {
        receive(one, 2, parts.get(came));
        came++;
      }
    }
    assertEquals(Phase.PREPARED, one.replica().phase());
    assertEquals(2, one.replica().promised().round());
    assertEquals(VOTES, parts.size(), "each part was sent once");
  }
}
