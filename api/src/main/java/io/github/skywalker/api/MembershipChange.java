package io.github.skywalker.api;

/** One step of a membership change; several are applied together, or not at all. */
public sealed interface MembershipChange {

  /**
   * Adds a voter.
   *
   * @param member the new one; its id must never have been another node's
   */
  record Add(Member member) implements MembershipChange {}

  /**
   * Removes a voter.
   *
   * @param nodeId its id
   */
  record Remove(int nodeId) implements MembershipChange {
    /** Checks the id. */
    public Remove {
      Checks.atLeast("MembershipChange.Remove.nodeId", nodeId, 1);
    }
  }

  /**
   * Puts a voter in the place of another; with the same id it changes that one's address.
   *
   * @param nodeId the one that goes
   * @param by the one that comes
   */
  record Replace(int nodeId, Member by) implements MembershipChange {
    /** Checks the id. */
    public Replace {
      Checks.atLeast("MembershipChange.Replace.nodeId", nodeId, 1);
    }
  }
}
