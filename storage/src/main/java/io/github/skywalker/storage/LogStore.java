package io.github.skywalker.storage;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * The log of all groups of a node. It keeps, for each group, the newest {@link
 * LogRecord.Kind#STATE} and for each instance the newest {@link LogRecord.Kind#VALUE} that was not
 * cleaned away.
 *
 * <p><b>Cleaning.</b> Once what a group holds at an instance and below it is on disk elsewhere, in
 * a checkpoint, say, a record of the kind {@link LogRecord.Kind#CLEAN} for that instance is
 * appended like any other record; {@link LogWriter#append} will do. From then on {@link #read}
 * finds nothing up to there, and {@link #cleanedUpTo} says so, after a restart too if the record
 * was synced. The disk gets its space back by itself, in the {@link #upkeep} that the log writer
 * gives the store: segments of which no group needs anything are freed, all but a few of their
 * files are deleted, and what little is still needed of an old one is copied to the end. So a group
 * that cleans cares for nothing but its own instances, and one that never does holds back only what
 * it still needs.
 *
 * <p>{@link #append} and {@link #sync} belong to one thread, the log writer's. Everything else may
 * be called by any thread, and sees what was appended, synced or not.
 */
public interface LogStore extends Closeable {

  /**
   * Writes a batch behind all that was written before; it is durable only after {@link #sync}. A
   * batch is recovered whole or not at all, and never without the ones before it.
   *
   * @throws IOException if it cannot be written; the log then refuses every further call, because
   *     nobody knows what is on the disk
   */
  void append(List<LogRecord> batch) throws IOException;

  /**
   * Makes durable what was appended.
   *
   * @throws IOException if that failed; the log then refuses every further call: a sync is never
   *     tried again, since the second one would succeed without the data
   */
  void sync() throws IOException;

  /**
   * What the store would like to have appended next, by the thread that calls {@link #append}, with
   * nothing else in between, and then synced: copies of records that hold old files back, or no
   * record at all, which seals the end. Bounded in size, so that nobody waits long behind it.
   *
   * @param idle whether nothing else waits to be appended; otherwise the store asks for little
   * @return the records; null if there is nothing to be done
   */
  default @Nullable List<LogRecord> upkeep(boolean idle) throws IOException {
    return null;
  }

  /** The groups of which the log holds anything. */
  SortedSet<Integer> groups();

  /** The newest state of a group; null if it has none. */
  @Nullable LogRecord state(int group) throws IOException;

  /** The highest instance at which the group holds a value; 0 if none. */
  long last(int group);

  /** The highest instance up to which the group has cleaned; never falls; 0 if it has not. */
  long cleanedUpTo(int group);

  /** What the group holds at an instance; null if nothing. */
  @Nullable LogRecord read(int group, long instance) throws IOException;

  /**
   * The groups of which a record may be lost, because a batch that concerned them is damaged, and
   * for each what was found and in which file. They must not vote, unless what is left shows that
   * no vote can be missing.
   */
  Map<Integer, String> damage();

  /**
   * The number of the newest batch that was appended. A record that is made by somebody who has
   * seen this number was made later than all that he had appended in that batch or before it.
   */
  long newestBatch();

  /**
   * Tells what is left of a group that {@link #damage} names: its states and values, in the order
   * of the log as it was found when it was opened, and in between where batches are lost that
   * concerned it. A record that was copied stands where it was copied to.
   *
   * @throws DamagedException if less can be read now than then
   */
  void remains(int group, Remains visitor) throws IOException;

  /** Hears what is left of a damaged group. */
  interface Remains {

    /** A record that can be read. */
    void record(LogRecord record) throws IOException;

    /** Here records are missing; the last batch of those is this one. */
    void lost(long lastBatch);
  }

  /** Seals the log, so that its end is known to be its end, and closes its files. */
  @Override
  void close() throws IOException;
}
