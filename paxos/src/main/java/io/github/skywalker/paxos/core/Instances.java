package io.github.skywalker.paxos.core;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Value;
import io.github.skywalker.util.Invariant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What this replica holds in memory of its log: every vote above {@code chosenUpTo}, and the last
 * chosen values below it, for those who lag a little. Whoever lags more is served from the log.
 */
final class Instances {

  /**
   * The most bytes of values held above {@code chosenUpTo}; beyond it, votes are withheld. What is
   * held for the instance that is to be chosen next does not count.
   */
  static final long MAX_OPEN_BYTES = 256L << 20;

  /**
   * The most bytes of chosen values kept for those who lag. What is kept for longer than a young
   * collection is copied by the collector, so this costs more than its size.
   */
  static final long MAX_TAIL_BYTES = 4L << 20;

  /** What is held at one instance. */
  static final class Slot {
    /** The ballot of the vote; null if none was given here, or the value is chosen. */
    @Nullable Ballot accepted;

    Value value;

    Slot(@Nullable Ballot accepted, Value value) {
      this.accepted = accepted;
      this.value = value;
    }
  }

  private final int tailInstances;
  private final LongSupplier share;
  private final Map<Long, Slot> slots = new HashMap<>();
  private long floor;
  private long chosenUpTo;
  private long top;
  private long openBytes;
  private long tailBytes;

  /**
   * Starts with nothing held.
   *
   * @param upTo everything up to here is chosen, and held in the log or a checkpoint only
   * @param tailInstances how many chosen values are kept
   * @param share of the bytes that all groups of the node keep of them; asked each time
   */
  Instances(long upTo, int tailInstances, LongSupplier share) {
    this.floor = upTo;
    this.chosenUpTo = upTo;
    this.top = upTo;
    this.tailInstances = tailInstances;
    this.share = share;
  }

  /** Nothing at this instance or below it is held here. */
  long floor() {
    return floor;
  }

  /** Everything up to this instance is known chosen. */
  long chosenUpTo() {
    return chosenUpTo;
  }

  /** The highest instance at which anything is held; {@code chosenUpTo} if nothing is above. */
  long top() {
    return top;
  }

  /**
   * The instances from one on at which anything is held, in order. One vote far ahead costs no walk
   * through the hole before it.
   */
  List<Long> heldFrom(long first) {
    List<Long> held = new ArrayList<>();
    if (top - first < 2L * slots.size()) {
      for (long instance = first; instance <= top; instance++) {
        if (slots.containsKey(instance)) {
          held.add(instance);
        }
      }
    } else {
      for (long instance : slots.keySet()) {
        if (instance >= first) {
          held.add(instance);
        }
      }
      Collections.sort(held);
    }
    return held;
  }

  @Nullable Slot get(long instance) {
    return slots.get(instance);
  }

  boolean isChosen(long instance) {
    return instance <= chosenUpTo;
  }

  /**
   * Whether there is room for the bytes of a vote, in the place of the one that is held there.
   * There always is for what is to be chosen next: nothing that takes room here is chosen before.
   */
  boolean hasRoomFor(long instance, Value value) {
    return instance == chosenUpTo + 1
        || openBytes - heldAt(chosenUpTo + 1) - heldAt(instance) + value.bytes().length
            <= MAX_OPEN_BYTES;
  }

  private long heldAt(long instance) {
    Slot slot = slots.get(instance);
    return slot == null ? 0 : slot.value.bytes().length;
  }

  /** How many bytes of votes are held above {@code chosenUpTo}. */
  long openBytes() {
    return openBytes;
  }

  /** How many bytes of chosen values are kept. */
  long tailBytes() {
    return tailBytes;
  }

  /** Puts a vote in the place of the one before it. */
  void accept(long instance, Ballot ballot, Value value) {
    Invariant.check(
        instance > chosenUpTo, "A vote at %d, but all up to %d is chosen", instance, chosenUpTo);
    Slot slot = slots.get(instance);
    if (slot == null) {
      slots.put(instance, new Slot(ballot, value));
      top = Math.max(top, instance);
    } else {
      openBytes -= slot.value.bytes().length;
      slot.accepted = ballot;
      slot.value = value;
    }
    openBytes += value.bytes().length;
  }

  /** Takes the next instance as chosen. */
  void choose(long instance, Value value) {
    Invariant.check(instance == chosenUpTo + 1, "Chosen at %d, after %d", instance, chosenUpTo);
    Slot slot = slots.get(instance);
    Value kept = value.withoutContent(); // It is executed now; others ask for its bytes at most.
    if (slot == null) {
      slots.put(instance, new Slot(null, kept));
    } else {
      openBytes -= slot.value.bytes().length;
      slot.accepted = null;
      slot.value = kept;
    }
    chosenUpTo = instance;
    top = Math.max(top, instance);
    tailBytes += value.bytes().length;
    trim();
  }

  /** A checkpoint holds everything up to an instance: nothing below it need be held here. */
  void cover(long upTo) {
    Invariant.check(upTo > chosenUpTo, "A checkpoint at %d, but %d is chosen", upTo, chosenUpTo);
    slots.keySet().removeIf(instance -> instance <= upTo && release(instance));
    floor = upTo;
    chosenUpTo = upTo;
    top = Math.max(top, upTo);
  }

  private boolean release(long instance) {
    Slot slot = slots.get(instance);
    long bytes = slot == null ? 0 : slot.value.bytes().length;
    if (instance <= chosenUpTo) {
      tailBytes -= bytes;
    } else {
      openBytes -= bytes;
    }
    return true;
  }

  private void trim() {
    long mostBytes = Math.min(MAX_TAIL_BYTES, share.getAsLong());
    while (chosenUpTo - floor > tailInstances || (tailBytes > mostBytes && floor < chosenUpTo)) {
      floor++;
      Slot gone = slots.remove(floor);
      if (gone != null) {
        tailBytes -= gone.value.bytes().length;
      }
    }
  }
}
