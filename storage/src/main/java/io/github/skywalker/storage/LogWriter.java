package io.github.skywalker.storage;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.Invariant;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one writer of a log, and the boundary that no vote passes before it is on disk. Whatever is
 * handed over while a batch is written and synced becomes the next batch: many groups, one sync.
 *
 * <p>A completion runs on the writer's loop, after the sync that covers its records returned, in
 * the order of the appends. After the first error every waiting and every later append fails: what
 * is on the disk is then unknown, and a second sync would succeed without the data.
 */
public final class LogWriter implements AutoCloseable {

  /** A good bound for a batch: large enough to fill a disk, small enough not to delay the next. */
  public static final int DEFAULT_MAX_BATCH_BYTES = 4 << 20;

  /** So long nothing is appended before the log is sealed and old files are looked after. */
  private static final long IDLE_NANOS = 20_000_000;

  /** What a record costs beside its bytes, for the bound of a batch. */
  private static final int RECORD_OVERHEAD_BYTES = 32;

  /** What an append takes in memory beside its bytes, roughly. */
  private static final int APPEND_OVERHEAD_BYTES = 256;

  private static final Logger log = LoggerFactory.getLogger(LogWriter.class);

  /** Learns how an append ended: one of the two is called, once. */
  public interface Completion {

    /** The records are on disk. */
    void synced();

    /** The records may or may not be on disk, and the log takes no more. */
    void failed(IOException why);
  }

  /** Hears of each sync, and of the end of them, on the writer's loop. */
  @FunctionalInterface
  public interface Observer {

    /**
     * A batch is on disk.
     *
     * @param records in it
     * @param bytes of the records' heads and bodies
     * @param nanos that writing and syncing took
     */
    void synced(int records, long bytes, long nanos);

    /** The log takes no more, also if no append waits that would hear of it. Called once. */
    default void failed(IOException why) {}
  }

  private final LogStore store;
  private final RunLoop loop;
  private final Clock clock;
  private final Observer observer;
  private final int maxBatchBytes;
  private final ConcurrentLinkedQueue<Append> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong waitingBytes = new AtomicLong();

  /** Whether a task of this writer is running or on its way, timers aside. */
  private final AtomicBoolean busy = new AtomicBoolean();

  private volatile boolean closing;
  private volatile boolean ended;

  // The rest belongs to the loop.
  private final List<Append> inFlight = new ArrayList<>();
  private int inFlightRecords;
  private long inFlightBytes;
  private long nanosInFlight;
  private long idleSince;
  private boolean idleTimerSet;
  private boolean upkeepDue;
  private @Nullable IOException failure;
  private @Nullable Consumer<@Nullable IOException> whenClosed;

  /**
   * Made before the first append.
   *
   * @param store written by this writer alone, and closed by it
   * @param loop on which all writing is done; it belongs to the caller, who closes it after this
   * @param clock of the loop
   * @param observer hears of each sync
   * @param maxBatchBytes how many bytes one batch gathers; a larger append is a batch of its own
   */
  public LogWriter(
      LogStore store, RunLoop loop, Clock clock, Observer observer, int maxBatchBytes) {
    this.store = store;
    this.loop = loop;
    this.clock = clock;
    this.observer = observer;
    this.maxBatchBytes = maxBatchBytes;
  }

  /**
   * Hands over records to be written and synced, in one piece. May be called by any thread; never
   * blocks.
   *
   * @param records not changed afterwards, nor their bytes
   * @param completion called on the writer's loop, or at once by the caller if the writer is closed
   */
  public void append(List<LogRecord> records, Completion completion) {
    if (closing) {
      completion.failed(closedException());
      return;
    }
    Append append = new Append(records, completion);
    waitingBytes.addAndGet(append.memory());
    queue.add(append);
    if (ended) {
      failQueued(closedException());
    } else if (!busy.get() && busy.compareAndSet(false, true)) {
      loop.execute(this::write);
    }
  }

  /**
   * How many bytes of memory are taken, roughly, by what was handed over and is not on disk yet. It
   * has no bound here: whoever hands over must not go on when this is too much. May be called by
   * any thread.
   */
  public long waitingBytes() {
    return waitingBytes.get();
  }

