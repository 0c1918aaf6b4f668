package io.github.skywalker.util;

/**
 * Tells how far something has come that may take long: nothing in the first two seconds, and then a
 * word every two seconds. Belongs to one thread.
 */
public final class Progress {

  /** So long nobody is left without a word. */
  public static final long PERIOD_NANOS = 2_000_000_000;

  /** Says how far it is. */
  @FunctionalInterface
  public interface Voice {

    /** So much of so much is done. */
    void say(long done, long total);
  }

  private final Clock clock;
  private final Voice voice;
  private long saidNanos;

  /**
   * Begins now.
   *
   * @param clock by which the two seconds are counted
   * @param voice called by whoever calls {@link #reached}
   */
  public Progress(Clock clock, Voice voice) {
    this.clock = clock;
    this.voice = voice;
    this.saidNanos = clock.nanos();
  }

  /** One that never says anything. */
  public static Progress silent() {
    return new Progress(() -> 0, (done, total) -> {});
  }

  /** So much of so much is done; reads the clock each time. */
  public void reached(long done, long total) {
    long now = clock.nanos();
    if (now - saidNanos >= PERIOD_NANOS) {
      saidNanos = now;
      voice.say(done, total);
    }
  }
}
