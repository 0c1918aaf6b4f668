package io.github.skywalker.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.util.Mutator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Whatever a file holds is taken for what was written, or refused in order. */
class MutatedFilesTest {

  private static final Path FILE = Path.of("node.meta");

  private final NodeMeta meta =
      new NodeMeta(
          "a cluster",
          3,
          new byte[16],
          7,
          true,
          2_000_000_000L,
          new TreeMap<>(java.util.Map.of(1, new byte[16], 2, new byte[] {5})));

  @Test
  void nodeMetaIsReadAsItWasWrittenOrCalledDamaged() throws Exception {
    new Mutator(1, meta.encode())
        .check(
            DamagedException.class,
            input -> assertEquals(meta.bootCount(), NodeMeta.decode(input, FILE).bootCount()));
  }

  /** Even where the checksum is right, a number in the file is no reason to take memory. */
  @Test
  void nodeMetaWithARightChecksumIsReadOrCalledDamaged() throws Exception {
    byte[] sealed = meta.encode();
    new Mutator(2, Arrays.copyOf(sealed, sealed.length - Integer.BYTES))
        .check(DamagedException.class, input -> NodeMeta.decode(sealed(input), FILE));
  }

  /** With the checksum that these bytes should have. */
  private static byte[] sealed(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return ByteBuffer.allocate(bytes.length + Integer.BYTES)
        .put(bytes)
        .putInt((int) crc.getValue())
        .array();
  }

  /** One bit makes two dots of a dot and a comma. */
  private static final CheckpointManifest MANIFEST =
      new CheckpointManifest(
          7,
          1_000,
          new byte[] {1, 2, 3},
          List.of(
              new CheckpointManifest.Item("machine-1001/entries", 5_000, 77),
              new CheckpointManifest.Item("machine-1001/.,/a part", 0, 0),
              new CheckpointManifest.Item(".,/last", 1L << 40, -1)));

  @Test
  void aManifestIsReadAsItWasWrittenOrCalledDamaged() throws Exception {
    byte[] written = MANIFEST.encode();
    new Mutator(5, written)
        .check(
            DamagedException.class,
            input -> assertArrayEquals(written, CheckpointManifest.decode(input).encode()));
  }

  /** A peer can make the checksum right: what it names lies below the checkpoint all the same. */
  @Test
  void aManifestWithARightChecksumNamesOnlyPlainFilesBelowItsDirectory() throws Exception {
    byte[] written = MANIFEST.encode();
    Path directory = Path.of("/groups/7/checkpoint-1000");
    new Mutator(6, Arrays.copyOf(written, written.length - Integer.BYTES))
        .check(
            DamagedException.class,
            input -> {
              CheckpointManifest read = CheckpointManifest.decode(sealed(input));
              assertArrayEquals(read.encode(), CheckpointManifest.decode(read.encode()).encode());
              Set<Path> named = new HashSet<>();
              for (CheckpointManifest.Item each : read.files()) {
                Path file = directory.resolve(each.name());
                assertEquals(file.normalize(), file);
                assertTrue(file.startsWith(directory) && named.add(file), each.name());
              }
            });
  }

  /** One of the two places is as it was written: it serves where the other one cannot be read. */
  @Test
  void theMarkSaysWhatWasWrittenToOneOfItsPlaces() throws Exception {
    CrashDisk disk = new CrashDisk(1);
    Path file = Path.of("/mark");
    Mark mark = Mark.open(disk, Path.of("/"), 11);
    Mark.Reached older = new Mark.Reached(5, false);
    Mark.Reached newer = new Mark.Reached(6, true);
    mark.write(older);
    mark.write(newer);
    mark.close();
    byte[] whole = new byte[PLACE_BYTES + PLACE_BYTES];
    try (Disk.DiskFile written = disk.open(file)) {
      written.read(ByteBuffer.wrap(whole), 0);
    }
    new Mutator(7, Arrays.copyOfRange(whole, PLACE_BYTES, PLACE_BYTES + 29))
        .check(
            DamagedException.class,
            input -> {
              byte[] content = whole.clone();
              System.arraycopy(input, 0, content, PLACE_BYTES, Math.min(input.length, PLACE_BYTES));
              disk.damage(file, before -> content);
              Mark.Reached read = Mark.read(disk, Path.of("/"), 11);
              if (older.equals(read)) {
                throw new DamagedException("as it should be");
              }
              assertEquals(newer, read);
            });
  }

