package io.github.skywalker.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where everything lies: what each group holds in the open segment, and in which sealed segments to
 * look for the rest. The writer changes it once for each batch; any thread may look things up, and
 * no lock is held while a file or the index is read.
 */
final class Positions {

  /** How many groups are found without looking for them; a power of two. */
  private static final int RECENT_GROUPS = 64;

  private final PositionPages pages;
  private final Map<Integer, GroupLog> groups = new HashMap<>();
  private final List<GroupLog> inOpenSegment = new ArrayList<>();

  /** Groups used last, by their lowest bits. */
  private final @Nullable GroupLog[] recent = new @Nullable GroupLog[RECENT_GROUPS];

  /** The segments in use, the oldest first, the open one left out. */
  private Segment[] sealed = new Segment[0];

  private @Nullable Segment open;

  Positions(PositionPages pages) {
    this.pages = pages;
  }

  /** Forgets everything. */
  synchronized void clear() {
    groups.clear();
    inOpenSegment.clear();
    Arrays.fill(recent, null);
    sealed = new Segment[0];
    open = null;
  }

  synchronized void open(Segment segment) {
    open = segment;
  }

  /** The groups with a record in the open segment. */
  synchronized int[] openGroups() {
    int[] found = new int[inOpenSegment.size()];
    for (int i = 0; i < found.length; i++) {
      found[i] = inOpenSegment.get(i).group();
    }
    return GroupSet.sorted(found, found.length);
  }

  /** Takes note of a batch that was written to the open segment at an offset. */
  synchronized void put(Batch batch, int offset) {
    Segment segment = Objects.requireNonNull(open);
    for (int i = 0; i < batch.count(); i++) {
      int begin = batch.offset(i);
      int length = batch.offset(i + 1) - begin;
      int code = batch.code(i);
      int group = batch.group(i);
      GroupLog log = log(group);
      if (code == BatchFormat.VALUE && log.openSegment == segment) { // As nearly all are.
        put(log, batch.instance(i), offset + begin, length);
      } else {
        put(segment, code, group, batch.instance(i), offset + begin, length);
      }
    }
  }

  /** Takes note of a record in the open segment. */
  synchronized void put(int code, int group, long instance, int offset, int length) {
    put(Objects.requireNonNull(open), code, group, instance, offset, length);
  }

  /** Takes note of groups that had records in the open segment, which are lost. */
  synchronized void lost(int[] concerned) {
    Segment segment = Objects.requireNonNull(open);
    for (int group : concerned) {
      join(log(group), segment);
    }
  }

  private void join(GroupLog log, Segment segment) {
    if (log.openSegment != segment) {
      log.openSegment = segment;
      log.open = new PositionList();
      inOpenSegment.add(log);
    }
  }

  private void put(Segment segment, int code, int group, long instance, int offset, int length) {
    GroupLog log = log(group);
    join(log, segment);
    switch (code) {
      case BatchFormat.VALUE -> put(log, instance, offset, length);
      case BatchFormat.STATE -> log.state = new Place(segment, offset, length);
      case BatchFormat.CLEAN -> {
        if (instance > log.cleanedUpTo) {
          log.cleanedUpTo = instance;
          log.cleanedIn = segment;
          log.cleanBase = segment.base();
          log.open.removeUpTo(instance);
          log.last = log.last <= instance ? 0 : log.last;
        }
      }
      case BatchFormat.CLEANED -> {
        if (instance >= log.cleanedUpTo) {
          log.cleanedUpTo = instance;
          log.cleanedIn = segment;
        }
      }
      case BatchFormat.DROP -> {
        log.dropBase = segment.base();
        log.open = new PositionList();
        log.last = 0;
      }
      default -> throw new IllegalArgumentException("A record of an unknown kind: " + code);
    }
  }

  private static void put(GroupLog log, long instance, int offset, int length) {
    log.open.put(instance, offset, length);
    log.last = Math.max(log.last, instance);
  }

  private GroupLog log(int group) {
    int place = group & (RECENT_GROUPS - 1);
    GroupLog log = recent[place];
    if (log == null || log.group() != group) {
      log = groups.computeIfAbsent(group, GroupLog::new);
      recent[place] = log;
    }
    return log;
  }

