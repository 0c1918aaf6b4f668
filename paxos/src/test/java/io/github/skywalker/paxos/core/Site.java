package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupImage;
import io.github.skywalker.machine.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** One group on one node: a replica, and a disk that keeps exactly what was synced. */
final class Site {

  /** Sees what the replica asks for. */
  interface Watcher {
    /** A message leaves: at once, or because what it rests on is synced. */
    void sends(Site site, int to, Message message);

    /** A message is held until what was written up to now is synced. */
    default void holds(Site site, int to, Message message) {}

    /** Something is written, and not synced. */
    default void writes(Site site, Write write) {}

    /** Something is on disk. */
    default void kept(Site site, Write write) {}

    void tells(Site site, Outcome outcome);
  }

  /** What the disk holds at an instance: a vote, or, without a ballot, a learned value. */
  record Kept(Ballot ballot, Value value) {}

  private record Unsynced(Ready ready, Membership founding) {}

  final int id;
  private final IntFunction<Replica.Options> options;
  private final Watcher watcher;

  private int boot;
  private Ballot promised = Ballot.ZERO;
  private Membership founding;
  private long hint;
  private GroupImage checkpoint;
  private final TreeMap<Long, Kept> log = new TreeMap<>();

  private final ArrayDeque<Unsynced> unsynced = new ArrayDeque<>();
  private Grants grants;
  private Replica replica;

  Site(int id, Membership founding, IntFunction<Replica.Options> options, Watcher watcher) {
    this.id = id;
    this.founding = founding;
    this.options = options;
    this.watcher = watcher;
  }

  /** Starts the node with one more boot, from what its disk holds. */
  void start(long waitUntil) {
    start(waitUntil, false);
  }

  /** The same; if the log is damaged, it begins with its checkpoint and nothing of the log. */
  void start(long waitUntil, boolean damaged) {
    boot++;
    grants = new Grants(id, boot, waitUntil);
    replica = new Replica(options.apply(boot), promised, founding, grants, new Contenders(1));
    List<Outcome> replayed = new ArrayList<>();
    long next = 1;
    if (checkpoint != null) {
      replayed.addAll(replica.replayCheckpoint(checkpoint));
      next = checkpoint.instance() + 1;
    }
    if (damaged) {
      replica.learnOnly("a record cannot be read");
    }
    for (; !damaged && isKnownChosen(next); next++) {
      replayed.addAll(replica.replayChosen(next, log.get(next).value()));
    }
    for (Map.Entry<Long, Kept> vote : log.tailMap(next).entrySet()) {
      if (!damaged) {
        replica.replayVote(vote.getKey(), vote.getValue().ballot(), vote.getValue().value());
      }
    }
    replayed.forEach(outcome -> watcher.tells(this, outcome));
  }

  /**
   * The same; of what was known chosen, what the disk held at an instance can no longer be read.
   */
  void startWithout(long waitUntil, long lost) {
    List<Map.Entry<Long, Kept>> behind = List.copyOf(log.tailMap(lost).entrySet());
    log.tailMap(lost).clear();
    start(waitUntil, false);
    for (Map.Entry<Long, Kept> each : behind) {
      if (each.getKey() > hint) {
        replica.replayVote(each.getKey(), each.getValue().ballot(), each.getValue().value());
      }
      if (each.getKey() != lost) {
        log.put(each.getKey(), each.getValue());
      }
    }
    replica.learnAgain(hint);
  }

  /** What the disk holds behind what was lost is found there. */
  void recall(long now) {
    long first = replica.chosenUpTo() + 1;
    List<Value> found = new ArrayList<>();
    for (long at = first; at <= replica.lostUpTo() && log.containsKey(at); at++) {
      found.add(log.get(at).value());
    }
    step(new Event.Recalled(first, found), now);
  }

  /** Takes a checkpoint of what is executed now. */
  GroupImage takeCheckpoint() {
    checkpoint = replica.state().image();
    return checkpoint;
  }

  /** A checkpoint has come from elsewhere, and is on disk. */
  void receive(GroupImage image) {
    if (checkpoint == null || checkpoint.instance() < image.instance()) {
      checkpoint = image;
    }
  }

  /** The newest checkpoint on disk; null if there is none. */
  GroupImage checkpoint() {
    return checkpoint;
  }

  /** Deletes what the newest checkpoint covers. */
  void clean() {
    log.headMap(checkpoint.instance(), true).clear();
  }

  private boolean isKnownChosen(long instance) {
    Kept kept = log.get(instance);
    return kept != null && (instance <= hint || kept.ballot() == null);
  }

  /** The process is gone, and with it what was not synced. */
  void crash() {
    replica = null;
    unsynced.clear();
  }

  boolean isUp() {
    return replica != null;
  }

  void step(Event event, long now) {
    take(replica.step(event, now));
  }

  private void take(Ready ready) {
    ready.sends.forEach(send -> watcher.sends(this, send.to(), send.message()));
    ready.writes.forEach(write -> watcher.writes(this, write));
    ready.outcomes.forEach(outcome -> watcher.tells(this, outcome));
    boolean nothingToSync = ready.writes.isEmpty() && unsynced.isEmpty();
    if (!nothingToSync) {
      ready.released.forEach(send -> watcher.holds(this, send.to(), send.message()));
      unsynced.add(new Unsynced(ready, replica.state().founding()));
    } else {
      ready.released.forEach(send -> watcher.sends(this, send.to(), send.message()));
    }
  }

  boolean hasUnsynced() {
    return !unsynced.isEmpty();
  }

  /** One sync, of all that was written until now. */
  void sync(long now) {
    long serial = 0;
    List<Ready.Send> released = new ArrayList<>();
    while (!unsynced.isEmpty()) {
      Unsynced first = unsynced.remove();
      for (Write write : first.ready().writes) {
        keep(write);
        watcher.kept(this, write);
      }
      founding = first.founding();
      released.addAll(first.ready().released);
      serial = Math.max(serial, first.ready().serial);
    }
    released.forEach(send -> watcher.sends(this, send.to(), send.message()));
    if (serial > 0) {
      step(new Event.Synced(serial), now);
    }
  }

  private void keep(Write write) {
    hint = Math.max(hint, write.hint());
    if (write instanceof Write.Promised it) {
      promised = it.ballot();
    } else if (write instanceof Write.Accepted it) {
      log.put(it.instance(), new Kept(it.ballot(), it.value()));
    } else if (write instanceof Write.Chosen it) {
      log.put(it.instance(), new Kept(null, it.value()));
    } else if (write instanceof Write.Covered it) {
      log.keySet().removeIf(instance -> instance <= it.instance());
    }
  }

  Replica replica() {
    return replica;
  }

  Grants grants() {
    return grants;
  }

  int boot() {
    return boot;
  }

  /** The promise on disk. */
  Ballot promisedOnDisk() {
    return promised;
  }

  /** What the disk holds at an instance; null if nothing. */
  Kept keptAt(long instance) {
    return log.get(instance);
  }

  /** The hint on disk: with a value held there, everything up to it is known chosen. */
  long hintOnDisk() {
    return hint;
  }
}
