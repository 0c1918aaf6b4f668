package io.github.skywalker.api;

/** Takes the answer to one proposal. */
@FunctionalInterface
public interface ProposeCallback {

  /**
   * Called exactly once for each proposal, on the callback executor; for the proposals of one node
   * in one group in the order of their submission, except for refusals, which come at once on the
   * thread that proposed. It must not block: the callbacks behind it wait. What it throws is
   * logged, and changes nothing.
   *
   * @param result the answer
   */
  void done(ProposeResult result);
}
