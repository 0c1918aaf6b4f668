package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Plays the scripts under {@code src/test/resources/transcripts}, see {@link Play}. A line that
 * begins with "> " is played; the indented ones below it are what came of it; everything else is
 * told to the reader. With {@code -Drewrite=true} what comes of the lines is written into the
 * files, for a reviewer to read.
 */
class TranscriptTest {

  private static final String UNPLAYABLE = "  cannot be played: ";
  private static final Path SCRIPTS = Path.of("src/test/resources/transcripts");

  @TestFactory
  Stream<DynamicTest> whatIsPlayedComesOutAsWritten() throws IOException {
    try (Stream<Path> scripts = Files.list(SCRIPTS)) {
      return scripts.sorted().toList().stream()
          .map(script -> DynamicTest.dynamicTest(nameOf(script), () -> check(script)));
    }
  }

  private static String nameOf(Path script) {
    return script.getFileName().toString().replace(".txt", "").replace('-', ' ');
  }

  private static void check(Path script) throws IOException {
    String written = Files.readString(script);
    String played = play(written.lines().toList());
    if (Boolean.getBoolean("rewrite")) {
      Files.writeString(script, played);
    } else {
      assertEquals(List.of(), difference(written.lines().toList(), played.lines().toList()));
    }
    assertFalse(played.contains(UNPLAYABLE));
  }

  /**
   * The first line that came out otherwise, and the one that was written; empty if there is none.
   */
  private static List<String> difference(List<String> written, List<String> played) {
    for (int i = 0; i < Math.max(written.size(), played.size()); i++) {
      String one = i < written.size() ? written.get(i) : "the end";
      String other = i < played.size() ? played.get(i) : "the end";
      if (!one.equals(other)) {
        return List.of("line " + (i + 1), "written: " + one, "played:  " + other);
      }
    }
    return List.of();
  }

  private static String play(List<String> lines) {
    Play play = new Play();
    StringBuilder played = new StringBuilder();
    for (String line : lines) {
      if (line.startsWith("> ")) {
        played.append(line).append('\n').append(outcome(play, line.substring(2)));
      } else if (!line.startsWith("  ")) {
        played.append(line).append('\n');
      }
    }
    return played.toString();
  }

  private static String outcome(Play play, String line) {
    try {
      return play.play(line);
    } catch (RuntimeException broken) {
      return UNPLAYABLE + broken + '\n';
    }
  }
}
