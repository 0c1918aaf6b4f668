package io.github.skywalker.storage;

import static io.github.skywalker.storage.JournalBench.clean;
import static io.github.skywalker.storage.JournalBench.state;
import static io.github.skywalker.storage.JournalBench.text;
import static io.github.skywalker.storage.JournalBench.value;
import static io.github.skywalker.storage.JournalBench.write;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.Progress;
import io.github.skywalker.util.ThreadLoop;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The journal and its index on real files, with either LevelDB. */
@ParameterizedClass
@EnumSource(LevelDb.class)
class RealDiskTest {

  private static final byte[] DATA_ID = "real".getBytes(US_ASCII);

  @TempDir private Path directory;
  @Parameter private LevelDb levelDb;
  private final ThreadLoop background = new ThreadLoop("background", Clock.SYSTEM);
  private final FileDisk disk = new FileDisk();

  @AfterEach
  void closeLoop() {
    background.close();
  }

  @Test
  void theLogIsThereAgainWithItsIndexAndWithoutIt() throws IOException {
    Journal journal = open();
    write(journal, state(1, "s"));
    for (int i = 1; i <= 500; i++) {
      write(journal, value(0, i, "v" + i));
    }
    write(journal, clean(0, 100));
    for (int round = 0; round < 3; round++) {
      assertEquals("s", text(journal.state(1)));
      assertNull(journal.read(0, 100));
      assertEquals("\7v101", text(journal.read(0, 101)));
      assertEquals("\7v500", text(journal.read(0, 500)));
      journal.close();
      if (round == 1) {
        for (String name : disk.list(indexDirectory())) {
          Files.delete(indexDirectory().resolve(name));
        }
      }
      journal = open();
    }
    journal.close();
  }

  /** Whole pages go past the system's cache, and what is read comes through it. */
  @Test
  void whatIsWrittenAsWholePagesAndOtherwiseIsReadAsItWasWrittenLast() throws IOException {
    byte[] expected = new byte[16 * Disk.PAGE_BYTES];
    ByteBuffer outside =
        ByteBuffer.allocateDirect(expected.length + 2 * Disk.PAGE_BYTES)
            .alignedSlice(Disk.PAGE_BYTES);
    Random random = new Random(7);
    try (Disk.DiskFile file = disk.open(directory.resolve("mixed"))) {
      file.write(ByteBuffer.wrap(expected), 0);
      for (int round = 0; round < 200; round++) {
        int unit = round % 2 == 0 ? Disk.PAGE_BYTES : 1;
        int at = random.nextInt(expected.length / unit) * unit;
        int length = (1 + random.nextInt((expected.length - at) / unit)) * unit;
        byte[] some = new byte[length];
        random.nextBytes(some);
        System.arraycopy(some, 0, expected, at, length);
        file.write(outside.clear().put(some).flip(), at);
        ByteBuffer found = ByteBuffer.allocate(expected.length);
        assertEquals(expected.length, file.read(found, 0));
        assertArrayEquals(expected, found.array(), "after round " + round);
      }
      file.force();
    }
  }

  @Test
  void cleaningThroughTheWriterGivesTheDiskItsSpaceBack() throws Exception {
    Journal journal = open();
    ThreadLoop loop = new ThreadLoop("log", Clock.SYSTEM);
    long full;
    try (LogWriter writer =
        new LogWriter(journal, loop, Clock.SYSTEM, (records, bytes, nanos) -> {}, 1 << 20)) {
      for (int i = 1; i <= 500; i++) {
        append(writer, value(0, i, "x".repeat(1000)), value(1, i, "y")).get(30, SECONDS);
      }
      full = segmentBytes();
      assertTrue(full > 500_000, full + " bytes");
      append(writer, clean(0, 500), clean(1, 499)).get(30, SECONDS);
      long end = System.nanoTime() + SECONDS.toNanos(30);
      while (segmentBytes() > (SegmentFiles.MAX_FREE + 2) * 4096) {
        assertTrue(System.nanoTime() < end, segmentBytes() + " bytes are left of " + full);
        LockSupport.parkNanos(1_000_000);
      }
      assertNull(journal.read(0, 500));
      assertEquals("\7y", text(journal.read(1, 500)));
    }
    loop.close();
    journal = open();
    assertEquals(500, journal.cleanedUpTo(0));
    assertEquals("\7y", text(journal.read(1, 500)));
    journal.close();
  }

