package io.github.skywalker.util;

/** Checks of what must always hold; a breach stops the work at hand rather than spread. */
public final class Invariant {

  private Invariant() {}

  /** What must always hold does not: a fault in this library, or damage that nothing else saw. */
  public static final class Breach extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /** Made with what was found. */
    public Breach(String message) {
      super(message);
    }
  }

  /**
   * Throws unless a condition holds.
   *
   * @throws Breach with the sentence, if it does not
   */
  public static void check(boolean holds, String sentence) {
    if (!holds) {
      throw new Breach(sentence);
    }
  }

  /**
   * Throws unless a condition holds; the numbers are put into the sentence only then.
   *
   * @throws Breach with the sentence, if it does not
   */
  public static void check(boolean holds, String sentence, long a, long b) {
    if (!holds) {
      throw new Breach(String.format(java.util.Locale.ROOT, sentence, a, b));
    }
  }
}
