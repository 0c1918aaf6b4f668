package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.skywalker.api.Status;
import io.github.skywalker.storage.CrashDisk.Operation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What is said while a group is being opened. */
@Timeout(120)
final class OpeningTest {

  private static final Pattern LINE =
      Pattern.compile("Group 0: replayed (\\d+) of (\\d+) instances");

  private static final int PROPOSALS = 40;

  @TempDir Path directory;

  private final Logger logger = (Logger) LoggerFactory.getLogger(Opening.class);

  /** With the time of the node's clock at which each was said. */
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
    logger.setAdditive(false);
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(lines);
    logger.setAdditive(true);
    logger.setLevel(null);
  }

  /** Each look into the log takes 300 ms, so that one word comes about every seventh of them. */
  @Test
  void aReplayThatTakesLongSaysEveryTwoSecondsHowFarItIs() throws Exception {
    try (TestCluster cluster = new TestCluster(directory, 1, 1).startFounders()) {
      for (int i = 1; i <= PROPOSALS; i++) {
        assertEquals(Status.OK, cluster.propose(1, "v" + i).status());
      }
      long last = cluster.node(1).report(0).chosenUpTo();
      cluster.stop(1);
      assertEquals(List.of(), said(), "nothing takes two seconds here");

      HookedWorld slow = cluster.freshWorld(1);
      List<Integer> looks = new ArrayList<>();
      slow.faults =
          (operation, file) -> {
            if (operation == Operation.READ && file.toString().endsWith(".segment")) {
              slow.moveClock(Duration.ofMillis(300));
              looks.add(lines.list.size());
            }
            return null;
          };
      cluster.start(1);
      slow.faults = (operation, file) -> null;

      long before = 0;
      for (String line : said()) {
        Matcher words = LINE.matcher(line);
        assertTrue(words.matches(), line);
        assertTrue(Long.parseLong(words.group(1)) > before, () -> "no further: " + said());
        assertEquals(last, Long.parseLong(words.group(2)), line);
        before = Long.parseLong(words.group(1));
      }
      int looksBetween = 7; // The first number of them that takes two seconds.
      for (int word = 1; word < said().size(); word++) {
        int said = word;
        long between = looks.stream().filter(already -> already == said).count();
        assertTrue(between >= looksBetween && between <= looksBetween + 2, () -> "" + looks);
      }
      assertTrue(said().size() >= PROPOSALS / (looksBetween + 2), () -> "only " + said());
      cluster.catchUp(1);
      assertEquals(PROPOSALS, cluster.machine(1).executed.size());
    }
  }

  private List<String> said() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }
}
