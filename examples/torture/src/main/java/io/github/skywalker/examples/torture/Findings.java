package io.github.skywalker.examples.torture;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a run has come upon. What is wrong is said at once. Any thread may add to it. */
final class Findings {

  private final PrintStream out;
  private final List<String> wrong = new ArrayList<>();
  private final List<String> undecided = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<String> halts = new ArrayList<>();
  private final SortedMap<Fault, Integer> faults = new TreeMap<>();

  Findings(PrintStream out) {
    this.out = out;
  }

  /** Something that must not be. */
  synchronized void wrong(String what) {
    out.println("WRONG: " + what);
    wrong.add(what);
  }

  /** Something of which nobody can say whether it may be. */
  synchronized void undecided(String what) {
    undecided.add(what);
  }

  /** Something that is good to know. */
  synchronized void note(String what) {
    notes.add(what);
  }

  /** A group halted on a node. */
  synchronized void halted(int node, String what) {
    halts.add("node " + node + ": " + what);
  }

  /** A fault has happened. */
  synchronized void happened(Fault fault) {
    faults.merge(fault, 1, Integer::sum);
  }

  synchronized List<String> wrong() {
    return List.copyOf(wrong);
  }

  synchronized List<String> undecided() {
    return List.copyOf(undecided);
  }

  synchronized List<String> notes() {
    return List.copyOf(notes);
  }

  synchronized List<String> halts() {
    return List.copyOf(halts);
  }

  synchronized SortedMap<Fault, Integer> faults() {
    return new TreeMap<>(faults);
  }
}
