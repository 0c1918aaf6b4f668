package io.github.skywalker.paxos;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.paxos.core.Stamp;
import java.util.List;

/** One message of each kind, and values of each kind. */
final class MessageSamples {

  static final Ballot BALLOT = new Ballot(0, 6, 2, 4);
  static final Ballot OTHER = new Ballot(5, 7, 3, 1);
  static final Stamp STAMP = new Stamp(4, 9);
  static final Membership FOUNDING =
      Membership.founding(
          List.of(
              new Member(1, "one.example", 7001),
              new Member(2, "::1", 7002),
              new Member(3, "127.0.0.1", 7003)));

  static final Value BATCH =
      Value.batch(
          List.of(
              new Entry(2, 4, 1, 1001, 0, new byte[] {1, 2, 3}, 0, 3),
              new Entry(2, 4, 2, 1001, 77, new byte[40], 0, 40),
              Entry.tombstone(3, 1, 9)));
  static final Value CHANGE =
      Value.change(
          new Value.Change(
              0,
              2,
              4,
              1,
              List.of(
                  new MembershipChange.Add(new Member(4, "four.example", 7004)),
                  new MembershipChange.Remove(1),
                  new MembershipChange.Replace(3, new Member(5, "five", 7005)))));
  static final Value MASTERSHIP = Value.mastership(new Value.Mastership(2, 2_000_000_000L, BALLOT));

  static final List<Value> VALUES = List.of(Value.NOOP, BATCH, CHANGE, MASTERSHIP);

  private MessageSamples() {}

  static List<Message> all() {
    return in(BALLOT);
  }

  /** One of each kind, in a ballot. */
  static List<Message> in(Ballot ballot) {
    return List.of(
        new Message.Canvass(ballot, 2),
        new Message.Favour(ballot, 3),
        new Message.Prepare(ballot, 2, 5),
        new Message.Promise(
            ballot,
            2,
            2,
            9,
            List.of(new Message.Report(2, null, BATCH), new Message.Report(3, OTHER, CHANGE)),
            STAMP),
        new Message.Reject(ballot, OTHER),
        new Message.Leased(ballot, 12_345),
        new Message.Behind(ballot, 4),
        new Message.Untaught(ballot, 4),
        new Message.Accept(ballot, 2, BATCH, 1),
        new Message.Accepted(ballot, 2, STAMP),
        new Message.Chosen(ballot, 2),
        new Message.Learn(2),
        new Message.Learned(1, VALUES, 4, FOUNDING),
        new Message.Learned(7, VALUES, 10, null),
        new Message.Forward(BATCH.entries()),
        new Message.Change(ballot, 1, CHANGE, true),
        new Message.ChangeRefused(ballot, 1, Status.CONFLICT, "another came first"),
        new Message.ChangeRefused(ballot, 1, Status.NOT_CAUGHT_UP, "behind"),
        new Message.Confirm(ballot, 3),
        new Message.Confirmed(ballot, 3, STAMP),
        new Message.Release(ballot),
        new Message.Released(ballot),
        new Message.Read(8, true),
        new Message.ReadAt(8, 2),
        new Message.Succeed(ballot));
  }
}
