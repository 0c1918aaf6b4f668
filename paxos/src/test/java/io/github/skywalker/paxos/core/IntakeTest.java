package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.OriginTable;
import io.github.skywalker.machine.Value;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How large the batches become that a proposer makes. */
class IntakeTest {

  private static final int MAX_VALUE_BYTES = 1000;

  /** What a value has beside its entries: a head, and one more for each origin. */
  private static final int HEAD_BYTES = 50;

  private static final int COUNT = 3000;
  private static final byte[] NOTHING = {};

  private final Origin own = new Origin(1, 1, new Outbox(1));
  private final Intake intake = new Intake(own, new OriginTable(), MAX_VALUE_BYTES);

  @Test
  void aValueHasNoMoreBytesThanItMayHoweverSmallItsEntriesAre() {
    List<Entry> forwarded = new ArrayList<>();
    for (int sequence = 1; sequence <= COUNT; sequence++) {
      own.propose(new Event.Proposal("ticket", 1001, 1L << 60, NOTHING, 1, 1));
      forwarded.add(new Entry(2, 1, sequence, Integer.MAX_VALUE, 0, NOTHING, 0, 0));
    }
    intake.forward(2, forwarded);
    int proposed = 0;
    while (intake.hasMore()) {
      List<Entry> batch = intake.next();
      proposed += batch.size();
      int bytes = Value.batch(batch).bytes().length;
      assertTrue(bytes <= MAX_VALUE_BYTES + HEAD_BYTES, bytes + " bytes");
      assertTrue(bytes >= MAX_VALUE_BYTES / 3 || !intake.hasMore(), bytes + " bytes");
    }
    assertEquals(2 * COUNT, proposed);
  }
}