  private static CompletableFuture<Void> append(LogWriter writer, LogRecord... records) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    writer.append(
        List.of(records),
        new LogWriter.Completion() {
          @Override
          public void synced() {
            done.complete(null);
          }

          @Override
          public void failed(IOException why) {
            done.completeExceptionally(why);
          }
        });
    return done;
  }

  private long segmentBytes() throws IOException {
    long sum = 0;
    for (String name : disk.list(directory.resolve("log"))) {
      if (name.endsWith(SegmentFile.SUFFIX)) {
        try {
          sum += Files.size(directory.resolve("log").resolve(name));
        } catch (NoSuchFileException deletedMeanwhile) {
          // Nothing is left of it.
        }
      }
    }
    return sum;
  }

  @Test
  void anIndexFullOfGarbageIsMadeAgain() throws IOException {
    Journal journal = open();
    for (int i = 1; i <= 500; i++) {
      write(journal, value(0, i, "v" + i));
    }
    journal.close();
    for (String name : disk.list(indexDirectory())) {
      byte[] bytes = Files.readAllBytes(indexDirectory().resolve(name));
      for (int at = 0; at < bytes.length; at += 7) {
        bytes[at] ^= 0x55;
      }
      Files.write(indexDirectory().resolve(name), bytes);
    }
    journal = open();
    for (int i = 1; i <= 500; i++) {
      assertEquals("\7v" + i, text(journal.read(0, i)));
    }
    journal.close();
  }

  @Test
  void levelDbKeepsEntriesBySegment() throws IOException {
    try (LevelDbIndex index = LevelDbIndex.open(indexDirectory(), 0, levelDb.factory)) {
      for (long segment : new long[] {1, 300, 70_000}) {
        index.put(
            segment,
            List.of(
                new SegmentIndex.Entry(0, new byte[] {1}),
                new SegmentIndex.Entry(Integer.MAX_VALUE, new byte[] {2})),
            new byte[] {(byte) segment});
      }
      index.remove(300);
      assertEquals(List.of(1L, 70_000L), index.segments());
      assertNull(index.entry(300, 0));
      assertNull(index.summary(300));
    }
    try (LevelDbIndex index = LevelDbIndex.open(indexDirectory(), 0, levelDb.factory)) {
      assertEquals(List.of(1L, 70_000L), index.segments());
      assertEquals(2, index.entry(1, Integer.MAX_VALUE)[0]);
      assertEquals(1, index.entry(70_000, 0)[0]);
      assertNull(index.entry(1, 1));
    }
  }

  @Test
  void levelDbWritesNothingBelowTheReserve() throws IOException {
    try (LevelDbIndex index =
        LevelDbIndex.open(indexDirectory(), Long.MAX_VALUE, levelDb.factory)) {
      assertThrows(IOException.class, () -> index.put(1, List.of(), new byte[1]));
    }
    assertEquals(List.of(), disk.list(indexDirectory()));
  }

  @Test
  void aLockKeepsOthersOutUntilItIsClosed() throws IOException {
    Path lock = directory.resolve("lock");
    Closeable held = disk.lock(lock);
    IOException e = assertThrows(IOException.class, () -> disk.lock(lock));
    assertTrue(e.getMessage().contains(lock.toString()), e.getMessage());
    held.close();
    disk.lock(lock).close();
  }

  @Test
  void aReaderThatIsInterruptedDoesNotHarmTheWriter() throws Exception {
    try (Disk.DiskFile file = disk.open(directory.resolve("a"))) {
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
      Thread reader =
          new Thread(
              () -> {
                Thread.currentThread().interrupt();
                assertThrows(IOException.class, () -> file.read(ByteBuffer.allocate(3), 0));
              });
      reader.start();
      reader.join();
      file.write(ByteBuffer.wrap(new byte[] {4}), 3);
      file.force();
      ByteBuffer into = ByteBuffer.allocate(10);
      assertEquals(4, file.read(into, 0));
      assertEquals(4, into.get(3));
      assertEquals(0, file.read(into, 4));
    }
  }

  @Test
  void theDataDirectoryOnARealDiskIsFormattedAndOpenedAgain() throws IOException {
    Path node = directory.resolve("a/b");
    for (int boot = 1; boot <= 3; boot++) {
      try (NodeDirectory opened = NodeDirectory.open(disk, node, "c", 1, DATA_ID)) {
        assertEquals(boot, opened.bootCount());
      }
    }
  }

  private Path indexDirectory() {
    return directory.resolve("log/index");
  }

  private Journal open() throws IOException {
    Files.createDirectories(indexDirectory());
    return Journal.open(
        disk,
        directory.resolve("log"),
        DATA_ID,
        new JournalOptions(4096, 0, false),
        background,
        LevelDbIndex.open(indexDirectory(), 0, levelDb.factory),
        Progress.silent());
  }
}
