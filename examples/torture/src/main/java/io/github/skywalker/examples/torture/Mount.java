package io.github.skywalker.examples.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small disk of its own for one node, in memory, that can really be full. */
final class Mount implements AutoCloseable {

  private static final int PIECE_BYTES = 1 << 20;

  private final Path directory;

  private Mount(Path directory) {
    this.directory = directory;
  }

  /**
   * Mounts it.
   *
   * @throws IOException if that is not permitted here
   */
  static Mount at(Path directory, int mebibytes) throws IOException {
    Files.createDirectories(directory);
    Shell.run(
        "mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "torture", directory.toString());
    return new Mount(directory);
  }

  /** Fills it up to the last byte, or so that a little is left. */
  void fill(long leftBytes) throws IOException {
    Path filler = directory.resolve("filler");
    try (var out = Files.newOutputStream(filler)) {
      byte[] piece = new byte[PIECE_BYTES];
      while (true) {
        long usable = Files.getFileStore(directory).getUsableSpace() - leftBytes;
        if (usable <= 0) {
          return;
        }
        out.write(piece, 0, (int) Math.min(usable, PIECE_BYTES));
      }
    } catch (IOException full) {
      // That is what was wanted: somebody else took the last bytes.
    }
  }

  /** Frees it again. */
  void free() throws IOException {
    Files.deleteIfExists(directory.resolve("filler"));
  }

  @Override
  public void close() throws IOException {
    Shell.run("umount", "-l", directory.toString());
  }
}
