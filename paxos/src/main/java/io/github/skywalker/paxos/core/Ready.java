package io.github.skywalker.paxos.core;

import java.util.ArrayList;
import java.util.List;

/** What one step asks of the world. The one who steps a replica carries it out in this order. */
public final class Ready {

  /** A message and its receiver, another node. */
  public record Send(int to, Message message) {}

  /** To leave at once. Nothing in it depends on what this step writes. */
  public final List<Send> sends = new ArrayList<>(4);

  /** To be appended to the log, in this order, behind the writes of all earlier steps. */
  public final List<Write> writes = new ArrayList<>(2);

  /** To leave when {@link #writes} are synced, not before: a vote leaves only from the disk. */
  public final List<Send> released = new ArrayList<>(2);

  /**
   * The number of the writes; {@link Event.Synced} with it is wanted when they are synced, unless
   * it is 0: then nobody waits for it.
   */
  public long serial;

  /**
   * The instance of the checkpoint that was installed in this step; 0 if none was. What it covers
   * must be passed over before the log lets go of it: then {@link #outcomes} come before {@link
   * #writes}.
   */
  public long installedUpTo;

  /** What became known, in order: to be applied, and to be answered. */
  public final List<Outcome> outcomes = new ArrayList<>(2);

  /** Whether there is nothing to do. */
  public boolean isEmpty() {
    return sends.isEmpty() && writes.isEmpty() && released.isEmpty() && outcomes.isEmpty();
  }

  void send(int to, Message message) {
    sends.add(new Send(to, message));
  }
}
