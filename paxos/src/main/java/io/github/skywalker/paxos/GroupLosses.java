package io.github.skywalker.paxos;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.storage.LogRecord;
import io.github.skywalker.storage.LogStore;
import java.io.IOException;
import java.util.HashSet;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a group may have lost with batches of its log that cannot be read, by what is left. Only
 * damage to what may have been a vote keeps it from voting.
 *
 * <p><b>Votes.</b> A record that was made after the lost batches were appended says up to where the
 * group had voted by then. Everything up to the greatest hint is known chosen. If that is no less,
 * no lost vote was for anything else, and who asks for a promise from behind there misses nothing.
 * A record that stands behind the lost batches is not enough: it may be the copy of an older one.
 *
 * <p><b>Promises.</b> The same record carries the promise, which never falls. So the highest ballot
 * of any record is the promise, whatever was lost before.
 *
 * <p><b>Values.</b> A value that stands before lost batches may be a vote whose place another one
 * took in them. It is what was chosen only if it is marked so, or if a hint before them covers it,
 * since nothing more is written for an instance that is known chosen. Any other is
 * <em>doubtful</em>, unless a later record took its place.
 */
final class GroupLosses implements LogStore.Remains {

  private final Set<Long> doubtful = new HashSet<>();

  /** Instances of values that were not known chosen when they were last looked at. */
  private final TreeSet<Long> votes = new TreeSet<>();

  /** For the last of each run of lost batches, up to where it can hold votes at most. */
  private final NavigableMap<Long, Long> lost = new TreeMap<>();

  private Ballot promised = Ballot.ZERO;
  private long hint;

  /** The greatest hint of a life that could vote: who only learned stays with that. */
  private long votersHint;

  GroupLosses() {}

  /** Reads what is left of a damaged group. */
  static GroupLosses of(LogStore store, int group) throws IOException {
    GroupLosses losses = new GroupLosses();
    store.remains(group, losses);
    return losses;
  }

  @Override
  public void record(LogRecord record) throws IOException {
    if (record.kind() == LogRecord.Kind.STATE) {
      Records.State state = Records.readState(record);
      add(state.stamp(), state.hint());
      return;
    }
    Records.Held held = Records.readHeld(record);
    long instance = record.instance();
    add(held.stamp(), held.knownChosen(instance));
    doubtful.remove(instance);
    votes.remove(instance);
    if (instance > hint) {
      votes.add(instance);
    }
    while (!votes.isEmpty() && votes.first() <= hint) {
      votes.pollFirst();
    }
  }

  private void add(Records.Stamp stamp, long knownChosen) {
    hint = Math.max(hint, knownChosen);
    if (stamp.votedUpTo() != Records.UNKNOWN) {
      votersHint = Math.max(votersHint, knownChosen);
    }
    promised = stamp.promised().above(promised) ? stamp.promised() : promised;
    lost.headMap(stamp.madeAfter(), true)
        .replaceAll((batch, votedUpTo) -> Math.min(votedUpTo, stamp.votedUpTo()));
  }

  @Override
  public void lost(long lastBatch) {
    doubtful.addAll(votes.tailSet(hint, false));
    lost.put(lastBatch, Records.UNKNOWN);
  }

  /** Whether all votes that may be lost were for what is known chosen here. */
  boolean canBeLearned() {
    return !lost.isEmpty() && lost.values().stream().allMatch(votedUpTo -> votedUpTo <= votersHint);
  }

  /** The promise, if {@link #canBeLearned}. */
  Ballot promised() {
    return promised;
  }

  /** Everything up to here is known chosen. */
  long hint() {
    return hint;
  }

  /** Whether the value that the log holds at an instance need not be what was chosen there. */
  boolean isDoubtful(long instance) {
    return doubtful.contains(instance);
  }

  /** The value that the log holds at an instance cannot be read any more. */
  void add(long instance) {
    doubtful.add(instance);
  }

  /** Whether that is so of any instance above one, up to another. */
  boolean isDoubtfulWithin(long above, long upTo) {
    return doubtful.stream().anyMatch(each -> each > above && each <= upTo);
  }
}
