package io.github.skywalker.paxos.sim;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Properties;

/** The figures of pieces that are done, for one state of the sources: others do not count. */
final class FiguresFile {

  private final Path directory;

  FiguresFile(Path directory, String sources) {
    this.directory = directory.resolve(sources);
  }

  private Path file(long from, int many) {
    return directory.resolve(from + "-" + (from + many - 1) + ".properties");
  }

  /** The figures of a piece; null if it is not done. */
  Figures read(long from, int many) throws IOException {
    Path file = file(from, many);
    if (!Files.exists(file)) {
      return null;
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    }
    Figures figures = new Figures();
    for (String what : properties.stringPropertyNames()) {
      figures.add(what, Long.parseLong(properties.getProperty(what)));
    }
    return figures;
  }

  void write(long from, int many, Figures figures) throws IOException {
    Files.createDirectories(directory);
    Path aside = directory.resolve("aside");
    try (BufferedWriter out = Files.newBufferedWriter(aside, StandardCharsets.UTF_8)) {
      for (Map.Entry<String, Long> each : figures.counts().entrySet()) {
        out.write(each.getKey().replace(" ", "\\ ").replace(":", "\\:"));
        out.write(" = " + each.getValue() + "\n");
      }
    }
    Files.move(aside, file(from, many), StandardCopyOption.REPLACE_EXISTING);
  }
}