  /** Ends the open segment. */
  synchronized Segment seal(long lastBatch, int end) {
    Segment segment = Objects.requireNonNull(open);
    inOpenSegment.sort(Comparator.comparingInt(GroupLog::group));
    int[] present = new int[inOpenSegment.size()];
    PositionList[] lists = new PositionList[present.length];
    for (int i = 0; i < present.length; i++) {
      GroupLog log = inOpenSegment.get(i);
      present[i] = log.group();
      lists[i] = log.open;
      lists[i].trim();
      log.openSegment = null;
      log.open = new PositionList();
    }
    inOpenSegment.clear();
    segment.seal(lastBatch, end, present, lists);
    open = null;
    Segment[] more = Arrays.copyOf(sealed, sealed.length + 1);
    more[sealed.length] = segment;
    sealed = more;
    return segment;
  }

  /** The segments in use that are full, the oldest first. Not to be changed. */
  synchronized Segment[] sealed() {
    return sealed;
  }

  /** Nobody needs the oldest segment any more. */
  synchronized void retireOldest() {
    sealed[0].retire();
    sealed = Arrays.copyOfRange(sealed, 1, sealed.length);
  }

  synchronized SortedSet<Integer> groups() {
    SortedSet<Integer> present = new TreeSet<>();
    for (GroupLog log : groups.values()) {
      if (!log.isEmpty()) {
        present.add(log.group());
      }
    }
    return present;
  }

  synchronized @Nullable Place state(int group) {
    GroupLog log = groups.get(group);
    return log == null ? null : log.state;
  }

  synchronized long last(int group) {
    GroupLog log = groups.get(group);
    return log == null ? 0 : log.last;
  }

  synchronized long cleanedUpTo(int group) {
    GroupLog log = groups.get(group);
    return log == null ? 0 : log.cleanedUpTo;
  }

  /** Whether the newest record that tells how far a group has cleaned lies in a segment. */
  synchronized boolean isCleanedIn(int group, Segment segment) {
    GroupLog log = groups.get(group);
    return log != null && log.cleanedIn == segment;
  }

  /** How many bytes of what a sealed segment holds of a group may still be needed, at a guess. */
  synchronized long neededBytes(Segment segment, int at) {
    Segment.Holding holding = segment.holding(at);
    GroupLog log = Objects.requireNonNull(groups.get(holding.group()));
    long needed = 0;
    if (log.state != null && log.state.segment() == segment) {
      needed += log.state.length();
    }
    if (log.cleanedIn == segment) {
      needed += BatchFormat.RECORD_HEADER_BYTES;
    }
    if (holding.last() == 0 || segment.base() < log.dropBase) {
      return needed;
    }
    long first = holding.first();
    if (segment.base() < log.cleanBase) {
      first = Math.max(first, log.cleanedUpTo + 1);
    }
    double part = (double) (holding.last() - first + 1) / (holding.last() - holding.first() + 1);
    return first > holding.last() ? needed : needed + Math.max(1, (long) (part * holding.bytes()));
  }

  /** Where the newest value of an instance lies; null if the group holds none. */
  @Nullable Place find(int group, long instance) throws IOException {
    while (true) {
      Segment[] segments;
      long dropBase;
      long cleanBase;
      long cleanedUpTo;
      synchronized (this) {
        GroupLog log = groups.get(group);
        if (log == null) {
          return null;
        }
        if (open != null && log.openSegment == open) {
          int at = log.open.find(instance);
          if (at >= 0) {
            return new Place(open, log.open.offset(at), log.open.length(at));
          }
        }
        segments = sealed;
        dropBase = log.dropBase;
        cleanBase = log.cleanBase;
        cleanedUpTo = log.cleanedUpTo;
      }
      boolean retired = false;
      for (int i = segments.length - 1; i >= 0 && !retired; i--) {
        Segment segment = segments[i];
        if (segment.base() < dropBase || (segment.base() < cleanBase && instance <= cleanedUpTo)) {
          break;
        }
        int at = segment.find(group);
        if (at >= 0 && segment.mayHold(at, instance)) {
          PositionList list = pages.positions(segment, at);
          if (list == null) {
            retired = true;
            continue;
          }
          int found = list.find(instance);
          if (found >= 0) {
            return new Place(segment, list.offset(found), list.length(found));
          }
        }
      }
      if (!retired) {
        return null;
      }
    }
  }
}
