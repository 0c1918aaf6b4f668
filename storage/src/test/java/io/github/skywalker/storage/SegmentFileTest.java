package io.github.skywalker.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What is written behind a batch, so that the next ones find blocks. */
class SegmentFileTest {

  private static final int CAPACITY = 1 << 20;
  private static final int AHEAD = 128 << 10;
  private static final int BLOCK = 4096;
  private static final Path PATH = Path.of("/data/1.segment");

  private final Disk.DiskFile disk;

  SegmentFileTest() throws IOException {
    CrashDisk all = new CrashDisk(1);
    all.createDirectories(PATH.getParent());
    this.disk = all.open(PATH);
    byte[] marked = new byte[CAPACITY];
    Arrays.fill(marked, (byte) 1);
    disk.write(ByteBuffer.wrap(marked), 0);
  }

  /** Where the zeros begin and end; the file had none. */
  private String zeros() throws IOException {
    ByteBuffer all = ByteBuffer.allocate(2 * CAPACITY);
    int size = disk.read(all, 0);
    assertEquals(CAPACITY, size, "it never grows");
    int from = 0;
    while (from < size && all.get(from) != 0) {
      from++;
    }
    int to = from;
    while (to < size && all.get(to) == 0) {
      to++;
    }
    for (int i = to; i < size; i++) {
      assertEquals(1, all.get(i), "at " + i);
    }
    return from + "-" + to;
  }

  @Test
  void theFirstBatchFillsTheFileAheadOfTheNext() throws IOException {
    SegmentFile file = SegmentFile.made(PATH, disk, CAPACITY);
    file.fillAhead(0, 100);
    assertEquals("100-" + AHEAD, zeros());
    assertEquals(CAPACITY - AHEAD, file.unfilledBytes());
  }

  @Test
  void whereItIsFilledABatchStaysAsItIs() throws IOException {
    SegmentFile file = SegmentFile.made(PATH, disk, CAPACITY);
    file.fillAhead(0, 100);
    disk.write(ByteBuffer.wrap(new byte[] {1, 1, 1}), 100);
    file.fillAhead(100, 103);
    assertEquals("103-" + AHEAD, zeros());
  }

  @Test
  void theFirstBatchBeyondFillsIt() throws IOException {
    SegmentFile file = SegmentFile.made(PATH, disk, CAPACITY);
    file.fillAhead(AHEAD - 50, AHEAD + 50);
    assertEquals((AHEAD + 50) + "-" + 2 * AHEAD, zeros());
  }

  @Test
  void behindALargeBatchOnlyItsLastBlockIsFilled() throws IOException {
    SegmentFile file = SegmentFile.made(PATH, disk, CAPACITY);
    file.fillAhead(0, AHEAD + 1);
    assertEquals((AHEAD + 1) + "-" + (AHEAD + BLOCK), zeros());
  }

  @Test
  void nothingIsFilledBeyondTheEnd() throws IOException {
    SegmentFile file = SegmentFile.made(PATH, disk, CAPACITY);
    file.fillAhead(CAPACITY - 100, CAPACITY - 10);
    assertEquals((CAPACITY - 10) + "-" + CAPACITY, zeros());
    assertEquals(0, file.unfilledBytes());
  }

  @Test
  void aFileThatWasThereIsLeftAlone() throws IOException {
    SegmentFile file = SegmentFile.found(PATH, disk);
    file.fillAhead(0, 100);
    assertEquals(CAPACITY + "-" + CAPACITY, zeros());
    assertEquals(0, file.unfilledBytes());
  }
}
