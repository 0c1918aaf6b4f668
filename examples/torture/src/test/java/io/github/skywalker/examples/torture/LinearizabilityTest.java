package io.github.skywalker.examples.torture;

import static io.github.skywalker.examples.torture.Linearizability.Verdict.LINEARIZABLE;
import static io.github.skywalker.examples.torture.Linearizability.Verdict.NOT_LINEARIZABLE;
import static io.github.skywalker.examples.torture.Linearizability.Verdict.UNDECIDED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinearizabilityTest {

  private final List<Operation> operations = new ArrayList<>();

  private static final int MANY = 100_000;

  private void add(Kind kind, String value, String expected, long called, long returned) {
    boolean certain = returned != Operation.NEVER;
    operations.add(
        new Operation(operations.size(), kind, value, expected, called, returned, certain));
  }

  private void read(String value, long called, long returned) {
    add(Kind.READ, value, "", called, returned);
  }

  private void write(String value, long called, long returned) {
    add(Kind.WRITE, value, "", called, returned);
  }

  private void cas(String expected, String value, long called, long returned) {
    add(Kind.CAS, value, expected, called, returned);
  }

  private void append(String value, long called, long returned) {
    add(Kind.APPEND, value, "", called, returned);
  }

  private void expect(Linearizability.Verdict verdict) {
    Linearizability.Answer answer = Linearizability.check(operations, MANY);
    assertEquals(verdict, answer.verdict(), answer.explanation());
  }

  @Test
  void whatNobodyDidIsLinearizable() {
    expect(LINEARIZABLE);
  }

  @Test
  void aKeyHoldsNothingAtFirst() {
    read("", 1, 2);
    write("a", 3, 4);
    read("a", 5, 6);
    expect(LINEARIZABLE);
  }

  @Test
  void aReadOfWhatNobodyWroteIsWrong() {
    write("a", 1, 2);
    read("b", 3, 4);
    expect(NOT_LINEARIZABLE);
  }

  @Test
  void aReadThatMissesAnAcknowledgedWriteIsWrong() {
    write("a", 1, 2);
    write("b", 3, 4);
    read("a", 5, 6);
    expect(NOT_LINEARIZABLE);
  }

  @Test
  void aReadBesideAWriteMaySeeItOrNot() {
    write("a", 1, 2);
    write("b", 3, 8);
    read("a", 4, 5);
    read("b", 6, 7);
    expect(LINEARIZABLE);
  }

  @Test
  void whatWasReadOnceDoesNotVanish() {
    write("a", 1, 2);
    write("b", 3, 9);
    read("b", 4, 5);
    read("a", 6, 7);
    expect(NOT_LINEARIZABLE);
  }

  @Test
  void whatWasReadBeforeItWasWrittenIsWrong() {
    read("a", 1, 2);
    write("a", 3, 4);
    expect(NOT_LINEARIZABLE);
  }

  @Test
  void twoThatSetInPlaceOfTheSameAreOneTooMany() {
    write("a", 1, 2);
    cas("a", "b", 3, 6);
    cas("a", "c", 4, 7);
    expect(NOT_LINEARIZABLE);
  }

  @Test
  void settingsInPlaceOfEachOtherFindTheirOrder() {
    cas("b", "c", 1, 9);
    cas("", "a", 2, 9);
    cas("a", "b", 3, 9);
    read("c", 10, 11);
    expect(LINEARIZABLE);
  }

  @Test
  void appendsStandInOneOrderForAll() {
    append("a", 1, 5);
    append("b", 1, 5);
    read("b a", 6, 7);
    read("b a", 6, 7);
    expect(LINEARIZABLE);
    read("a b", 6, 7);
    expect(NOT_LINEARIZABLE);
  }

  @Test
  void anAppendIsThereOnce() {
    append("a", 1, 2);
    read("a a", 3, 4);
    expect(NOT_LINEARIZABLE);
  }

  @Test
  void whatWasNotAnsweredMayHappenLate() {
    write("a", 1, 2);
    write("b", 3, Operation.NEVER);
    read("a", 10, 11);
    read("b", 20, 21);
    expect(LINEARIZABLE);
  }

  @Test
  void whatWasNotAnsweredHappensOnceAtMost() {
    write("a", 1, 2);
    write("b", 3, Operation.NEVER);
    read("b", 10, 11);
    write("c", 12, 13);
    read("b", 20, 21);
    expect(NOT_LINEARIZABLE);
  }

  @Test
  void whatWasNotAnsweredAndNeverSeenIsNoTrouble() {
    for (int i = 0; i < 200; i++) {
      append("lost" + i, i, Operation.NEVER);
    }
    write("a", 300, 301);
    read("a", 302, 303);
    expect(LINEARIZABLE);
  }

  @Test
  void whatWasNotAnsweredIsSeenThroughAnotherOfItsKind() {
    write("a", 1, Operation.NEVER);
    cas("a", "b", 2, Operation.NEVER);
    read("b", 5, 6);
    expect(LINEARIZABLE);
    read("a", 7, 8);
    expect(NOT_LINEARIZABLE);
  }

  @Test
  void whoRunsOutOfMemorySaysSo() {
    for (int i = 0; i < 24; i++) {
      write("same", 1, 100);
      write("other" + i, 1, 100);
    }
    read("never", 200, 201);
    Linearizability.Answer answer = Linearizability.check(operations, 1000);
    assertEquals(UNDECIDED, answer.verdict());
    assertTrue(answer.explanation().contains("given up"), answer.explanation());
  }

  @Test
  void theExplanationNamesWhatDoesNotFit() {
    write("a", 1, 2);
    read("gone", 3, 4);
    String explanation = Linearizability.check(operations, MANY).explanation();
    assertTrue(explanation.contains("process 1 reads \"gone\" between 3 and 4"), explanation);
  }

  /**
   * Small histories of every kind, half of them true ones with an answer changed here and there.
   */
  @Test
  void agreesWithTheOneThatTriesEveryOrder() {
    int wrong = 0;
    int rounds = Boolean.getBoolean("long") ? 1_000_000 : 30_000;
    for (int seed = 0; seed < rounds; seed++) {
      List<Operation> small = random(new Random(seed));
      boolean expected = BruteForce.isLinearizable(small);
      Linearizability.Answer answer = Linearizability.check(small, MANY);
      assertEquals(
          expected ? LINEARIZABLE : NOT_LINEARIZABLE,
          answer.verdict(),
          () -> small + ": " + answer.explanation());
      wrong += expected ? 0 : 1;
    }
    assertTrue(wrong > rounds / 10 && wrong < rounds * 9 / 10, "wrong ones: " + wrong);
  }

  /** Plays a few operations on a real key, each at a moment between its call and its answer. */
  private static List<Operation> random(Random random) {
    int count = 2 + random.nextInt(5);
    List<String> words = new ArrayList<>(List.of("a", "b", "c", "d", "e", "f"));
    List<Kind> kinds = List.of(Kind.values());
    boolean wordsAreUnique = random.nextBoolean();
    String state = "";
    List<Operation> played = new ArrayList<>();
    List<String> states = new ArrayList<>(List.of(""));
    for (int i = 0; i < count; i++) {
      long moment = 10L * (i + 1);
      long called = moment - random.nextInt(16);
      long returned = moment + random.nextInt(16);
      boolean certain = random.nextInt(4) > 0;
      String word = wordsAreUnique ? words.get(i) : words.get(random.nextInt(2));
      Kind kind = kinds.get(random.nextInt(kinds.size()));
      String seen = random.nextInt(2) == 0 ? states.get(random.nextInt(states.size())) : state;
      Operation operation =
          new Operation(
              i,
              kind,
              kind == Kind.READ ? seen : word,
              kind == Kind.CAS ? seen : "",
              called,
              certain || kind == Kind.READ ? returned : Operation.NEVER,
              certain || kind == Kind.READ);
      played.add(operation);
      if (operation.fits(state) && (operation.certain() || random.nextBoolean())) {
        state = operation.after(state);
        states.add(state);
      }
    }
    return played;
  }
}