  /**
   * Writes and syncs what is queued, seals the log and closes it; waits for that. Not to be called
   * on the loop.
   *
   * @throws IOException if that failed, or writing had failed before
   */
  @Override
  public void close() throws IOException {
    Invariant.check(!loop.inLoop(), "The writer's own loop cannot wait for the writer.");
    CountDownLatch closed = new CountDownLatch(1);
    AtomicReference<@Nullable IOException> problem = new AtomicReference<>();
    close(
        why -> {
          problem.set(why);
          closed.countDown();
        });
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the log was being closed.", e);
    }
    IOException why = problem.get();
    if (why != null) {
      throw why;
    }
  }

  /**
   * As {@link #close()}, without waiting.
   *
   * @param done called on the loop once the log is closed, with the error if there was one; called
   *     at once if the writer was closed before
   */
  public void close(Consumer<@Nullable IOException> done) {
    if (closing) {
      done.accept(null);
      return;
    }
    closing = true;
    loop.execute(
        () -> {
          whenClosed = done;
          if (busy.compareAndSet(false, true)) {
            write();
          }
        });
  }

  private void write() {
    if (failure != null) {
      failQueued(failure);
      rest();
      return;
    }
    try {
      List<LogRecord> records = upkeepDue ? store.upkeep(false) : null;
      upkeepDue = false;
      if (records == null) {
        records = gather();
        if (records == null) {
          rest();
          return;
        }
      }
      writeBatch(records);
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      fail(new IOException("Writing the log failed: " + e, e));
    }
  }

  /** Writes now and syncs in a task of its own: between the two a crash may come. */
  private void writeBatch(List<LogRecord> records) throws IOException {
    long start = clock.nanos();
    store.append(records);
    nanosInFlight = clock.nanos() - start;
    loop.execute(this::sync);
  }

  /** Takes from the queue what makes one batch; null if nothing is there. */
  private @Nullable List<LogRecord> gather() {
    Append first = queue.poll();
    if (first == null) {
      return null;
    }
    take(first);
    List<LogRecord> records = first.records;
    Append next = queue.peek();
    if (next != null) {
      records = new ArrayList<>(records);
      while (next != null && inFlightBytes + next.bytes() <= maxBatchBytes) {
        take(next);
        records.addAll(next.records);
        queue.remove();
        next = queue.peek();
      }
    }
    return records;
  }

  private void take(Append append) {
    inFlight.add(append);
    inFlightRecords += append.records.size();
    inFlightBytes += append.bytes();
  }

  private void sync() {
    try {
      long start = clock.nanos();
      store.sync();
      nanosInFlight += clock.nanos() - start;
    } catch (IOException e) {
      fail(e);
      return;
    } catch (RuntimeException | Error e) {
      fail(new IOException("Syncing the log failed: " + e, e));
      return;
    }
    if (!inFlight.isEmpty()) {
      upkeepDue = true;
      idleSince = clock.nanos();
      long bytes = inFlightBytes - (long) inFlightRecords * RECORD_OVERHEAD_BYTES;
      quietly(() -> observer.synced(inFlightRecords, bytes, nanosInFlight));
      for (Append append : inFlight) {
        quietly(append.completion::synced);
      }
      forgetInFlight();
    }
    write();
  }

  private void fail(IOException why) {
    log.error("The log takes no more writes: {}", why.getMessage(), why);
    failure = why;
    quietly(() -> observer.failed(why));
    for (Append append : inFlight) {
      quietly(() -> append.completion.failed(why));
    }
    forgetInFlight();
    failQueued(why);
    rest();
  }

  private void forgetInFlight() {
    waitingBytes.addAndGet(-(inFlightBytes + (long) inFlight.size() * APPEND_OVERHEAD_BYTES));
    inFlight.clear();
    inFlightRecords = 0;
    inFlightBytes = 0;
  }

  private void failQueued(IOException why) {
    for (Append append = queue.poll(); append != null; append = queue.poll()) {
      waitingBytes.addAndGet(-append.memory());
      Completion completion = append.completion;
      quietly(() -> completion.failed(why));
    }
  }

  /** Nothing waits: lets the next append start a task again, or ends. */
  private void rest() {
    if (whenClosed != null) {
      end(whenClosed);
      return;
    }
    busy.set(false);
    if (!queue.isEmpty() && busy.compareAndSet(false, true)) {
      loop.execute(this::write);
    } else {
      setIdleTimer();
    }
  }

  private void setIdleTimer() {
    if (!idleTimerSet && failure == null) {
      idleTimerSet = true;
      var unused =
          loop.at(Math.max(idleSince, clock.nanos() - IDLE_NANOS) + IDLE_NANOS, this::idle);
    }
  }

  private void idle() {
    idleTimerSet = false;
    if (failure != null || closing || !busy.compareAndSet(false, true)) {
      return;
    }
    if (!queue.isEmpty()) {
      write();
      return;
    }
    if (clock.nanos() - idleSince < IDLE_NANOS) {
      rest();
      return;
    }
    try {
      List<LogRecord> records = store.upkeep(true);
      if (records == null) {
        sleep();
      } else {
        idleSince = clock.nanos();
        writeBatch(records);
      }
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      fail(new IOException("Looking after the log failed: " + e, e));
    }
  }

  /** Nothing waits and nothing is to be looked after: no timer until the next append. */
  private void sleep() {
    busy.set(false);
    if ((!queue.isEmpty() || whenClosed != null) && busy.compareAndSet(false, true)) {
      loop.execute(this::write);
    }
  }

  private void end(Consumer<@Nullable IOException> done) {
    IOException problem = failure;
    try {
      store.close();
    } catch (IOException e) {
      if (problem == null) {
        problem = e;
      }
    }
    failure = problem == null ? closedException() : problem;
    whenClosed = null;
    ended = true;
    failQueued(failure);
    done.accept(problem);
  }

  private static IOException closedException() {
    return new IOException("The log is closed.");
  }

  private static void quietly(Runnable callback) {
    try {
      callback.run();
    } catch (RuntimeException e) {
      log.error("A callback of the log writer failed; the writer goes on.", e);
    }
  }

  private static final class Append {
    private final List<LogRecord> records;
    private final Completion completion;
    private final long bytes;

    Append(List<LogRecord> records, Completion completion) {
      this.records = records;
      this.completion = completion;
      long sum = 0;
      for (LogRecord record : records) {
        sum += RECORD_OVERHEAD_BYTES + record.bytes();
      }
      this.bytes = sum;
    }

    long bytes() {
      return bytes;
    }

    long memory() {
      return bytes + APPEND_OVERHEAD_BYTES;
    }
  }
}
