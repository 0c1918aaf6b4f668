package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a node tells a peer of its groups with its heartbeats, and how often again. */
class HeartbeatsTest {

  private static final int PEER = 2;
  private static final long PERIOD = 1_000;
  private static final Stamp STAMP = new Stamp(1, 0);

  private final Heartbeats heartbeats =
      new Heartbeats(1, 1_000_000, 0, PERIOD, 1, new Grants(1, 1, Long.MIN_VALUE));

  private Heartbeats.Heartbeat beat(long now) {
    return heartbeats.beat(now).get(PEER);
  }

  private void acknowledge(Heartbeats.Heartbeat beat) {
    heartbeats.granted(
        PEER, new Heartbeats.Grant(beat.sentNanos(), 1, 10, STAMP, beat.digest()), 1_000_000);
  }

  /** At these times, of so many periods, everything is told again, and acknowledged. */
  private List<Long> refreshes(int periods) {
    List<Long> refreshes = new ArrayList<>();
    for (long now = PERIOD / 10; now <= periods * PERIOD; now += PERIOD / 10) {
      Heartbeats.Heartbeat beat = beat(now);
      if (!beat.marks().isEmpty()) {
        refreshes.add(now);
        acknowledge(beat);
      }
    }
    return refreshes;
  }

  @Test
  void whatIsChosenIsToldUntilItIsAcknowledged() {
    heartbeats.connected(PEER, 0);
    heartbeats.changed(7, 70, true);
    heartbeats.changed(8, 80, false);
    heartbeats.changed(7, 71, true);
    List<Heartbeats.Mark> news =
        List.of(new Heartbeats.Mark(8, 80, false), new Heartbeats.Mark(7, 71, true));
    assertEquals(news, beat(1).marks());
    Heartbeats.Heartbeat again = beat(2);
    assertEquals(news, again.marks());
    acknowledge(again);
    assertEquals(List.of(), beat(3).marks());
  }

  @Test
  void everythingIsToldAgainOnceInAPeriod() {
    heartbeats.changed(7, 70, true);
    heartbeats.connected(PEER, 0);
    acknowledge(beat(0));
    int refreshes = refreshes(20).size();
    assertTrue(refreshes >= 13 && refreshes <= 40, "told again " + refreshes + " times");
  }

  /** Else ten thousand groups in which nothing happens would be told again every few seconds. */
  @Test
  void theMoreGroupsThereAreTheLaterTheyAreToldAgain() {
    for (int group = 0; group < 5_000; group++) {
      heartbeats.changed(group, 1, true);
    }
    heartbeats.connected(PEER, 0);
    acknowledge(beat(0));
    int refreshes = refreshes(20).size();
    assertTrue(refreshes >= 2 && refreshes <= 8, "told again " + refreshes + " times");
  }
}
