package io.github.skywalker.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Measures a {@link Limit}. */
final class LimitMeter {

  /** A sync means nothing there. */
  private static final Set<String> NO_DISKS = Set.of("tmpfs", "ramfs");

  /** A larger batch is no faster for each byte. */
  private static final int MOST_BATCH_BYTES = 4 << 20;

  private LimitMeter() {}

  /**
   * Refuses what is no disk.
   *
   * @param directory exists
   */
  static void checkIsDisk(Path directory) throws IOException {
    String type = Files.getFileStore(directory).type();
    if (NO_DISKS.contains(type)) {
      throw new IllegalArgumentException(
          "--data "
              + directory
              + " is on a "
              + type
              + ", which syncs nothing; name a directory on"
              + " a disk");
    }
  }

  /**
   * Measures for about as long as it is told.
   *
   * @param directory exists, on the disk to be measured
   */
  static Limit measure(Workload work, Path directory, Duration time) throws IOException {
    int batch = (int) Math.min((long) work.window() * work.valueBytes(), MOST_BATCH_BYTES);
    Duration third = time.dividedBy(3);
    SyncLoop.Found appended = new SyncLoop.Found(Limit.Times.NONE, 0);
    if (work.sync()) {
      checkIsDisk(directory);
      appended = SyncLoop.measure(directory, batch, third);
    }
    RoundTrip.Found exchanged = RoundTrip.measure(batch, third);
    return new Limit(
        work.window(),
        Runtime.getRuntime().availableProcessors(),
        appended.times(),
        exchanged.times(),
        appended.cpuNanos(),
        exchanged.cpuNanos(),
        load(work, third));
  }

  /** The processor time of making and counting an operation, with a target that answers at once. */
  private static double load(Workload work, Duration time) throws IOException {
    Target atOnce =
        new Target() {
          @Override
          public void propose(int group, byte[] value, Done done) {
            done.done(Fate.DONE);
          }

          @Override
          public void read(int group, Done done) {
            done.done(Fate.DONE);
          }
        };
    Load one = new Load(1, List.of(List.of(0)), work.valueBytes(), 0, 0);
    Generator generator = new Generator(atOnce, one);
    Cpu cpu = new Cpu();
    Thread thread =
        new Thread(
            () -> {
              cpu.begin();
              generator.begin();
              cpu.end();
            },
            "load");
    thread.start();
    Waiting.sleep(time);
    Answers answers = generator.finish();
    Waiting.join(thread);
    return (double) cpu.nanos() / Math.max(1, answers.done()[0]);
  }
}
