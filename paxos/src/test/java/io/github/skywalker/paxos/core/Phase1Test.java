package io.github.skywalker.paxos.core;

import static io.github.skywalker.paxos.core.CoreTesting.RETRY;
import static io.github.skywalker.paxos.core.CoreTesting.ballot;
import static io.github.skywalker.paxos.core.CoreTesting.members;
import static io.github.skywalker.paxos.core.CoreTesting.said;
import static io.github.skywalker.paxos.core.CoreTesting.value;
import static io.github.skywalker.paxos.core.CoreTesting.voters;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.GroupState;
import io.github.skywalker.paxos.core.Message.Promise;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How node 1 of three asks for promises, and when its own counts. */
class Phase1Test {

  private static final Ballot BALLOT = ballot(5);
  private static final int TAIL = 2;

  private final Outbox out = new Outbox(1);
  private final GroupState state = new GroupState(members(3));
  private final Instances instances = new Instances(0, TAIL, () -> Long.MAX_VALUE);
  private final Grants grants = new Grants(1, 1, Long.MIN_VALUE);
  private final Lease lease = new Lease(1, grants, voters(3));
  private final Acceptor acceptor =
      new Acceptor(1, true, Ballot.ZERO, grants, state, instances, lease, out);
  private Phase1 phase1;

  @BeforeEach
  void theBallotIsOpen() {
    assertTrue(acceptor.prepareOwn(BALLOT, 1_000));
    phase1 = new Phase1(BALLOT, voters(3), 1, RETRY, instances, acceptor, out);
    phase1.open(1_000);
  }

  private void promisedByAnother() {
    phase1.promised(2, new Promise(BALLOT, 1, 1, 0, List.of(), Stamp.NONE));
  }

  @Test
  void everybodyElseIsAskedOnceTheOwnPromiseIsOnDisk() {
    Ready ready = out.take();
    assertEquals(List.of(), said(ready));
    assertEquals(List.of(2, 3), ready.released.stream().map(Ready.Send::to).toList());
  }

  @Test
  void theOwnPromiseCountsOnceItIsOnDisk() {
    out.take();
    promisedByAnother();
    assertTrue(phase1.synced());
    assertFalse(phase1.isComplete(), "nothing is on disk yet");
    out.synced(1);
    assertTrue(phase1.synced());
    assertTrue(phase1.isComplete());
  }

  @Test
  void theBallotIsOverIfItsFirstInstanceIsForgottenBeforeTheOwnPromiseIsOnDisk() {
    out.take();
    for (long instance = 1; instance <= TAIL + 1; instance++) {
      instances.choose(instance, value(instance, "v" + instance));
    }
    promisedByAnother();
    out.synced(1);
    assertFalse(phase1.synced());
    assertFalse(phase1.isComplete());
  }
}
