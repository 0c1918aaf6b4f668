package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import java.lang.reflect.Field;
import java.util.SortedMap;
import java.util.TreeMap;

/** Looks into what a replica holds in memory of its log. */
public final class HeldInstances {

  private static final Field INSTANCES = instances();

  private HeldInstances() {}

  private static Field instances() {
    try {
      Field field = Replica.class.getDeclaredField("instances");
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException renamed) {
      throw new IllegalStateException("Replica keeps its instances under another name", renamed);
    }
  }

  private static Instances of(Replica replica) {
    try {
      return (Instances) INSTANCES.get(replica);
    } catch (IllegalAccessException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The ballots of the votes above {@code chosenUpTo}, by instance. */
  public static SortedMap<Long, Ballot> votes(Replica replica) {
    Instances instances = of(replica);
    SortedMap<Long, Ballot> votes = new TreeMap<>();
    for (long at = instances.chosenUpTo() + 1; at <= instances.top(); at++) {
      Instances.Slot slot = instances.get(at);
      if (slot != null && slot.accepted != null) {
        votes.put(at, slot.accepted);
      }
    }
    return votes;
  }

  /**
   * Which bound on what is held is not kept; null if all are.
   *
   * @param windowInstances of the replica
   */
  public static String breach(Replica replica, int windowInstances) {
    Instances instances = of(replica);
    long kept = instances.chosenUpTo() - instances.floor();
    if (kept > (long) Replica.TAIL_WINDOWS * windowInstances) {
      return kept + " chosen values are kept, with a window of " + windowInstances;
    }
    if (instances.tailBytes() > Instances.MAX_TAIL_BYTES) {
      return instances.tailBytes() + " bytes of chosen values are kept";
    }
    Instances.Slot next = instances.get(instances.chosenUpTo() + 1);
    long besideNext = instances.openBytes() - (next == null ? 0 : next.value.bytes().length);
    if (besideNext > Instances.MAX_OPEN_BYTES) {
      return instances.openBytes() + " bytes of votes are held";
    }
    return null;
  }

  /** Whether what is held has as many bytes as it says; null if so. Costs a look at each value. */
  public static String miscount(Replica replica) {
    Instances instances = of(replica);
    long kept = 0;
    long open = 0;
    for (long at : instances.heldFrom(0)) {
      int bytes = instances.get(at).value.bytes().length;
      kept += instances.isChosen(at) ? bytes : 0;
      open += instances.isChosen(at) ? 0 : bytes;
    }
    return kept == instances.tailBytes() && open == instances.openBytes()
        ? null
        : String.format(
            java.util.Locale.ROOT,
            "%d bytes of chosen values and %d of votes are held; it counts %d and %d",
            kept,
            open,
            instances.tailBytes(),
            instances.openBytes());
  }
}
