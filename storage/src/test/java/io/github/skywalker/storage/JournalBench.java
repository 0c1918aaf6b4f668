package io.github.skywalker.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.skywalker.storage.LogRecord.Kind;
import io.github.skywalker.util.Progress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** A journal on a virtual disk, and what tests do with it. */
final class JournalBench {

  static final Path DIRECTORY = Path.of("/data/log");
  static final byte[] DATA_ID = "this disk".getBytes(US_ASCII);

  final CrashDisk disk;
  final StepLoop background = new StepLoop();
  SegmentIndex index = new MemoryIndex();
  int segmentBytes = 4096;
  long reserveBytes;
  boolean mustExist;
  Progress progress = Progress.silent();
  byte[] dataId = DATA_ID;

  JournalBench(long seed) {
    this.disk = new CrashDisk(seed);
  }

  Journal open() throws IOException {
    return Journal.open(
        disk,
        DIRECTORY,
        dataId,
        new JournalOptions(segmentBytes, reserveBytes, mustExist),
        background,
        index,
        progress);
  }

  /** Ends the process with the power, and opens the log again. */
  Journal crashAndOpen() throws IOException {
    disk.crash();
    background.drop();
    return open();
  }

  static void write(Journal journal, LogRecord... records) throws IOException {
    journal.append(List.of(records));
    journal.sync();
  }

  /** Does all the upkeep that an idle log asks for. */
  void upkeep(Journal journal) throws IOException {
    for (int i = 0; i < 10_000; i++) {
      List<LogRecord> records = journal.upkeep(true);
      if (records == null) {
        background.runAll();
        return;
      }
      journal.append(records);
      journal.sync();
    }
    throw new AssertionError("The log never comes to rest.");
  }

  static LogRecord value(int group, long instance, String text) {
    return new LogRecord(group, Kind.VALUE, instance, new byte[] {7}, text.getBytes(US_ASCII));
  }

  static LogRecord state(int group, String text) {
    return new LogRecord(group, Kind.STATE, 0, text.getBytes(US_ASCII), LogRecord.EMPTY);
  }

  static LogRecord clean(int group, long upTo) {
    return new LogRecord(group, Kind.CLEAN, upTo, LogRecord.EMPTY, LogRecord.EMPTY);
  }

  static LogRecord drop(int group) {
    return new LogRecord(group, Kind.DROP, 0, LogRecord.EMPTY, LogRecord.EMPTY);
  }

  static String text(LogRecord record) {
    assertNotNull(record);
    return new String(record.head(), US_ASCII) + new String(record.body(), US_ASCII);
  }

  List<Path> segments() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String name : disk.list(DIRECTORY)) {
      if (name.endsWith(SegmentFile.SUFFIX)) {
        found.add(DIRECTORY.resolve(name));
      }
    }
    return found;
  }

  byte[] content(Path file) throws IOException {
    try (Disk.DiskFile open = disk.open(file)) {
      ByteBuffer into = ByteBuffer.allocate((int) open.size());
      open.read(into, 0);
      return into.array();
    }
  }

  /** Where batches with intact headers begin in a file, from its beginning on. */
  List<BatchFormat.Header> batches(Path file) throws IOException {
    return batches(content(file));
  }

  static List<BatchFormat.Header> batches(byte[] bytes) {
    ByteBuffer content = ByteBuffer.wrap(bytes);
    List<BatchFormat.Header> found = new ArrayList<>();
    CRC32C crc = new CRC32C();
    BatchFormat.Header next = SegmentScan.next(content, 0, crc);
    while (next != null) {
      found.add(next);
      next = SegmentScan.next(content, next.end(), crc);
    }
    return found;
  }

  void flip(Path file, int at) throws IOException {
    disk.damage(
        file,
        bytes -> {
          bytes[at] ^= 0x10;
          return bytes;
        });
  }

  static void assertSame(LogStore expected, LogStore actual, int groups, long instances)
      throws IOException {
    assertEquals(expected.groups(), actual.groups());
    for (int group = 0; group < groups; group++) {
      assertEquals(expected.last(group), actual.last(group), "last of " + group);
      assertEquals(expected.cleanedUpTo(group), actual.cleanedUpTo(group), "cleaned of " + group);
      assertSame(expected.state(group), actual.state(group), "state of " + group);
      for (long instance = 1; instance <= instances; instance++) {
        assertSame(
            expected.read(group, instance),
            actual.read(group, instance),
            "value of " + group + " at " + instance);
      }
    }
  }

  private static void assertSame(LogRecord expected, LogRecord actual, String what) {
    assertEquals(expected == null, actual == null, what);
    if (expected != null) {
      assertEquals(expected.kind(), actual.kind(), what);
      assertEquals(expected.group(), actual.group(), what);
      assertEquals(expected.instance(), actual.instance(), what);
      assertArrayEquals(expected.head(), actual.head(), what);
      assertArrayEquals(expected.body(), actual.body(), what);
    }
  }
}
