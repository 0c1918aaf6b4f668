package io.github.skywalker.examples.torture;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The library {@code disk.c} between the processes of nodes and their disks: it loses at SIGKILL
 * what was not synced, and fails when it is told to. There is one control page for each node.
 */
final class Shim {

  private static final int PAGE_BYTES = 4096;
  private static final int FAIL_SYNC = 0;
  private static final int FAIL_WRITE = 1;
  private static final int NO_SPACE = 2;
  private static final int SYNC_MILLIS = 4;

  private final Path library;
  private final Path directory;

  private Shim(Path library, Path directory) {
    this.library = library;
    this.directory = directory;
  }

  /**
   * Compiles it.
   *
   * @throws IOException if there is no C compiler here, or it does not know this system
   */
  static Shim compile(Path directory) throws IOException {
    Path source = directory.resolve("disk.c");
    try (InputStream in = Shim.class.getResourceAsStream("/disk.c")) {
      if (in == null) {
        throw new IOException("disk.c is not among the resources");
      }
      Files.copy(in, source);
    }
    Path library = directory.resolve("disk.so");
    Shell.run(
        "gcc",
        "-shared",
        "-fPIC",
        "-O2",
        "-o",
        library.toString(),
        source.toString(),
        "-ldl",
        "-lpthread");
    return new Shim(library, directory);
  }

  /** What a node's process must find in its environment. */
  Map<String, String> environment(int node, Path data, int keepPercent) {
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "TORTURE_DISK_ROOT", data.toString(),
        "TORTURE_DISK_CONTROL", page(node).toString(),
        "TORTURE_DISK_KEEP", Integer.toString(keepPercent));
  }

  private Path page(int node) {
    return directory.resolve("disk-" + node + ".control");
  }

  /** The control page of a node, made if it is not there. */
  Control control(int node) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(page(node).toFile(), "rw")) {
      file.setLength(PAGE_BYTES);
      return new Control(file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, PAGE_BYTES));
    }
  }

  /** What one node's disk is to do. */
  static final class Control {

    private final MappedByteBuffer page;

    private Control(MappedByteBuffer page) {
      this.page = page;
    }

    /** Whether syncs fail, and lose what they were to make durable. */
    void failSyncs(boolean fail) {
      page.put(FAIL_SYNC, (byte) (fail ? 1 : 0));
    }

    /** Whether writes fail. */
    void failWrites(boolean fail) {
      page.put(FAIL_WRITE, (byte) (fail ? 1 : 0));
    }

    /** Whether there is no space. */
    void noSpace(boolean none) {
      page.put(NO_SPACE, (byte) (none ? 1 : 0));
    }

    /** How much longer each sync takes. */
    void slowSyncs(int millis) {
      page.put(SYNC_MILLIS, (byte) millis);
      page.put(SYNC_MILLIS + 1, (byte) (millis >> 8));
    }

    /** All is as it should be. */
    void heal() {
      failSyncs(false);
      failWrites(false);
      noSpace(false);
      slowSyncs(0);
    }
  }
}
