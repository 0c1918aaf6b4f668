package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import java.lang.reflect.Field;
import java.util.SortedMap;
import java.util.TreeMap;

/** Looks into a replica that was just made from its log: which votes has it found there? */
public final class HeldVotes {

  private static final Field INSTANCES = instances();

  private HeldVotes() {}

  private static Field instances() {
    try {
      Field field = Replica.class.getDeclaredField("instances");
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException renamed) {
      throw new IllegalStateException("Replica keeps its instances under another name", renamed);
    }
  }

  /** The ballots of the votes above {@code chosenUpTo}, by instance. */
  public static SortedMap<Long, Ballot> of(Replica replica) {
    Instances instances;
    try {
      instances = (Instances) INSTANCES.get(replica);
    } catch (IllegalAccessException impossible) {
      throw new IllegalStateException(impossible);
    }
    SortedMap<Long, Ballot> votes = new TreeMap<>();
    for (long at = instances.chosenUpTo() + 1; at <= instances.top(); at++) {
      Instances.Slot slot = instances.get(at);
      if (slot != null && slot.accepted != null) {
        votes.put(at, slot.accepted);
      }
    }
    return votes;
  }
}
