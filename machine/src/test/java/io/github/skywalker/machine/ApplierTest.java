package io.github.skywalker.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.Execution;
import io.github.skywalker.api.StateMachine;
import io.github.skywalker.machine.GroupState.Verdict;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What comes to the machines, and in which order, when they lag and when they do not. */
class ApplierTest {

  private static final int MACHINE = 1001;
  private static final long BOUND = 1000;

  private final ArrayDeque<Runnable> mailbox = new ArrayDeque<>();
  private final List<String> happened = new ArrayList<>();
  private final Map<Long, Value> log = new TreeMap<>();
  private final GroupState state = new GroupState(GroupStateTest.membership(0, 1, 2, 3));
  private final List<Long> readAgain = new ArrayList<>();
  private boolean refusesToRead;

  private final RunLoop loop =
      new RunLoop() {
        @Override
        public void execute(Runnable task) {
          mailbox.add(task);
        }

        @Override
        public Timer at(long nanos, Runnable task) {
          throw new UnsupportedOperationException();
        }

        @Override
        public boolean inLoop() {
          return false;
        }

        @Override
        public void close() {}
      };

  private final Checkpoint checkpoint =
      new Checkpoint() {
        @Override
        public Snapshot capture() {
          return new Snapshot() {
            @Override
            public void writeTo(Path directory) {}

            @Override
            public void close() {}
          };
        }

        @Override
        public void restore(long instance, Path directory) {
          happened.add("load " + instance);
        }
      };

  private final Applier.Loading loading =
      new Applier.Loading() {
        @Override
        public void begin() {}

        @Override
        public Path directoryOf(int ofMachine) {
          return Path.of("none");
        }

        @Override
        public void end() {}
      };

  /** What the machine says that it held when the node started. */
  private long executedUpTo;

  private final StateMachine machine =
      new StateMachine() {
        @Override
        public int machineId() {
          return MACHINE;
        }

        @Override
        public long executedUpTo() {
          return executedUpTo;
        }

        @Override
        public Optional<Checkpoint> checkpoint() {
          return Optional.of(checkpoint);
        }

        @Override
        public Object execute(Execution execution) {
          happened.add("execute " + execution.instance());
          return "output " + execution.instance();
        }
      };

  private final Applier.Answers answers =
      new Applier.Answers() {
        @Override
        public void answered(Object ticket, Verdict verdict, long instance, Object output) {
          happened.add(ticket + " " + verdict + " " + output);
        }

        @Override
        public void covered(Object ticket, Verdict verdict) {
          happened.add(ticket + " " + verdict + " null");
        }

        @Override
        public void lost(Object ticket) {
          happened.add(ticket + " lost");
        }

        @Override
        public void failed(long instance, String why, Throwable fault) {
          happened.add("failed: " + why);
        }

        @Override
        public void applied(long instance) {}

        @Override
        public void restored(long instance) {
          happened.add("restored " + instance);
        }
      };

  private final Applier.Captured captured =
      new Applier.Captured() {
        @Override
        public void captured(Capture capture) {
          happened.add("captured " + capture.instance());
          capture.close();
        }

        @Override
        public void failed(Throwable why) {
          happened.add("not captured: " + why.getMessage());
        }
      };

  private Applier applier = newApplier();

  private Applier newApplier() {
    return new Applier(0, List.of(machine), loop, () -> 0, this::read, answers);
  }

  private Value read(long instance) throws IOException {
    readAgain.add(instance);
    if (refusesToRead) {
      throw new IOException("unreadable");
    }
    return log.get(instance);
  }

  /** The next instance is decided, and holds one entry of node 1, for which somebody waits. */
  private void decide(Entry entry) {
    decide(state, entry);
  }

  private void decide(GroupState by, Entry entry) {
    long instance = by.executedUpTo() + 1;
    Value value = Value.batch(List.of(entry));
    log.put(instance, value);
    List<Verdict> verdicts = by.execute(instance, value);
    Tickets tickets = Tickets.NONE;
    if (verdicts.get(0) != Verdict.PASS) {
      tickets = Tickets.of(1);
      tickets.put(0, "ticket " + instance);
    }
    applier.decided(instance, value, verdicts, tickets);
    applier.limit(by, BOUND);
  }

  private void decide(int sequence) {
    decide(new Entry(1, 1, sequence, MACHINE, 0, new byte[100], 0, 100));
  }

  private void run() {
    while (!mailbox.isEmpty()) {
      mailbox.remove().run();
    }
  }

  private static List<String> executed(int from, int to) {
    List<String> lines = new ArrayList<>();
    for (int i = from; i <= to; i++) {
      lines.add("execute " + i);
      lines.add("ticket " + i + " EXECUTE output " + i);
    }
    return lines;
  }

  @Test
  void whatIsDecidedBeyondTheBoundIsNotHeldAndIsReadFromTheLogInItsTurn() {
    for (int i = 1; i <= 100; i++) {
      decide(i);
    }
    assertTrue(applier.heldBytes() < 2 * BOUND, () -> applier.heldBytes() + " bytes are held");
    assertTrue(applier.unappliedBytes() > 100 * 100);
    applier.readable(100);
    run();

    assertEquals(executed(1, 100), happened);
    assertTrue(readAgain.size() > 90);
    assertEquals(0, applier.heldBytes());
    assertEquals(0, applier.unappliedBytes());
    assertEquals(100, applier.appliedUpTo());
    assertFalse(applier.lags());
  }

