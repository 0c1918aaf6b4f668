package io.github.skywalker.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.Progress;
import io.github.skywalker.util.ThreadLoop;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes that write to a log: killed with SIGKILL, on a full disk, on one that fails. */
@Timeout(900)
class LogProcessTest {

  private static final int KILLS = Boolean.getBoolean("long") ? 400 : 30;
  private static final int VALUE_BYTES = 700;

  @TempDir private Path directory;

  private final Map<Integer, Long> acknowledged = new TreeMap<>();

  @Test
  void nothingAcknowledgedIsMissingAfterSigkillAndATornTailIsNeverRefused() throws Exception {
    Path data = Files.createDirectory(directory.resolve("data"));
    Random random = new Random(1);
    long last = 0;
    int advanced = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Process process = LogProcess.start(List.of(), data, 0, VALUE_BYTES, Long.MAX_VALUE, 50);
      try (BufferedReader said = process.inputReader(UTF_8)) {
        String line = LogProcess.follow(said, acknowledged, 1 + random.nextInt(800));
        assertTrue(line.startsWith("ok "), () -> "The process said: " + line);
        process.toHandle().destroyForcibly(); // SIGKILL, and what it said can still be read.
        LogProcess.follow(said, acknowledged, Integer.MAX_VALUE); // What it had said before.
      }
      process.waitFor();
      if (kill % 2 == 0) {
        verify(data);
      }
      check(data, VALUE_BYTES);
      advanced += acknowledged.get(0) > last ? 1 : 0;
      last = acknowledged.get(0);
    }
    assertEquals(KILLS, advanced);
  }

  private static void verify(Path data) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(said, true, UTF_8);
    assertEquals(LogTool.WHOLE, LogTool.run(out, out, "verify", data.toString()), said::toString);
  }

  /** What was acknowledged and not cleaned is there, byte for byte. */
  private void check(Path data, int valueBytes) throws IOException {
    ThreadLoop background = new ThreadLoop("background", Clock.SYSTEM);
    try (NodeDirectory opened =
            NodeDirectory.open(new FileDisk(), data, "cluster", 1, new byte[] {1, 2, 3});
        Journal journal =
            Journal.open(
                new FileDisk(),
                opened.logDirectory(),
                opened.dataId(),
                new JournalOptions(64 << 10, 0, opened.hasLog()),
                background,
                new MemoryIndex(),
                Progress.silent())) {
      assertEquals(Map.of(), journal.damage());
      for (int group = 0; group < LogProcess.GROUPS; group++) {
        long upTo = acknowledged.getOrDefault(group, 0L);
        assertTrue(journal.cleanedUpTo(group) <= upTo + 20, "cleaned what was never acknowledged");
        for (long instance = journal.cleanedUpTo(group) + 1; instance <= upTo; instance++) {
          LogRecord expected = LogProcess.value(group, instance, valueBytes);
          LogRecord found = journal.read(group, instance);
          assertNotNull(found, "group " + group + ", instance " + instance + " of " + upTo);
          assertArrayEquals(expected.head(), found.head());
          assertArrayEquals(expected.body(), found.body());
        }
      }
    } finally {
      background.close();
    }
  }

  @Test
  void aFullDiskEndsTheLogAndNotTheProcessAndItGoesOnWhenThereIsRoom() throws Exception {
    Path mount = Files.createDirectory(directory.resolve("small"));
    try (SmallMount small = SmallMount.at(mount, 80)) {
      Path data = Files.createDirectory(mount.resolve("data"));
      for (long reserve : new long[] {8 << 20, 0}) {
        Path filler = small.fill(12 << 20);
        String failure = runUntilItFails(List.of(), data, reserve, 20_000);
        assertTrue(
            failure.contains(reserve > 0 ? "less than the reserve of 8388608" : "o space left")
                || failure.contains("less than the reserve of 0"),
            failure);
        if (reserve > 0) {
          assertTrue(Files.getFileStore(mount).getUsableSpace() >= reserve);
        }
        failure = runUntilItFails(List.of(), data, reserve, 20_000);
        assertFalse(failure.isEmpty(), "A log without room went on");
        Files.delete(filler);
        Process again = LogProcess.start(List.of(), data, reserve, 20_000, 200, 10);
        try (BufferedReader said = again.inputReader(UTF_8)) {
          assertEquals("", LogProcess.follow(said, acknowledged, Integer.MAX_VALUE));
        }
        assertEquals(0, again.waitFor());
        check(data, 20_000);
      }
    }
  }

  private String runUntilItFails(List<String> wrapper, Path data, long reserve, int valueBytes)
      throws Exception {
    Process process = LogProcess.start(wrapper, data, reserve, valueBytes, 100_000, Long.MAX_VALUE);
    String failure;
    try (BufferedReader said = process.inputReader(UTF_8)) {
      failure = LogProcess.follow(said, acknowledged, Integer.MAX_VALUE);
    }
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(
        LogProcess.FAILED,
        process.exitValue(),
        () -> "It ended otherwise than by itself, and said: " + failure);
    return failure;
  }

  @Test
  void anErrorOfTheKernelAtASyncOrAWriteIsTheLastOne() throws Exception {
    assumeTrue(mayTrace(), "strace is not there, or may not be used");
    for (String call : List.of("fdatasync", "pwrite64")) {
      Path data = Files.createDirectory(directory.resolve(call));
      Path trace = directory.resolve(call + ".trace");
      List<String> strace =
          List.of(
              "strace",
              "-f",
              "-y",
              "-qq",
              "-o",
              trace.toString(),
              "-e",
              "trace=fdatasync,pwrite64",
              "-e",
              "inject=" + call + ":error=EIO:when=150");
      acknowledged.clear();
      String failure = runUntilItFails(strace, data, 0, VALUE_BYTES);
      assertTrue(failure.contains("Input/output error"), failure);
      List<String> calls = Files.readAllLines(trace);
      int injected = 0;
      while (!calls.get(injected).contains("INJECTED")) {
        injected++;
      }
      for (String later : calls.subList(injected + 1, calls.size())) {
        assertFalse(later.contains(SegmentFile.SUFFIX), later);
      }
      check(data, VALUE_BYTES);
    }
  }

  private static boolean mayTrace() throws InterruptedException {
    try {
      Process strace =
          new ProcessBuilder("strace", "-f", "-qq", "-o", "/dev/null", "true")
              .redirectErrorStream(true)
              .start();
      return strace.waitFor(30, TimeUnit.SECONDS) && strace.exitValue() == 0;
    } catch (IOException notThere) {
      return false;
    }
  }
}
