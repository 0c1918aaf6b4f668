package io.github.skywalker.examples.torture;

/**
 * A node said that it was master. The moments are by the clock that all processes of a machine
 * share.
 *
 * @param node who said so
 * @param group of which group
 * @param version of which mastership
 * @param earliestNanos it was master at some moment before this
 * @param latestNanos it was master at some moment after this
 */
record Claim(int node, int group, long version, long earliestNanos, long latestNanos) {

  /** Both in one: the same mastership of the same node. */
  Claim with(Claim other) {
    return new Claim(
        node,
        group,
        version,
        Math.min(earliestNanos, other.earliestNanos),
        Math.max(latestNanos, other.latestNanos));
  }
}
