package io.github.skywalker.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A file system of its own, so small that it can be filled. Where the process may not mount one,
 * the test that asks for it is passed over, and says so.
 */
public final class SmallMount implements Closeable {

  private final Path directory;

  private SmallMount(Path directory) {
    this.directory = directory;
  }

  /** Mounts one, in memory, at a directory that is there. */
  public static SmallMount at(Path directory, int mebibytes) throws IOException {
    String refused =
        run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", directory.toString());
    Assumptions.assumeTrue(
        refused == null, "A small file system cannot be mounted here: " + refused);
    return new SmallMount(directory);
  }

  /** Lets nobody write to it any more, or lets them again. */
  public void readOnly(boolean now) throws IOException {
    String refused = run("mount", "-o", "remount," + (now ? "ro" : "rw"), directory.toString());
    if (refused != null) {
      throw new IOException(refused);
    }
  }

  /** Fills it, but for so many bytes; what is returned can be deleted. */
  public Path fill(long bytesLeft) throws IOException {
    Path filler = directory.resolve("filler");
    byte[] piece = new byte[64 << 10];
    try (var out = Files.newOutputStream(filler)) {
      long left = Files.getFileStore(directory).getUsableSpace() - bytesLeft;
      while (left > 0) {
        int length = (int) Math.min(left, piece.length);
        out.write(piece, 0, length);
        left -= length;
      }
    }
    return filler;
  }

  /** What a command has to complain of; null if nothing. */
  private static String run(String... command) throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      return e.getMessage();
    }
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return Arrays.toString(command) + " does not end";
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return process.exitValue() == 0 ? null : said.strip();
  }

  @Override
  public void close() throws IOException {
    String refused = run("umount", directory.toString());
    if (refused != null) {
      throw new IOException(refused);
    }
  }
}
