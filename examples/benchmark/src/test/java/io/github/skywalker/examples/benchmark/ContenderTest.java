package io.github.skywalker.examples.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContenderTest {

  private static final Table.Case QUICK = new Table.Case(1, 100, 1);
  private static final Table.Case SLOW = new Table.Case(64, 100, 1);

  /** Answers each line but one that says "slow". */
  private static final List<String> COMMAND =
      List.of(
          "sh",
          "-c",
          "echo ready; while read line; do [ \"$line\" = slow ] || echo \"to $line\"; done");

  @Test
  void whoGivesNoAnswerInTimeHasNoResultAndGoesOnWithTheNextCase(@TempDir Path directory)
      throws Exception {
    Path data = Files.createDirectories(directory.resolve("one").resolve("run-1")).getParent();
    try (Contender one = Contender.start("one", COMMAND, data)) {
      Duration longest = Duration.ofMillis(300);

      String slow = one.measure(SLOW, "slow", longest, true);
      String quick = one.measure(QUICK, "quick", Duration.ofMinutes(1), true);
      String again = one.measure(SLOW, "not asked", Duration.ofMinutes(1), true);

      assertEquals("no result: no answer within 300 ms", slow);
      assertEquals(slow, again);
      assertEquals(slow, one.failure(SLOW));
      assertFalse(Files.exists(data), "what the killed process wrote is left");
      assertEquals("to quick", quick);
      assertNull(one.failure(QUICK));
      assertEquals(List.of("to quick"), one.answers(QUICK));
    }
  }
}
