package io.github.skywalker.storage;

import static io.github.skywalker.storage.JournalBench.clean;
import static io.github.skywalker.storage.JournalBench.state;
import static io.github.skywalker.storage.JournalBench.text;
import static io.github.skywalker.storage.JournalBench.value;
import static io.github.skywalker.storage.JournalBench.write;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.ThreadLoop;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal and its index on real files. */
class RealDiskTest {

  private static final byte[] DATA_ID = "real".getBytes(US_ASCII);

  @TempDir private Path directory;
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
    try (LevelDbIndex index = LevelDbIndex.open(indexDirectory(), 0)) {
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
    try (LevelDbIndex index = LevelDbIndex.open(indexDirectory(), 0)) {
      assertEquals(List.of(1L, 70_000L), index.segments());
      assertEquals(2, index.entry(1, Integer.MAX_VALUE)[0]);
      assertEquals(1, index.entry(70_000, 0)[0]);
      assertNull(index.entry(1, 1));
    }
  }

  @Test
  void levelDbWritesNothingBelowTheReserve() throws IOException {
    try (LevelDbIndex index = LevelDbIndex.open(indexDirectory(), Long.MAX_VALUE)) {
      assertThrows(IOException.class, () -> index.put(1, List.of(), new byte[1]));
      assertTrue(index.segments().isEmpty());
    }
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
        LevelDbIndex.open(indexDirectory(), 0),
        (done, total) -> {});
  }
}
