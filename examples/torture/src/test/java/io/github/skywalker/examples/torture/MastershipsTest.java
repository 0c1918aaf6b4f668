package io.github.skywalker.examples.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class MastershipsTest {

  private final Masterships masterships = new Masterships();

  /** That somebody said so, asked at one moment and answered at another. */
  private void says(int node, long version, long asked, long answered) {
    masterships.add(new Claim(node, 0, version, answered, asked));
  }

  @Test
  void oneAfterAnotherIsFine() {
    says(1, 10, 100, 101);
    says(1, 10, 200, 201);
    says(2, 20, 300, 301);
    says(1, 30, 400, 401);
    assertEquals(0, masterships.overlaps().size());
  }

  @Test
  void whoSaysSoAfterALaterOneIsFound() {
    says(1, 10, 100, 101);
    says(2, 20, 200, 201);
    says(1, 10, 300, 301);
    assertEquals(1, masterships.overlaps().size());
  }

  @Test
  void answersThatMayHaveBeenGivenInTheRightOrderAreFine() {
    says(1, 10, 100, 301);
    says(2, 20, 200, 300);
    assertEquals(0, masterships.overlaps().size());
  }

  @Test
  void twoWithTheSameMastershipAreFound() {
    says(1, 10, 100, 101);
    says(2, 10, 200, 201);
    assertEquals(1, masterships.overlaps().size());
  }

  @Test
  void groupsAreNoMatterToEachOther() {
    says(1, 10, 100, 101);
    masterships.add(new Claim(2, 1, 5, 51, 200));
    assertEquals(0, masterships.overlaps().size());
  }
}
