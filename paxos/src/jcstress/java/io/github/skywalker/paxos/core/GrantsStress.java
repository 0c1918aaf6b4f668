package io.github.skywalker.paxos.core;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.github.skywalker.machine.Ballot;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** The table of grants, which groups on several loops and the heartbeat share. */
public class GrantsStress {

  private static final long NOW = 10;
  private static final Ballot OF_TWO = new Ballot(0, 1, 2, 5);

  private GrantsStress() {}

  /**
   * While the heartbeat grants node 2 something, a group lets a promise pass from it: either the
   * grant came first, and forbids that; or it carries the number that the passing has raised.
   */
  @JCStressTest
  @Outcome(id = "0, 90", expect = ACCEPTABLE, desc = "granted first: the promise stays")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "passed first: the grant says so")
  @Outcome(expect = FORBIDDEN, desc = "a grant that protects nothing counts")
  @State
  public static class GiveAndPass {
    private final Grants grants = new Grants(1, 3, Long.MIN_VALUE);

    @Actor
    public void heartbeat(JJ_Result result) {
      result.r1 = grants.give(2, 5, 100).number();
    }

    @Actor
    public void group(JJ_Result result) {
      result.r2 = grants.pass(OF_TWO, false, 3, NOW);
    }
  }

  /** Two groups let a promise of theirs pass: the number rises twice. */
  @JCStressTest
  @Outcome(id = "0, 0, 2", expect = ACCEPTABLE)
  @Outcome(expect = FORBIDDEN)
  @State
  public static class PassTwice {
    private final Grants grants = new Grants(1, 3, Long.MIN_VALUE);

    @Actor
    public void oneGroup(JJJ_Result result) {
      result.r1 = grants.pass(OF_TWO, false, 3, NOW);
    }

    @Actor
    public void otherGroup(JJJ_Result result) {
      result.r2 = grants.pass(OF_TWO, false, 4, NOW);
    }

    @Arbiter
    public void after(JJJ_Result result) {
      result.r3 = grants.stampFor(2).number();
    }
  }

  /**
   * A confirmation and a grant count together only with one stamp: whoever reads the number before
   * a promise passes, and the grant after it, has two.
   */
  @JCStressTest
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "both before: the grant forbids the passing")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "both after")
  @Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "between: two stamps, which do not count")
  @Outcome(expect = FORBIDDEN)
  @State
  public static class ConfirmGiveAndPass {
    private final Grants grants = new Grants(1, 3, Long.MIN_VALUE);

    @Actor
    public void confirmed(JJJ_Result result) {
      result.r1 = grants.stampFor(2).number();
      result.r2 = grants.give(2, 5, 100).number();
    }

    @Actor
    public void group() {
      grants.pass(OF_TWO, false, 3, NOW);
    }

    @Arbiter
    public void after(JJJ_Result result) {
      result.r3 = grants.stampFor(2).number();
    }
  }

  /** A grant that is held is seen as a whole: its end only with its own stamp. */
  @JCStressTest
  @Outcome(id = "50, 200", expect = ACCEPTABLE, desc = "the older one")
  @Outcome(id = "-9223372036854775808, 200", expect = ACCEPTABLE, desc = "the newer one")
  @Outcome(expect = FORBIDDEN)
  @State
  public static class HoldAndCount {
    private final Grants grants = new Grants(1, 3, Long.MIN_VALUE);
    private final Stamp older = new Stamp(7, 0);
    private final Stamp newer = new Stamp(7, 1);

    public HoldAndCount() {
      grants.hold(2, older, 0, 50, 0);
    }

    @Actor
    public void heartbeat() {
      grants.hold(2, newer, 1, 200, 1);
    }

    @Actor
    public void user(JJ_Result result) {
      result.r1 = grants.heldUntil(2, older);
    }

    @Arbiter
    public void after(JJ_Result result) {
      result.r2 = grants.heldUntil(2, newer);
    }
  }
}
