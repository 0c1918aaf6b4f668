package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.storage.GroupCheckpoints;
import io.github.skywalker.storage.LogRecord;
import io.github.skywalker.storage.LogStore;
import io.github.skywalker.storage.LogWriter;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Deletes of one group's log what its durable checkpoints cover. Whichever of them is kept can
 * serve at a start, so what the oldest of them does not cover stays; and so do some instances below
 * the newest, for others to learn from. Any thread may call it.
 */
final class LogCleaner {

  private final GroupOptions options;
  private final GroupCheckpoints checkpoints;
  private final LogStore log;
  private final LogWriter writer;
  private final LongSupplier appliedUpTo;
  private final LongConsumer cleaned;
  private final Consumer<IOException> failed;
  private boolean paused;
  private long asked;

  /**
   * Made by the group.
   *
   * @param appliedUpTo machines that lag read again from the log what is above it; a checkpoint
   *     that has just been received may cover that before they have loaded it
   * @param cleaned hears, by the log writer, up to where the log was cleaned
   */
  LogCleaner(
      GroupOptions options,
      GroupCheckpoints checkpoints,
      LogStore log,
      LogWriter writer,
      LongSupplier appliedUpTo,
      LongConsumer cleaned,
      Consumer<IOException> failed) {
    this.options = options;
    this.checkpoints = checkpoints;
    this.log = log;
    this.writer = writer;
    this.appliedUpTo = appliedUpTo;
    this.cleaned = cleaned;
    this.failed = failed;
  }

  synchronized void pause() {
    paused = true;
  }

  synchronized void resume() {
    paused = false;
    clean();
  }

  /** Deletes what may be deleted now. */
  synchronized void clean() {
    List<Long> kept = checkpoints.instances();
    if (paused || kept.isEmpty()) {
      return;
    }
    long newest = kept.get(0);
    long oldest = kept.get(kept.size() - 1);
    long covered = Math.min(newest - options.keptInstances(), oldest);
    long upTo = Math.min(covered, appliedUpTo.getAsLong());
    if (upTo <= Math.max(asked, log.cleanedUpTo(options.id()))) {
      return;
    }
    asked = upTo;
    writer.append(
        List.of(
            new LogRecord(
                options.id(), LogRecord.Kind.CLEAN, upTo, LogRecord.EMPTY, LogRecord.EMPTY)),
        new LogWriter.Completion() {
          @Override
          public void synced() {
            cleaned.accept(upTo);
          }

          @Override
          public void failed(IOException why) {
            failed.accept(why);
          }
        });
  }
}
