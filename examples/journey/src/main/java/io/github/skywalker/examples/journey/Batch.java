package io.github.skywalker.examples.journey;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.iq80.leveldb.WriteBatch;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one instance: each sees what those before it did, and all are written together.
 */
final class Batch implements Command.Handler<Object> {

  /** What a client is told of a SET. */
  static final String OK = "OK";

  /** Reads what was written by earlier batches. */
  interface Before {
    byte @Nullable [] get(byte[] key) throws IOException;
  }

  private final Before before;
  private final Map<ByteBuffer, Optional<byte[]>> changes = new LinkedHashMap<>();

  Batch(Before before) {
    this.before = before;
  }

  /**
   * Executes one command.
   *
   * @return {@link #OK} for a SET, the number of keys that were removed for a DEL
   */
  Object execute(Command command) throws IOException {
    return command.handle(this);
  }

  @Override
  public Object set(Command.Set set) {
    changes.put(ByteBuffer.wrap(set.key()), Optional.of(set.value()));
    return OK;
  }

  @Override
  public Object delete(Command.Delete delete) throws IOException {
    long removed = 0;
    for (byte[] key : delete.keys()) {
      if (isThere(key)) {
        changes.put(ByteBuffer.wrap(key), Optional.empty());
        removed++;
      }
    }
    return removed;
  }

  private boolean isThere(byte[] key) throws IOException {
    Optional<byte[]> changed = changes.get(ByteBuffer.wrap(key));
    if (changed != null) {
      return changed.isPresent();
    }
    return before.get(key) != null;
  }

  /** Puts all changes into a batch of LevelDB's; returns their bytes. */
  int writeTo(WriteBatch batch) {
    int bytes = 0;
    for (Map.Entry<ByteBuffer, Optional<byte[]>> change : changes.entrySet()) {
      byte[] key = change.getKey().array();
      byte[] place = Layout.data(key);
      bytes += place.length;
      if (change.getValue().isPresent()) {
        byte[] record = Seal.close(key, change.getValue().get());
        bytes += record.length;
        batch.put(place, record);
      } else {
        batch.delete(place);
      }
    }
    return bytes;
  }
}
