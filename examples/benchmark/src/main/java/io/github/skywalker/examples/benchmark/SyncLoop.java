package io.github.skywalker.examples.benchmark;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One of three writers that append and sync at once, each to a file of its own that has its full
 * size already: the cheapest way to have bytes on the disk three times.
 */
final class SyncLoop implements Runnable {

  private static final int WRITERS = 3;
  private static final int FILE_BYTES = 32 << 20;
  private static final int BLOCK_BYTES = 4096;
  private static final double MEDIAN = 50;
  private static final double HIGH = 99;

  /**
   * What was measured.
   *
   * @param times of write and sync
   * @param cpuNanos processor time of one
   */
  record Found(Limit.Times times, double cpuNanos) {}

  private final Path file;
  private final ByteBuffer batch;
  private final Duration time;
  private final Histogram latencies = new Histogram(Sample.DIGITS);
  private final Cpu cpu = new Cpu();
  private @Nullable IOException failed;

  private SyncLoop(Path file, int batchBytes, Duration time) {
    this.file = file;
    this.batch = ByteBuffer.allocateDirect(Math.max(batchBytes, Long.BYTES));
    this.time = time;
    byte[] bytes = new byte[batch.capacity()];
    ThreadLocalRandom.current().nextBytes(bytes);
    batch.put(bytes);
  }

  static Found measure(Path directory, int batchBytes, Duration time) throws IOException {
    List<SyncLoop> loops = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    try {
      for (int i = 0; i < WRITERS; i++) {
        SyncLoop loop = new SyncLoop(directory.resolve("sync-" + i), batchBytes, time);
        loops.add(loop);
        loop.fill();
        threads.add(new Thread(loop, "sync-" + i));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        Waiting.join(thread);
      }
      return found(loops);
    } finally {
      for (SyncLoop loop : loops) {
        Files.deleteIfExists(loop.file);
      }
    }
  }

  private static Found found(List<SyncLoop> loops) throws IOException {
    Histogram all = new Histogram(Sample.DIGITS);
    long cpuNanos = 0;
    double perSecond = 0;
    for (SyncLoop loop : loops) {
      if (loop.failed != null) {
        throw loop.failed;
      }
      all.add(loop.latencies);
      cpuNanos += loop.cpu.nanos();
      perSecond += loop.latencies.getTotalCount() / (loop.time.toNanos() / 1e9) / WRITERS;
    }
    Limit.Times times =
        new Limit.Times(
            all.getValueAtPercentile(MEDIAN),
            all.getValueAtPercentile(HIGH),
            all.getMaxValue(),
            perSecond);
    return new Found(times, (double) cpuNanos / Math.max(1, all.getTotalCount()));
  }

  private void fill() throws IOException {
    try (FileChannel channel = FileChannel.open(file, CREATE, WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
      for (int position = 0; position < FILE_BYTES; position += zeros.capacity()) {
        channel.write(zeros.clear(), position);
      }
      channel.force(true);
    }
  }

  @Override
  public void run() {
    try (FileChannel channel = FileChannel.open(file, WRITE)) {
      cpu.begin();
      long end = System.nanoTime() + time.toNanos();
      long position = 0;
      CRC32C sum = new CRC32C();
      for (long begun = System.nanoTime(); begun < end; begun = System.nanoTime()) {
        batch.clear();
        sum.reset();
        sum.update(batch);
        batch.putLong(0, sum.getValue()).clear();
        channel.write(batch, position);
        channel.force(false);
        latencies.recordValue(System.nanoTime() - begun);
        position = next(position);
      }
      cpu.end();
    } catch (IOException why) {
      failed = why;
    }
  }

  private long next(long position) {
    long after = position + (batch.capacity() + BLOCK_BYTES - 1L) / BLOCK_BYTES * BLOCK_BYTES;
    return after + batch.capacity() > FILE_BYTES ? 0 : after;
  }
}
