package io.github.skywalker.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.skywalker.util.Clock;
import io.github.skywalker.util.Progress;
import io.github.skywalker.util.ThreadLoop;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A data directory and its log on real files, opened as a node opens them. */
final class RealNode implements Closeable {

  private static final int SEGMENT_BYTES = 4096;

  final NodeDirectory directory;
  final Journal journal;
  private final ThreadLoop background;

  private RealNode(NodeDirectory directory, Journal journal, ThreadLoop background) {
    this.directory = directory;
    this.journal = journal;
    this.background = background;
  }

  static RealNode open(Path data) throws IOException {
    return open(data, 1);
  }

  static RealNode open(Path data, int node) throws IOException {
    return open(data, node, LevelDb.NATIVE);
  }

  static RealNode open(Path data, int node, LevelDb levelDb) throws IOException {
    FileDisk disk = new FileDisk();
    byte[] fresh = ("data of node " + node).getBytes(US_ASCII);
    NodeDirectory directory = NodeDirectory.open(disk, data, "cluster", node, fresh);
    ThreadLoop background = new ThreadLoop("background", Clock.SYSTEM);
    try {
      Journal journal =
          Journal.open(
              disk,
              directory.logDirectory(),
              directory.dataId(),
              new JournalOptions(SEGMENT_BYTES, 0, directory.hasLog()),
              background,
              LevelDbIndex.open(data.resolve("index"), 0, levelDb.factory),
              Progress.silent());
      directory.noteLog();
      return new RealNode(directory, journal, background);
    } catch (IOException | RuntimeException e) {
      background.close();
      directory.close();
      throw e;
    }
  }

  /** Ends without sealing the log, as a killed process does. */
  void kill() throws IOException {
    background.close();
    directory.close();
  }

  @Override
  public void close() throws IOException {
    journal.close();
    background.close();
    directory.close();
  }

  static List<Path> segments(Path data) throws IOException {
    try (Stream<Path> all = Files.list(data.resolve("log"))) {
      return all.filter(path -> path.toString().endsWith(SegmentFile.SUFFIX)).sorted().toList();
    }
  }

  static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 0x04;
    Files.write(file, bytes);
  }

  /** The batches with intact headers in a file. */
  static List<BatchFormat.Header> batches(Path file) throws IOException {
    return JournalBench.batches(Files.readAllBytes(file));
  }

  /** All bytes of all files below a directory, by their names. */
  static Map<String, byte[]> contents(Path data) throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(data)) {
      all.filter(Files::isRegularFile).forEach(files::add);
    }
    for (Path file : files) {
      contents.put(data.relativize(file).toString(), Files.readAllBytes(file));
    }
    return contents;
  }
}
