package io.github.skywalker.paxos.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** The sources that a run depends on: those of all modules, and the simulator's own. */
final class Sources {

  private static final Path ROOT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("..").normalize();

  private Sources() {}

  /** The top of the project. */
  static Path root() {
    return ROOT;
  }

  /** A number that is another one when any of them has changed. */
  static String fingerprint() {
    CRC32C sum = new CRC32C();
    for (String module : List.of("api", "util", "storage", "machine", "network", "paxos")) {
      for (String part : List.of("src/main/java", "src/test/java")) {
        add(sum, ROOT.resolve(module).resolve(part));
      }
    }
    return Long.toHexString(sum.getValue());
  }

  private static void add(CRC32C sum, Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        sum.update(Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