  private static final int PLACE_BYTES = 4096;

  /** Batches that are called intact are those that were written. */
  @Test
  void aSegmentHoldsTheBatchesThatWereWrittenOrBrokenOnes() throws Exception {
    new Mutator(4, segment())
        .check(
            DamagedException.class,
            input -> {
              ByteBuffer content = ByteBuffer.wrap(input);
              CRC32C crc = new CRC32C();
              int intact = 0;
              int from = 0;
              for (BatchFormat.Header batch = SegmentScan.next(content, from, crc);
                  batch != null;
                  batch = SegmentScan.next(content, from, crc)) {
                assertEquals(7, batch.groups(content)[0]);
                batch.testimonies(content);
                from = batch.offset() + BatchFormat.ALIGNMENT;
                if (batch.recordsIntact(content, crc)) {
                  intact++;
                  from = batch.end();
                  long number = batch.number();
                  SegmentReplay.records(
                      content,
                      batch,
                      (code, group, instance, offset, length) -> {
                        assertEquals(7, group);
                        assertEquals(number, instance);
                      });
                }
              }
              if (intact < BATCHES) {
                throw new DamagedException("as it should be");
              }
            });
  }

  private static final int BATCHES = 4;
  private static final int CAPACITY = 1 << 16;

  private static byte[] segment() throws IOException {
    BatchWriter writer = new BatchWriter(11);
    Batch batch = new Batch();
    int[] groups = {7};
    int end = 0;
    try (Disk.DiskFile file = new CrashDisk(1).open(Path.of("/segment"))) {
      for (int number = 1; number <= BATCHES; number++) {
        batch.take(
            List.of(
                new LogRecord(
                    7, LogRecord.Kind.VALUE, number, new byte[38], new byte[30 * number])),
            group -> 0);
        writer.write(file, CAPACITY, end, batch, number, 1, 1, groups, List.of());
        end += BatchWriter.size(batch, groups, List.of());
      }
      ByteBuffer segment = ByteBuffer.allocate(end);
      file.read(segment, 0);
      return segment.array();
    }
  }

  /** A page of the index is what was written to it, or nothing. */
  @Test
  void aPageOfTheIndexIsReadAsItWasWrittenOrNotAtAll() throws Exception {
    PositionList list = new PositionList();
    for (int i = 1; i <= 20; i++) {
      list.put(1_000 + i, 100 * i, 90);
    }
    Segment segment = new Segment(null, 5);
    segment.seal(9, 10_000, new int[] {7}, new PositionList[] {list});
    Page page = new Page();
    new PositionPages(page, 11).keep(segment);
    segment.setPositions(null);
    segment.retire(); // What is lost is not read from the journal again.
    byte[] written = page.bytes;
    int end = list.count() - 1;
    new Mutator(3, written)
        .check(
            IOException.class,
            input -> {
              page.bytes = input;
              PositionList read = new PositionPages(page, 11).positions(segment, 0);
              if (read == null) {
                throw new IOException("as it should be");
              }
              assertEquals(list.count(), read.count());
              assertEquals(list.instance(end), read.instance(end));
            });
  }

  /** An index of one page. */
  private static final class Page implements SegmentIndex {
    private byte[] bytes;

    @Override
    public void put(long segment, List<Entry> entries, byte[] summary) {
      bytes = entries.get(0).bytes();
    }

    @Override
    public byte[] summary(long segment) {
      return null;
    }

    @Override
    public byte[] entry(long segment, int group) {
      return bytes;
    }

    @Override
    public void remove(long segment) {}

    @Override
    public List<Long> segments() {
      return List.of();
    }

    @Override
    public void close() {}
  }
}
