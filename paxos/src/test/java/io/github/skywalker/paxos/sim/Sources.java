package io.github.skywalker.paxos.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** The sources that a run depends on: those of all modules, and the simulator's own. */
final class Sources {

  private static final Path ROOT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("..").normalize();

  private static final List<String> MODULES =
      List.of("api", "util", "storage", "machine", "network", "paxos");

  private Sources() {}

  /** The top of the project. */
  static Path root() {
    return ROOT;
  }

  /** A number that is another one when any of them has changed. */
  static String fingerprint() {
    CRC32C sum = new CRC32C();
    for (String module : MODULES) {
      for (String part : List.of("src/main/java", "src/test/java")) {
        add(sum, ROOT.resolve(module).resolve(part));
      }
    }
    return Long.toHexString(sum.getValue());
  }

  /** The one production source file of this name. */
  static Path named(String name) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String module : MODULES) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
        files.filter(file -> file.endsWith(name)).forEach(found::add);
      }
    }
    if (found.size() != 1) {
      throw new IllegalStateException("Not one file of the name " + name + ": " + found);
    }
    return found.get(0);
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
