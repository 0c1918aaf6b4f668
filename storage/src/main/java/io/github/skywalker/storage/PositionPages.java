package io.github.skywalker.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The positions of sealed segments: in memory for the newest, in the index for the others, and made
 * again from the journal where the index fails. An error of the index ends its use and is never an
 * error of the log.
 */
final class PositionPages {

  /** Sealed segments whose positions stay in memory, because what is new is read most. */
  private static final int SEGMENTS_IN_MEMORY = 2;

  /** Positions read from the index that are kept for the next reader; 16 bytes each. */
  private static final int MAX_CACHED_POSITIONS = 1 << 20;

  private static final byte VERSION = 1;

  private static final Logger log = LoggerFactory.getLogger(PositionPages.class);

  private final SegmentIndex index;
  private final long dataIdHash;
  private final Map<Key, PositionList> cache = new LinkedHashMap<>(16, 0.75f, true);
  private long cachedPositions;
  private volatile boolean failed;

  private record Key(long segment, int group) {}

  PositionPages(SegmentIndex index, long dataIdHash) {
    this.index = index;
    this.dataIdHash = dataIdHash;
  }

  /** Writes the positions of a sealed segment to the index, unless they are there. */
  void keep(Segment segment) {
    PositionList[] positions = segment.positions();
    if (failed || positions == null || segment.indexed() || segment.retired()) {
      return;
    }
    try {
      byte[] summary = summary(segment, positions);
      if (!Arrays.equals(summary, index.summary(segment.base()))) {
        List<SegmentIndex.Entry> entries = new ArrayList<>();
        for (int i = 0; i < positions.length; i++) {
          if (positions[i].count() > 0) {
            int group = segment.groups()[i];
            entries.add(new SegmentIndex.Entry(group, encode(segment, group, positions[i])));
          }
        }
        index.put(segment.base(), entries, summary);
      }
      segment.setIndexed(true);
    } catch (IOException e) {
      fail(e);
    }
  }

  /** Leaves the positions of all but the newest segments to the index. */
  void leaveOldToIndex(Segment[] sealed) {
    for (int i = 0; i < sealed.length - SEGMENTS_IN_MEMORY; i++) {
      if (sealed[i].indexed() && !failed) {
        sealed[i].setPositions(null);
      }
    }
  }

  /** Forgets a segment that nobody needs. */
  void forget(Segment segment) {
    if (failed) {
      return;
    }
    try {
      index.remove(segment.base());
    } catch (IOException e) {
      fail(e);
    }
  }

  /** Forgets whatever the index holds of other segments than these. */
  void forgetOthers(Segment[] sealed) {
    Set<Long> known = new HashSet<>();
    for (Segment segment : sealed) {
      known.add(segment.base());
    }
    try {
      for (long base : index.segments()) {
        if (!known.contains(base)) {
          index.remove(base);
        }
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  /**
   * What a sealed segment holds of the group at a place of its groups; null if the segment was
   * retired in the meantime.
   */
  @Nullable PositionList positions(Segment segment, int at) throws IOException {
    PositionList[] inMemory = segment.positions();
    if (inMemory != null) {
      return inMemory[at];
    }
    int group = segment.groups()[at];
    Key key = new Key(segment.base(), group);
    synchronized (cache) {
      PositionList cached = cache.get(key);
      if (cached != null) {
        return cached;
      }
    }
    PositionList list = fromIndex(segment, group);
    if (list != null) {
      cache(key, list);
      return list;
    }
    if (segment.retired()) {
      return null;
    }
    log.warn("The index has lost {}; its positions are read from the journal.", segment.file());
    PositionList[] rebuilt = SegmentReplay.positions(segment);
    if (rebuilt == null) {
      return null;
    }
    segment.setPositions(rebuilt);
    segment.setIndexed(false);
    forget(segment);
    keep(segment);
    return rebuilt[at];
  }

  void close() throws IOException {
    failed = true;
    index.close();
  }

  private void cache(Key key, PositionList list) {
    synchronized (cache) {
      PositionList before = cache.put(key, list);
      cachedPositions += list.count() - (before == null ? 0 : before.count());
      var eldest = cache.entrySet().iterator();
      while (cachedPositions > MAX_CACHED_POSITIONS && cache.size() > 1) {
        cachedPositions -= eldest.next().getValue().count();
        eldest.remove();
      }
    }
  }

  private @Nullable PositionList fromIndex(Segment segment, int group) {
    if (failed) {
      return null;
    }
    try {
      byte[] bytes = index.entry(segment.base(), group);
      if (bytes == null || bytes.length < Integer.BYTES) {
        return null;
      }
      ByteBuffer entry = ByteBuffer.wrap(bytes);
      int end = bytes.length - Integer.BYTES;
      if (entryCrc(segment, group, bytes, end) != entry.getInt(end)) {
        return null;
      }
      return PositionList.decode(entry);
    } catch (IOException e) {
      fail(e);
      return null;
    }
  }

  private byte[] encode(Segment segment, int group, PositionList list) {
    ByteBuffer entry = ByteBuffer.allocate(list.maxEncodedSize() + Integer.BYTES);
    list.encode(entry);
    int end = entry.position();
    entry.putInt(entryCrc(segment, group, entry.array(), end));
    return Arrays.copyOf(entry.array(), entry.position());
  }

  private int entryCrc(Segment segment, int group, byte[] entry, int end) {
    CRC32C crc = new CRC32C();
    crc.update(
        ByteBuffer.allocate(20).putLong(dataIdHash).putLong(segment.base()).putInt(group).array());
    crc.update(entry, 0, end);
    return (int) crc.getValue();
  }

  /** Two segments with the same summary hold the same records at the same positions. */
  private byte[] summary(Segment segment, PositionList[] positions) {
    int[] groups = segment.groups();
    ByteBuffer summary = ByteBuffer.allocate(64 + groups.length * (5 + 3 * 10 + 4));
    summary
        .put(VERSION)
        .putLong(dataIdHash)
        .putLong(segment.base())
        .putLong(segment.lastBatch())
        .putInt(segment.end());
    GroupSet.encode(groups, summary);
    for (int i = 0; i < groups.length; i++) {
      Segment.Holding holding = segment.holding(i);
      Varint.put(summary, holding.first());
      Varint.put(summary, holding.last());
      Varint.put(summary, holding.bytes());
      byte[] entry = encode(segment, groups[i], positions[i]);
      summary.put(entry, entry.length - Integer.BYTES, Integer.BYTES);
    }
    int end = summary.position();
    CRC32C crc = new CRC32C();
    crc.update(summary.array(), 0, end);
    summary.putInt((int) crc.getValue());
    return Arrays.copyOf(summary.array(), summary.position());
  }

  private void fail(IOException e) {
    if (!failed) {
      failed = true;
      log.warn("The log goes on without its index: {}", e.getMessage());
    }
  }
}
