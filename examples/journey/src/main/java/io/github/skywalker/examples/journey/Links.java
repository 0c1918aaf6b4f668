package io.github.skywalker.examples.journey;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.DBIterator;
import org.iq80.leveldb.WriteBatch;

/**
 * Shows, when a database is opened, that no batch is missing from its middle.
 *
 * <p>LevelDB writes its log without a sync, and after a crash passes over what it cannot read
 * there, in silence, although whole batches follow. So each batch leaves a link, an empty record
 * under the next number, and {@link Applied} says which links must be there. A suffix may be lost:
 * then the older {@link Applied} stands, and says so. A gap is damage.
 *
 * <p>A batch can be missing only while it is in LevelDB's log and in no table. Links older than
 * that are removed.
 */
final class Links {

  /** More than LevelDB can hold in its log: two write buffers, and a batch that fills one more. */
  static final long WINDOW_BYTES = 3L * Engine.WRITE_BUFFER_BYTES;

  /** What a link and {@link Applied} add to each batch. */
  private static final int OWN_BYTES = 40;

  /** The bytes of each batch that has a link, oldest first. */
  private final Deque<Integer> bytes = new ArrayDeque<>();

  private final long windowBytes;
  private long totalBytes;
  private long oldest;
  private long newest;

  private Links(Applied from, long windowBytes) {
    this.windowBytes = windowBytes;
    this.oldest = from.oldestLink();
    this.newest = from.newestLink();
    for (long number = oldest; number <= newest; number++) {
      bytes.addLast(0);
    }
  }

  /**
   * The links of a database that was just opened.
   *
   * @throws DamageException if there is a gap
   */
  static Links open(DB db, Applied applied, long windowBytes) throws IOException {
    try (DBIterator links = db.iterator(Engine.verified())) {
      long expected = applied.oldestLink();
      links.seek(Layout.link(expected));
      while (links.hasNext()) {
        byte[] key = links.next().getKey();
        if (!Layout.isLink(key)) {
          break;
        }
        if (Layout.numberOf(key) != expected) {
          throw new DamageException("batch " + expected + " is missing from its middle");
        }
        expected++;
      }
      if (expected != applied.newestLink() + 1) {
        throw new DamageException("batch " + expected + " is missing from its end");
      }
    }
    return new Links(applied, windowBytes);
  }

  /**
   * Adds the next link to a batch, and takes out those that need not be there any more.
   *
   * @param batch the batch, to be written next
   * @param batchBytes what else it holds
   * @param instance the instance whose commands it holds
   * @return what the batch must say
   */
  Applied extend(WriteBatch batch, int batchBytes, long instance) {
    newest++;
    batch.put(Layout.link(newest), new byte[0]);
    bytes.addLast(OWN_BYTES + batchBytes);
    totalBytes += OWN_BYTES + batchBytes;
    while (totalBytes - bytes.getFirst() >= windowBytes) {
      totalBytes -= bytes.removeFirst();
      batch.delete(Layout.link(oldest));
      oldest++;
    }
    return new Applied(instance, oldest, newest);
  }
}
