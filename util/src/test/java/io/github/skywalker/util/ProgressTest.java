package io.github.skywalker.util;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {

  private final List<String> said = new ArrayList<>();
  private long millis = 77;

  @Test
  void itSaysNothingForTwoSecondsAndThenAWordEveryTwo() {
    Progress progress =
        new Progress(() -> millis * 1_000_000, (done, total) -> said.add(done + "/" + total));
    for (int step = 1; step <= 50; step++) {
      millis += 100;
      progress.reached(step, 50);
    }
    assertEquals(List.of("20/50", "40/50"), said);
    millis += 10_000;
    progress.reached(51, 60);
    progress.reached(52, 60);
    assertEquals(List.of("20/50", "40/50", "51/60"), said);
  }
}
