package io.github.skywalker.examples.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Short runs of real clusters. Each checks its replicas itself, and fails if they differ. */
class SmokeTest {

  private static final Duration LIMIT_TIME = Duration.ofMillis(90);
  private static final Path TMPFS = Path.of("/dev/shm");

  @TempDir private Path data;

  private Workload work(
      Workload.Mode mode,
      Workload.ProposeAt at,
      Workload.Storage storage,
      double reads,
      long rate) {
    return new Workload(
        2, 100, 16, Duration.ZERO, Duration.ofMillis(500), mode, at, storage, data, reads, rate);
  }

  private Result run(Workload work) throws IOException {
    PrintStream silent = new PrintStream(PrintStream.nullOutputStream());
    Result result = new Run(new Skywalker(), work, LIMIT_TIME, silent).run();
    assertTrue(result.sample().proposals().getTotalCount() > 0);
    assertEquals(0, result.sample().errors());
    try (Stream<Path> left = Files.list(data)) {
      assertFalse(left.findAny().isPresent(), "a run deletes what it made");
    }
    return result;
  }

  @Test
  void aRunOnDiskSaysThatItSynced() throws IOException {
    assumeTrue(!Files.getFileStore(data).type().equals("tmpfs"));
    Result result =
        run(work(Workload.Mode.ONE_JVM, Workload.ProposeAt.MASTER, Workload.Storage.JOURNAL, 0, 0));
    assertTrue(result.json().contains("\"sync\":true"));
    assertTrue(result.limit().sync().p50() > 0);
  }

  @Test
  void aRunInMemorySaysThatItDidNot() throws IOException {
    Result result =
        run(
            work(
                Workload.Mode.ONE_JVM, Workload.ProposeAt.ANY, Workload.Storage.MEMORY, 0.5, 2000));
    assertTrue(result.json().contains("\"sync\":false"));
    assertTrue(result.sample().reads().getTotalCount() > 0);
  }

  @Test
  void aRunWithAProcessForEachNodeCountsAtAll() throws IOException {
    run(work(Workload.Mode.PROCESSES, Workload.ProposeAt.MASTER, Workload.Storage.MEMORY, 0, 0));
  }

  @Test
  void aFileSystemInMemoryIsNotTakenForADisk() throws IOException {
    assumeTrue(Files.isDirectory(TMPFS) && Files.getFileStore(TMPFS).type().equals("tmpfs"));
    Exception refusal =
        assertThrows(IllegalArgumentException.class, () -> LimitMeter.checkIsDisk(TMPFS));
    assertTrue(refusal.getMessage().contains("is on a tmpfs"), refusal.getMessage());
  }
}
