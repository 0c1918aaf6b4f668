package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The order in which the commands of a connection start. */
class LaneTest {

  private final Lane lane = new Lane();
  private final List<String> started = new ArrayList<>();

  @Test
  void commandsOfOneKindRunTogether() {
    run(Lane.Kind.READ, "r1");
    run(Lane.Kind.READ, "r2");
    assertEquals(List.of("r1", "r2"), started);
  }

  @Test
  void aReadWaitsForAllWritesBeforeIt() {
    run(Lane.Kind.WRITE, "w1");
    run(Lane.Kind.WRITE, "w2");
    run(Lane.Kind.READ, "r1");
    run(Lane.Kind.WRITE, "w3");
    assertEquals(List.of("w1", "w2"), started);
    lane.done();
    assertEquals(List.of("w1", "w2"), started);
    lane.done();
    assertEquals(List.of("w1", "w2", "r1"), started);
    lane.done();
    assertEquals(List.of("w1", "w2", "r1", "w3"), started);
  }

  private void run(Lane.Kind kind, String name) {
    lane.run(kind, () -> started.add(name));
  }
}
