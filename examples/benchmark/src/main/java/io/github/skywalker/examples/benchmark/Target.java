package io.github.skywalker.examples.benchmark;

/** What is measured, as the load sees it. */
interface Target {

  /** What became of an operation. */
  enum Fate {
    DONE,
    NEVER,
    UNKNOWN
  }

  /** Hears of the end of one operation, once; may be called before the operation's call returns. */
  interface Done {
    void done(Fate fate);
  }

  /**
   * Proposes a value.
   *
   * @param value not changed afterwards
   */
  void propose(int group, byte[] value, Done done);

  /** Reads, so that nothing acknowledged before is missed. */
  void read(int group, Done done);
}
