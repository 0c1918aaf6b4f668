package io.github.skywalker.storage;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A log that is gone when the process is: for tests, and for groups that may be thrown away. A node
 * that uses it forgets its votes when it restarts, and must come back under a new id.
 */
public final class MemoryLogStore implements LogStore {

  private final Map<Integer, GroupRecords> groups = new HashMap<>();

  @Override
  public synchronized void append(List<LogRecord> batch) {
    for (LogRecord record : batch) {
      groups.computeIfAbsent(record.group(), group -> new GroupRecords()).take(record);
    }
  }

  @Override
  public void sync() {}

  @Override
  public synchronized SortedSet<Integer> groups() {
    SortedSet<Integer> present = new TreeSet<>();
    groups.forEach(
        (group, records) -> {
          if (!records.isEmpty()) {
            present.add(group);
          }
        });
    return present;
  }

  @Override
  public synchronized @Nullable LogRecord state(int group) {
    GroupRecords records = groups.get(group);
    return records == null ? null : records.state;
  }

  @Override
  public synchronized long last(int group) {
    GroupRecords records = groups.get(group);
    return records == null || records.values.isEmpty() ? 0 : records.values.lastKey();
  }

  @Override
  public synchronized long cleanedUpTo(int group) {
    GroupRecords records = groups.get(group);
    return records == null ? 0 : records.cleanedUpTo;
  }

  @Override
  public synchronized @Nullable LogRecord read(int group, long instance) {
    GroupRecords records = groups.get(group);
    return records == null ? null : records.values.get(instance);
  }

  @Override
  public Map<Integer, String> damage() {
    return Map.of();
  }

  @Override
  public long newestBatch() {
    return 0;
  }

  @Override
  public void remains(int group, Remains visitor) {}

  @Override
  public void close() {}

  /** What one group holds. */
  private static final class GroupRecords {
    private final TreeMap<Long, LogRecord> values = new TreeMap<>();
    private @Nullable LogRecord state;
    private long cleanedUpTo;

    boolean isEmpty() {
      return state == null && values.isEmpty() && cleanedUpTo == 0;
    }

    void take(LogRecord record) {
      switch (record.kind()) {
        case STATE -> state = record;
        case VALUE -> values.put(record.instance(), record);
        case CLEAN -> {
          if (record.instance() > cleanedUpTo) {
            cleanedUpTo = record.instance();
            values.headMap(cleanedUpTo, true).clear();
          }
        }
        case DROP -> values.clear();
      }
    }
  }
}
