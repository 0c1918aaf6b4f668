package io.github.skywalker.storage;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.Progress;
import io.github.skywalker.util.ThreadLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The log against a bare file that is overwritten with the same bytes, turn by turn: so that
 * whatever else the machine and its disk do meets both.
 *
 * <p>The log is used as in a node, through its writer and with its index. A turn begins with the
 * hand-over of the records and ends with their completion. Both ends are on the writer's own loop,
 * as they are when the writer has work all the time; the bare file is written there too.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 9, time = 2)
public class LogSpeed {

  private static final int SEGMENT_BYTES = 32 << 20;

  /** So much is written between two records that clean: the log goes round in few files. */
  private static final int CLEAN_EVERY_BYTES = 8 << 20;

  /** Records for each sync. */
  @Param({"1", "10", "100", "1000"})
  public int records;

  /** Bytes of each record. */
  @Param({"100", "1024"})
  public int bytes;

  private Path directory;
  private ThreadLoop loop;
  private ThreadLoop background;
  private Journal journal;
  private LogWriter writer;
  private FileChannel file;
  private ByteBuffer same;
  private long position;
  private long instance = 1;
  private long uncleaned;
  private boolean logFirst;

  /** What was measured in one iteration, in microseconds. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Medians {
    /** Of the log. */
    public double log;

    /** Of the bare file. */
    public double file;

    private long[] logNanos = new long[1024];
    private long[] fileNanos = new long[1024];
    private int count;

    /** Begins anew. */
    @Setup(Level.Iteration)
    public void clear() {
      count = 0;
    }

    void add(long logTook, long fileTook) {
      if (count == logNanos.length) {
        logNanos = Arrays.copyOf(logNanos, 2 * count);
        fileNanos = Arrays.copyOf(fileNanos, 2 * count);
      }
      logNanos[count] = logTook;
      fileNanos[count] = fileTook;
      count++;
    }

    /** Says what the medians are. */
    @TearDown(Level.Iteration)
    public void find() {
      log = median(logNanos, count);
      file = median(fileNanos, count);
    }

    private static double median(long[] nanos, int count) {
      long[] sorted = Arrays.copyOf(nanos, count);
      Arrays.sort(sorted);
      return sorted[count / 2] / 1e3;
    }
  }

  /** Makes a log and a file. */
  @Setup
  public void open() throws IOException {
    directory = Files.createTempDirectory("log-speed");
    loop = new ThreadLoop("log", Clock.SYSTEM);
    background = new ThreadLoop("background", Clock.SYSTEM);
    Path index = Files.createDirectories(directory.resolve("index"));
    journal =
        Journal.open(
            new FileDisk(),
            directory.resolve("log"),
            new byte[] {1},
            new JournalOptions(SEGMENT_BYTES, 0, false),
            background,
            LevelDbIndex.open(index, 0),
            Progress.silent());
    writer =
        new LogWriter(
            journal,
            loop,
            Clock.SYSTEM,
            (count, size, nanos) -> {},
            LogWriter.DEFAULT_MAX_BATCH_BYTES);
    file = FileChannel.open(directory.resolve("bare"), CREATE_NEW, WRITE);
    ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
    for (int at = 0; at < SEGMENT_BYTES; at += zeros.capacity()) {
      file.write(zeros.clear(), at);
    }
    file.force(true);
    same = ByteBuffer.allocateDirect(records * bytes);
  }

  /** Ends both. */
  @TearDown
  public void close() throws IOException {
    writer.close();
    loop.close();
    background.close();
    file.close();
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** One sync of each. */
  @Benchmark
  public void turn(Medians medians) throws InterruptedException {
    clean();
    List<LogRecord> batch = batch();
    logFirst = !logFirst;
    long[] nanos = new long[2];
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(
        () -> {
          if (!logFirst) {
            nanos[1] = writeFile();
          }
          long start = System.nanoTime();
          writer.append(
              batch,
              whenSynced(
                  () -> {
                    nanos[0] = System.nanoTime() - start;
                    if (logFirst) {
                      nanos[1] = writeFile();
                    }
                    done.countDown();
                  }));
        });
    done.await();
    medians.add(nanos[0], nanos[1]);
  }

  private List<LogRecord> batch() {
    List<LogRecord> batch = new ArrayList<>(records);
    for (int i = 0; i < records; i++) {
      byte[] head = new byte[34];
      byte[] body = new byte[bytes - head.length];
      body[i % body.length] = (byte) instance;
      batch.add(new LogRecord(i % 4, LogRecord.Kind.VALUE, instance, head, body));
      instance += i % 4 == 3 ? 1 : 0;
    }
    instance++;
    return batch;
  }

  /** Lets the log have its files back, as groups do that have made a checkpoint. */
  private void clean() throws InterruptedException {
    uncleaned += (long) records * bytes;
    if (uncleaned < CLEAN_EVERY_BYTES) {
      return;
    }
    uncleaned = 0;
    List<LogRecord> batch = new ArrayList<>();
    for (int group = 0; group < 4; group++) {
      batch.add(
          new LogRecord(
              group, LogRecord.Kind.CLEAN, instance - 1, LogRecord.EMPTY, LogRecord.EMPTY));
    }
    CountDownLatch done = new CountDownLatch(1);
    writer.append(batch, whenSynced(done::countDown));
    done.await();
  }

  private long writeFile() {
    if (position + same.capacity() > SEGMENT_BYTES) {
      position = 0;
    }
    long start = System.nanoTime();
    try {
      same.clear();
      while (same.hasRemaining()) {
        file.write(same, position + same.position());
      }
      file.force(false);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    position += same.capacity();
    return System.nanoTime() - start;
  }

  private static LogWriter.Completion whenSynced(Runnable then) {
    return new LogWriter.Completion() {
      @Override
      public void synced() {
        then.run();
      }

      @Override
      public void failed(IOException why) {
        throw new IllegalStateException(why);
      }
    };
  }
}
