package io.github.skywalker.examples.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadTest {

  private static final int[] LEADERS = {2, 0, 1, 2};

  private static Workload work(int window, Workload.ProposeAt at, long rate) {
    return new Workload(
        4,
        100,
        window,
        Duration.ZERO,
        Duration.ofSeconds(1),
        Workload.Mode.ONE_JVM,
        at,
        Workload.Storage.MEMORY,
        Path.of("data"),
        0,
        rate);
  }

  private static int lanes(List<Load> loads) {
    return loads.stream().mapToInt(load -> load.lanes().size()).sum();
  }

  @Test
  void theWindowIsThatOfAllGroupsAndSeatsTogether() {
    for (Workload.ProposeAt at : Workload.ProposeAt.values()) {
      for (int window : new int[] {1, 2, 3, 4, 5, 64, 1023}) {
        assertEquals(window, lanes(Load.spread(work(window, at, 0), 3, LEADERS)));
      }
    }
  }

  @Test
  void atTheMasterEachGroupIsProposedToWhereItIsLed() {
    List<Load> loads = Load.spread(work(8, Workload.ProposeAt.MASTER, 0), 3, LEADERS);
    for (int seat = 0; seat < 3; seat++) {
      for (List<Integer> lane : loads.get(seat).lanes()) {
        assertEquals(seat, LEADERS[lane.get(0)]);
      }
    }
  }

  @Test
  void atAnyNodeEachGroupIsProposedToAtAll() {
    List<Load> loads = Load.spread(work(12, Workload.ProposeAt.ANY, 0), 3, LEADERS);
    for (Load load : loads) {
      assertEquals(4, load.lanes().stream().distinct().count());
    }
  }

  @Test
  void fewerInFlightThanGroupsStillReachAll() {
    List<Load> loads = Load.spread(work(1, Workload.ProposeAt.ANY, 0), 3, LEADERS);
    assertEquals(List.of(List.of(0, 1, 2, 3)), loads.get(0).lanes());
    assertTrue(loads.get(1).lanes().isEmpty());
  }

  @Test
  void theRateIsSharedByTheSeats() {
    List<Load> loads = Load.spread(work(12, Workload.ProposeAt.ANY, 3000), 3, LEADERS);
    assertEquals(List.of(1000L, 1000L, 1000L), loads.stream().map(Load::rate).toList());
  }

  @Test
  void anotherProcessReadsTheSameLoad() {
    for (Load load : Load.spread(work(3, Workload.ProposeAt.MASTER, 10), 3, LEADERS)) {
      assertEquals(load, Load.parse(load.toString()));
    }
  }
}
