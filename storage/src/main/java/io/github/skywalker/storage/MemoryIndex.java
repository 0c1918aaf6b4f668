package io.github.skywalker.storage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** An index that is gone when the process is: for simulation and tests. */
public final class MemoryIndex implements SegmentIndex {

  private final Map<Long, byte[]> summaries = new TreeMap<>();
  private final Map<Long, Map<Integer, byte[]>> entries = new HashMap<>();

  @Override
  public synchronized void put(long segment, List<Entry> all, byte[] summary) {
    Map<Integer, byte[]> ofSegment = new HashMap<>();
    for (Entry entry : all) {
      ofSegment.put(entry.group(), entry.bytes());
    }
    entries.put(segment, ofSegment);
    summaries.put(segment, summary);
  }

  @Override
  public synchronized byte @Nullable [] entry(long segment, int group) {
    Map<Integer, byte[]> ofSegment = entries.get(segment);
    return ofSegment == null ? null : ofSegment.get(group);
  }

  @Override
  public synchronized byte @Nullable [] summary(long segment) {
    return summaries.get(segment);
  }

  @Override
  public synchronized List<Long> segments() {
    return new ArrayList<>(summaries.keySet());
  }

  @Override
  public synchronized void remove(long segment) {
    entries.remove(segment);
    summaries.remove(segment);
  }

  @Override
  public void close() {}
}
