package io.github.skywalker.examples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One of the systems of a table: measures in a process of its own, which stays warm. One that gives
 * no answer in time gets a new process, and is not asked for that case again.
 */
final class Contender implements AutoCloseable {

  private final String name;
  private final List<String> command;
  private final Path data;
  private final Map<Table.Case, List<String>> answers = new LinkedHashMap<>();
  private final Map<Table.Case, String> failures = new LinkedHashMap<>();
  private Child child;

  private Contender(String name, List<String> command, Path data, Child child) {
    this.name = name;
    this.command = command;
    this.data = data;
    this.child = child;
  }

  /** Starts its process, which is to leave what it writes in a directory of its own. */
  static Contender start(String name, List<String> command, Path data) throws IOException {
    return new Contender(name, command, data, Child.start(command));
  }

  /** Where its runs write. */
  Path data() {
    return data;
  }

  String name() {
    return name;
  }

  /** Measures a case once, and says what came of it, in a line. */
  String measure(Table.Case what, String words, Duration longest, boolean counts)
      throws IOException {
    String failed = failures.get(what);
    if (failed != null) {
      return failed;
    }
    try {
      String answer = child.ask(words, longest);
      if (counts) {
        answers.computeIfAbsent(what, key -> new ArrayList<>()).add(answer);
      }
      return answer;
    } catch (IOException none) {
      String why = "no result: " + none.getMessage();
      failures.put(what, why);
      child.kill();
      if (Files.exists(data)) {
        Run.delete(data);
      }
      child = Child.start(command);
      return why;
    }
  }

  /** Why a case has no result; null if it has. */
  @Nullable String failure(Table.Case what) {
    return failures.get(what);
  }

  /** What was answered for a case, a line of JSON for each round that counts. */
  List<String> answers(Table.Case what) {
    return answers.getOrDefault(what, List.of());
  }

  @Override
  public void close() throws IOException {
    child.close();
  }
}
