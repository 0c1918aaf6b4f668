package io.github.skywalker.paxos;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.paxos.core.Write;
import io.github.skywalker.storage.LogRecord;
import io.github.skywalker.storage.LogStore;
import io.github.skywalker.storage.LogWriter;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings what the steps of a group write to the log, and knows up to where the log can be read: a
 * value that is known chosen may still be on its way there. Belongs to the group's loop, but for
 * {@link #read}.
 */
final class GroupLog {

  private final int group;
  private final Records records;
  private final LogStore store;
  private final LogWriter writer;
  private final Consumer<IOException> failed;
  private final AtomicLong syncedSteps = new AtomicLong();
  private final AtomicLong readableUpTo = new AtomicLong();
  private long writtenSteps;

  GroupLog(
      int group, GroupState state, LogStore store, LogWriter writer, Consumer<IOException> failed) {
    this.group = group;
    this.records = new Records(group, state);
    this.store = store;
    this.writer = writer;
    this.failed = failed;
  }

  /**
   * Appends what a step writes.
   *
   * @param replica after the step: everything that it knows chosen is written by this step or one
   *     before
   * @param synced called by the log writer when it is on disk
   */
  void append(Ready ready, Replica replica, Runnable synced) {
    append(
        ready,
        replica.chosenUpTo(),
        new Records.Stamp(replica.promised(), replica.votedUpTo(), store.newestBatch()),
        synced);
  }

  private void append(Ready ready, long chosenUpTo, Records.Stamp stamp, Runnable synced) {
    writtenSteps++;
    writer.append(
        records.of(ready.writes, stamp),
        new LogWriter.Completion() {
          @Override
          public void synced() {
            readableUpTo.accumulateAndGet(chosenUpTo, Math::max);
            syncedSteps.incrementAndGet();
            synced.run(); // Behind the others, so that who is told finds them.
          }

          @Override
          public void failed(IOException why) {
            failed.accept(why);
          }
        });
  }

  /**
   * A checkpoint stands in for what is held up to an instance: that counts for nothing any more.
   */
  void cover(long instance) {
    Ready ready = new Ready();
    ready.writes.add(new Write.Covered(instance, instance));
    append(ready, instance, new Records.Stamp(Ballot.ZERO, Records.UNKNOWN, 0), () -> {});
  }

  /** Up to where every chosen value can be read from the log now. */
  long readableUpTo(long chosenUpTo) {
    if (syncedSteps.get() == writtenSteps) {
      readableUpTo.accumulateAndGet(chosenUpTo, Math::max);
    }
    return readableUpTo.get();
  }

  /** Reads a chosen value, up to where the log can be read. May be called by any thread. */
  Value read(long instance) throws IOException {
    Value value = find(instance);
    if (value == null) {
      throw new IOException("The log of group " + group + " lacks instance " + instance);
    }
    return value;
  }

  /** Reads whatever value the log holds at an instance; null if none. */
  @Nullable Value find(long instance) throws IOException {
    LogRecord record = store.read(group, instance);
    return record == null ? null : Records.readHeld(record).value();
  }
}
