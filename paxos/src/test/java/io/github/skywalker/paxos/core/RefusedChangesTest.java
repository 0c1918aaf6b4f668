package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * A ballot remembers which changes of others it has refused, since copies of them may come late.
 */
class RefusedChangesTest {

  private final Play play = new Play();

  private String play(String... lines) {
    StringBuilder told = new StringBuilder();
    for (String line : lines) {
      told.append(play.play(line));
    }
    return told.toString();
  }

  @Test
  void aBallotThatCanRememberNoMoreEndsAndTheNextOneTakesChangesAgain() {
    play("cluster 1 2 3", "tick 1", "settle");
    for (int i = 1; i < Changes.MAX_REFUSED; i++) {
      String told = play("change 2 c" + i + " -7", "settle");
      assertTrue(told.contains("2 answers c" + i + ": CONFLICT"), told);
    }
    String before = play("show");
    assertTrue(before.contains("1 PREPARED, promised 0.1@1.1"), before);
    String last = play("change 2 last -7", "settle");
    assertTrue(last.contains("2 answers last: CONFLICT"), last);
    assertTrue(last.contains("1 is not prepared any more"), last);
    for (int i = 0; i < 10 && !play("show").contains("1 PREPARED"); i++) {
      play("pass 100", "tick 1", "settle");
    }
    play("knows 1 2 2");
    String next = play("change 2 next -3", "settle");
    assertTrue(next.contains("2 answers next: OK"), next);
  }
}