  @Test
  void whatFollowsWhenTheMachinesHaveCaughtUpIsHeldAgain() {
    for (int i = 1; i <= 10; i++) {
      decide(i);
    }
    applier.readable(10);
    run();
    readAgain.clear();
    decide(11);
    run();

    assertEquals(executed(1, 11), happened);
    assertEquals(List.of(), readAgain);
  }

  @Test
  void nothingIsReadBeforeItIsInTheLog() {
    for (int i = 1; i <= 20; i++) {
      decide(i);
    }
    applier.readable(12);
    run();
    assertEquals(12, applier.appliedUpTo());
    decide(21);
    applier.readable(21);
    run();

    assertEquals(executed(1, 21), happened);
  }

  @Test
  void entriesThatAreReadAgainHaveTheVerdictsThatTheyHad() {
    for (int i = 1; i <= 10; i++) {
      decide(i);
    }
    assertTrue(applier.lags());
    decide(10);
    decide(Entry.tombstone(1, 1, 11));
    decide(new Entry(1, 1, 12, MACHINE, 7, new byte[1], 0, 1));
    decide(13);
    applier.readable(14);
    run();

    List<String> expected = executed(1, 10);
    expected.add("ticket 12 CANCEL null");
    expected.add("ticket 13 FENCED null");
    expected.addAll(executed(14, 14));
    assertEquals(expected, happened);
  }

  @Test
  void whatIsToBeRunInBetweenKeepsItsPlaceAndOfNewsOnlyTheNewestIsLeft() {
    for (int i = 1; i <= 10; i++) {
      decide(i);
    }
    applier.inOrder(() -> happened.add("behind 10"));
    applier.inOrder("master", () -> happened.add("old news"));
    decide(11);
    applier.inOrder("master", () -> happened.add("news"));
    decide(12);
    applier.readable(12);
    run();

    List<String> expected = executed(1, 10);
    expected.add("behind 10");
    expected.addAll(executed(11, 11));
    expected.add("news");
    expected.addAll(executed(12, 12));
    assertEquals(expected, happened);
  }

  @Test
  void whatIsHeldIsStillAppliedWhenTheRestIsAbandoned() {
    decide(1);
    decide(2);
    assertFalse(applier.lags());
    for (int i = 3; i <= 10; i++) {
      decide(i);
    }
    applier.inOrder(() -> happened.add("behind 10"));
    applier.abandon();
    run();

    assertEquals(executed(1, 2), happened.subList(0, 4));
    assertEquals(List.of(), readAgain);
    assertEquals("ticket 10 lost", happened.get(happened.size() - 2));
    assertEquals("behind 10", happened.get(happened.size() - 1));
  }

  @Test
  void aLogThatCannotBeReadAgainIsAFailureAndWhoeverWaitsIsTold() {
    refusesToRead = true;
    for (int i = 1; i <= 10; i++) {
      decide(i);
    }
    applier.readable(10);
    run();

    assertEquals(1, readAgain.size());
    assertEquals(1, happened.stream().filter(each -> each.startsWith("failed: instance")).count());
    assertEquals("ticket 10 lost", happened.get(happened.size() - 1));
  }

  @Test
  void whatACheckpointCoversIsNotReadAgainAndWhatFollowsUponItIs() {
    for (int i = 1; i <= 10; i++) {
      decide(i);
    }
    decide(Entry.tombstone(1, 1, 11));
    assertTrue(applier.lags());
    GroupState later = state.copy();
    later.become(
        new GroupImage(
            20,
            state.founding(),
            state.membership(),
            null,
            Ballot.ZERO,
            new TreeMap<>(Map.of(1, new OriginTable.Row(1, 20)))));
    applier.restore(20, loading, true);
    for (int i = 21; i <= 40; i++) {
      decide(later, new Entry(1, 1, i, MACHINE, 0, new byte[100], 0, 100));
    }
    applier.readable(40);
    run();

    List<String> expected = new ArrayList<>(executed(1, 3));
    for (int i = 4; i <= 10; i++) {
      expected.add("ticket " + i + " EXECUTE null");
    }
    expected.add("ticket 11 CANCEL null");
    expected.add("load 20");
    expected.add("restored 20");
    expected.addAll(executed(21, 40));
    assertEquals(expected, happened);
    assertTrue(readAgain.get(0) > 20);
    assertEquals(40, applier.appliedUpTo());
    assertEquals(0, applier.heldBytes());
    assertEquals(0, applier.unappliedBytes());
    assertFalse(applier.lags());
  }

  @Test
  void aMachineThatHoldsMoreThanWasHandedOverIsNotCaptured() {
    executedUpTo = 2;
    applier = newApplier();
    assertEquals(2, applier.heldUpTo());
    decide(1);
    applier.capture(1, captured);
    decide(2);
    applier.capture(2, captured);
    run();

    assertEquals(
        List.of(
            "ticket 1 EXECUTE null",
            "not captured: The machines do not stand at instance 1",
            "ticket 2 EXECUTE null",
            "captured 2"),
        happened);
  }

  @Test
  void aMachineThatIsNotTrustedHoldsWhatItHasLoadedAndNoMore() {
    executedUpTo = 9;
    applier = newApplier();
    applier.restore(5, loading, true);
    run();
    assertEquals(9, applier.heldUpTo());
    applier.restore(5, loading, false);
    applier.capture(5, captured);
    run();

    assertEquals(5, applier.heldUpTo());
    assertEquals(List.of("restored 5", "load 5", "restored 5", "captured 5"), happened);
  }
}
