package io.github.skywalker.examples.torture;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What all clients did, in the order in which it was noted. Any thread may add to it. */
final class History {

  private final List<Step> steps = new ArrayList<>();

  /** Notes a step. */
  synchronized void add(Step step) {
    steps.add(step);
  }

  /** How many steps there are. */
  synchronized int size() {
    return steps.size();
  }

  /** All steps until now. */
  synchronized List<Step> steps() {
    return List.copyOf(steps);
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it is no history; the message says where
   */
  static History read(Path file) throws IOException {
    try (BufferedReader in = Files.newBufferedReader(file)) {
      return read(file.toString(), in);
    }
  }

  /** The same, from anywhere. */
  static History read(String name, BufferedReader in) throws IOException {
    History history = new History();
    int number = 0;
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        if (!line.isBlank()) {
          history.add(Step.parse(line));
        }
      }
    } catch (CharacterCodingException wrong) {
      throw new IllegalArgumentException(
          name + ", behind line " + number + ": not text in UTF-8", wrong);
    } catch (IllegalArgumentException wrong) {
      throw new IllegalArgumentException(
          name + ", line " + number + ": " + wrong.getMessage(), wrong);
    }
    return history;
  }

  /** Writes a file, one line of JSON for each step. */
  void write(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (Step step : steps()) {
        out.write(step.toJson());
        out.newLine();
      }
    }
  }

  /**
   * The operations of each key: those that failed are left out, as they never happened.
   *
   * @throws IllegalArgumentException if a process answers what it did not call, or calls twice
   */
  SortedMap<String, List<Operation>> operations() {
    SortedMap<String, List<Operation>> byKey = new TreeMap<>();
    Map<Integer, Step> calls = new HashMap<>();
    for (Step step : steps()) {
      if (step.type() == Step.Type.INVOKE) {
        Step other = calls.put(step.process(), step);
        if (other != null) {
          throw new IllegalArgumentException(
              "process " + step.process() + " calls at " + step.nanos() + " while it waits");
        }
        continue;
      }
      Step call = calls.remove(step.process());
      if (call == null || call.kind() != step.kind() || !call.key().equals(step.key())) {
        throw new IllegalArgumentException(
            "process " + step.process() + " answers at " + step.nanos() + " what it did not call");
      }
      if (step.type() != Step.Type.FAIL) {
        add(byKey, call, step);
      }
    }
    calls.values().forEach(call -> add(byKey, call, call));
    return byKey;
  }

  private static void add(Map<String, List<Operation>> byKey, Step call, Step answer) {
    boolean certain = answer.type() == Step.Type.OK;
    if (!certain && call.kind() == Kind.READ) {
      return; // It told nothing.
    }
    byKey
        .computeIfAbsent(call.key(), key -> new ArrayList<>())
        .add(
            new Operation(
                call.process(),
                call.kind(),
                call.kind() == Kind.READ ? answer.value() : call.value(),
                call.expected(),
                call.nanos(),
                certain ? answer.nanos() : Operation.NEVER,
                certain));
  }
}
