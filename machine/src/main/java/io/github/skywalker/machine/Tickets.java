package io.github.skywalker.machine;

import org.jspecify.annotations.Nullable;

/** Who waits for the entries of one value, on this node. Most often nobody, or one for each. */
public final class Tickets {

  /** Nobody waits. */
  public static final Tickets NONE = new Tickets(new Object[0]);

  private final @Nullable Object[] waiting;

  private Tickets(@Nullable Object[] waiting) {
    this.waiting = waiting;
  }

  /** For a value with so many entries; filled by {@link #put} before it is handed on. */
  public static Tickets of(int entries) {
    return new Tickets(new @Nullable Object[entries]);
  }

  /** Notes who waits for an entry. */
  public void put(int entry, Object ticket) {
    waiting[entry] = ticket;
  }

  /** Who waits for an entry; null if nobody does. */
  public @Nullable Object at(int entry) {
    return entry < waiting.length ? waiting[entry] : null;
  }

  int size() {
    return waiting.length;
  }
}
