package io.github.skywalker.paxos.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The broken variants: what a simulator must be able to find, or its silence means nothing. They
 * stand in {@code src/test/resources/mutants}, each as a paragraph:
 *
 * <pre>
 * what it does wrong
 * rule: what it breaks
 * scenario: of which its seeds are, if not of the swarm
 * seeds: some that find it
 * in: Source.java
 * - what stands there
 * + what stands there instead
 * </pre>
 */
final class Mutants {

  private Mutants() {}

  static List<Mutant> all() throws IOException {
    List<Mutant> all = new ArrayList<>();
    Path folder = Sources.root().resolve("paxos/src/test/resources/mutants");
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        all.addAll(read(file));
      }
    }
    return all;
  }

  private static List<Mutant> read(Path file) throws IOException {
    List<Mutant> mutants = new ArrayList<>();
    List<String> paragraph = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith("#")) {
        continue;
      }
      if (!line.isBlank()) {
        paragraph.add(line);
      } else if (!paragraph.isEmpty()) {
        mutants.add(new Paragraph(file).read(paragraph));
        paragraph.clear();
      }
    }
    if (!paragraph.isEmpty()) {
      mutants.add(new Paragraph(file).read(paragraph));
    }
    return mutants;
  }

  /** Reads one of them. */
  private static final class Paragraph {
    private final Path file;
    private final StringBuilder rule = new StringBuilder();
    private final List<Long> seeds = new ArrayList<>();
    private final List<Mutant.Edit> edits = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder replacement = new StringBuilder();
    private Scenario scenario = Scenario.SWARM;
    private String source = "";

    Paragraph(Path file) {
      this.file = file;
    }

    Mutant read(List<String> lines) {
      for (String line : lines.subList(1, lines.size())) {
        take(line);
      }
      endEdit();
      if (rule.isEmpty() || edits.isEmpty()) {
        throw new IllegalStateException(file + ": no rule, or no edit: " + lines.get(0));
      }
      List<Seed> its = seeds.stream().map(number -> new Seed(scenario, number)).toList();
      return new Mutant(lines.get(0), rule.toString(), List.copyOf(edits), scenario, its);
    }

    private void take(String line) {
      if (line.startsWith("rule: ")) {
        rule.append(line.substring(6));
      } else if (line.startsWith("  ")) {
        rule.append(line.substring(1));
      } else if (line.startsWith("scenario: ")) {
        scenario = Scenario.named(line.substring(10));
      } else if (line.startsWith("seeds: ")) {
        for (String seed : line.substring(7).split(" ", -1)) {
          seeds.add(Long.parseLong(seed));
        }
      } else if (line.startsWith("in: ")) {
        endEdit();
        source = line.substring(4);
      } else if (line.startsWith("- ")) {
        if (!replacement.isEmpty()) {
          endEdit();
        }
        text.append(line.substring(2)).append('\n');
      } else if (line.equals("+") || line.startsWith("+ ")) {
        replacement.append(line.substring(1)).append('\n');
      } else {
        throw new IllegalStateException(file + ": what is this? " + line);
      }
    }

    private void endEdit() {
      if (!text.isEmpty()) {
        edits.add(new Mutant.Edit(source, text.toString(), replacement.toString()));
        text.setLength(0);
        replacement.setLength(0);
      }
    }
  }
}
