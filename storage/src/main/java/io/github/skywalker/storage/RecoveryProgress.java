package io.github.skywalker.storage;

import io.github.skywalker.util.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells how far reading the log has come, each second. */
final class RecoveryProgress {

  private static final long LINE_NANOS = 1_000_000_000;

  private static final Logger log = LoggerFactory.getLogger(RecoveryProgress.class);

  private final Journal.Progress listener;
  private final Clock clock;
  private final long total;
  private long done;
  private long lastLine;

  RecoveryProgress(Journal.Progress listener, Clock clock, long total) {
    this.listener = listener;
    this.clock = clock;
    this.total = total;
    this.lastLine = clock.nanos();
  }

  void done() {
    listener.reading(total, total);
  }

  void add(long bytes) {
    done = Math.min(total, done + bytes);
    listener.reading(done, total);
    long now = clock.nanos();
    if (now - lastLine >= LINE_NANOS) {
      lastLine = now;
      log.info("Reading the log: {} of {} MiB.", done >> 20, total >> 20);
    }
  }
}
