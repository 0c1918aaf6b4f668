package io.github.skywalker.paxos.sim;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;

/**
 * Finds a small part of a failing run that breaks the same invariant: leaves out whole families of
 * faults, and then acts of the clients and of the nemesis, ever smaller parts of them, for as long
 * as it still fails. The same seed gives the same part.
 */
final class Shrinker {

  /** The bound of its work, as it does not depend on the machine. */
  private static final long MAX_EVENTS = 60_000_000;

  private static final int MAX_RUNS = 1_500;

  /**
   * What is left.
   *
   * @param cut that gives this run again
   * @param lines what is done in it, and what it breaks
   * @param runs that it took
   */
  record Shrunk(Cut cut, List<String> lines, int runs) {}

  private final Seed seed;
  private final String invariant;
  private Simulation smallest;
  private Cut cut = Cut.NOTHING;
  private long events;
  private int runs;

  /** For a seed that fails. */
  Shrinker(Seed seed) {
    this.seed = seed;
    this.smallest = Simulation.run(seed, false, cut);
    this.invariant = invariant(smallest);
    if (invariant.isEmpty()) {
      throw new IllegalArgumentException("Seed " + seed + " does not fail");
    }
  }

  private static String invariant(Simulation run) {
    String failure = run.result().failure();
    return failure == null ? "" : failure.substring(0, failure.indexOf(": "));
  }

  Shrunk shrink() {
    int acts = smallest.acts().size();
    int families = smallest.faults().size();
    for (Fault fault : List.copyOf(smallest.faults())) {
      EnumSet<Fault> without = EnumSet.copyOf(cut.without());
      without.add(fault);
      tryCut(new Cut(without, null));
    }
    tryCut(new Cut(cut.without(), new LinkedHashSet<>(smallest.acts().keySet())));
    shrinkActs();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%d of %d acts, families %s of %d; %d runs",
            smallest.acts().size(),
            acts,
            smallest.faults(),
            families,
            runs));
    smallest
        .acts()
        .forEach(
            (act, note) ->
                lines.add(String.format(Locale.ROOT, "%s %d: %s", act.name(), act.number(), note)));
    lines.add("breaks " + smallest.result().failure());
    return new Shrunk(cut, lines, runs);
  }

  /** Leaves out ever smaller parts, until nothing can be missed. */
  private void shrinkActs() {
    int part = Math.max(1, smallest.acts().size() / 2);
    while (mayGoOn()) {
      boolean any = false;
      List<Agenda.Played> acts = new ArrayList<>(smallest.acts().keySet());
      for (int from = 0; from < acts.size() && mayGoOn(); from += part) {
        LinkedHashSet<Agenda.Played> rest = new LinkedHashSet<>(smallest.acts().keySet());
        rest.removeAll(acts.subList(from, Math.min(acts.size(), from + part)));
        any |= tryCut(new Cut(cut.without(), rest));
      }
      if (part == 1 && !any) {
        return;
      }
      part = Math.max(1, Math.min(part / 2, smallest.acts().size() / 2));
    }
  }

  private boolean mayGoOn() {
    return events < MAX_EVENTS && runs < MAX_RUNS && !smallest.acts().isEmpty();
  }

  private boolean tryCut(Cut tried) {
    Simulation run = Simulation.run(seed, false, tried);
    runs++;
    events += run.result().figures().getOrDefault("events", 0L);
    boolean fails = invariant(run).equals(invariant);
    if (fails) {
      smallest = run;
      cut = tried;
    }
    return fails;
  }
}
