package io.github.skywalker.paxos;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.Status;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.MalformedValueException;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Heartbeats;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.paxos.core.Stamp;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Founding;
import io.github.skywalker.proto.GroupMark;
import io.github.skywalker.proto.Refusal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages in the form in which they travel. Values travel as the bytes that they are, and are not
 * copied; what comes in is checked here to be well formed, and in the core to make sense.
 */
final class Wire {

  private Wire() {}

  /** A message from outside that is not well formed. */
  static final class MalformedMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedMessageException(String what, @Nullable Throwable cause) {
      super(what, cause);
    }
  }

  /* Out. */

  static Envelope write(int group, Message message) {
    Writer writer = new Writer(Envelope.newBuilder().setGroup(group));
    message.to(writer, 0);
    return writer.envelope.build();
  }

  static Envelope write(Heartbeats.Heartbeat beat) {
    var out =
        io.github.skywalker.proto.Heartbeat.newBuilder()
            .setSentNanos(beat.sentNanos())
            .setDigest(beat.digest());
    for (Heartbeats.Mark mark : beat.marks()) {
      out.addMarks(
          GroupMark.newBuilder()
              .setGroup(mark.group())
              .setChosenUpTo(mark.chosenUpTo())
              .setLearnsOnly(!mark.votes()));
    }
    return Envelope.newBuilder().setHeartbeat(out).build();
  }

  static Envelope write(Heartbeats.Grant grant) {
    return Envelope.newBuilder()
        .setGrant(
            io.github.skywalker.proto.Grant.newBuilder()
                .setSentNanos(grant.sentNanos())
                .setToBoot(grant.toBoot())
                .setLeaseNanos(grant.leaseNanos())
                .setStamp(write(grant.stamp()))
                .setDigest(grant.digest()))
        .build();
  }

  private static io.github.skywalker.proto.Ballot write(Ballot ballot) {
    return io.github.skywalker.proto.Ballot.newBuilder()
        .setEpoch(ballot.epoch())
        .setRound(ballot.round())
        .setNode(ballot.node())
        .setBoot(ballot.boot())
        .build();
  }

  private static io.github.skywalker.proto.Stamp write(Stamp stamp) {
    return io.github.skywalker.proto.Stamp.newBuilder()
        .setBoot(stamp.boot())
        .setNumber(stamp.number())
        .build();
  }

  private static ByteString write(Value value) {
    return UnsafeByteOperations.unsafeWrap(value.bytes());
  }

  private static Founding write(Membership founding) {
    Founding.Builder out = Founding.newBuilder();
    for (Member member : founding.members()) {
      out.addMembers(
          io.github.skywalker.proto.Member.newBuilder()
              .setNode(member.nodeId())
              .setHost(member.host())
              .setPort(member.port()));
    }
    return out.build();
  }

  /** Puts each kind of message into its place in the envelope. */
  private record Writer(Envelope.Builder envelope) implements Message.Handler {

    @Override
    public void canvass(int from, Message.Canvass message) {
      envelope.setCanvass(
          io.github.skywalker.proto.Canvass.newBuilder()
              .setBallot(write(message.ballot()))
              .setFirst(message.first()));
    }

    @Override
    public void favour(int from, Message.Favour message) {
      envelope.setFavour(
          io.github.skywalker.proto.Favour.newBuilder()
              .setBallot(write(message.ballot()))
              .setChosenUpTo(message.chosenUpTo()));
    }

    @Override
    public void prepare(int from, Message.Prepare message) {
      envelope.setPrepare(
          io.github.skywalker.proto.Prepare.newBuilder()
              .setBallot(write(message.ballot()))
              .setFirst(message.first())
              .setFrom(message.from()));
    }

    @Override
    public void promise(int from, Message.Promise message) {
      var out =
          io.github.skywalker.proto.Promise.newBuilder()
              .setBallot(write(message.ballot()))
              .setFirst(message.first())
              .setFrom(message.from())
              .setNext(message.next())
              .setStamp(write(message.stamp()));
      for (Message.Report report : message.reports()) {
        var each =
            io.github.skywalker.proto.Report.newBuilder()
                .setInstance(report.instance())
                .setValue(write(report.value()));
        if (report.accepted() != null) {
          each.setAccepted(write(report.accepted()));
        }
        out.addReports(each);
      }
      envelope.setPromise(out);
    }

    @Override
    public void reject(int from, Message.Reject message) {
      envelope.setReject(
          io.github.skywalker.proto.Reject.newBuilder()
              .setBallot(write(message.ballot()))
              .setPromised(write(message.promised())));
    }

    @Override
    public void leased(int from, Message.Leased message) {
      envelope.setLeased(
          io.github.skywalker.proto.Leased.newBuilder()
              .setBallot(write(message.ballot()))
              .setLeftNanos(message.leftNanos()));
    }

    @Override
    public void behind(int from, Message.Behind message) {
      envelope.setBehind(
          io.github.skywalker.proto.Behind.newBuilder()
              .setBallot(write(message.ballot()))
              .setChosenUpTo(message.chosenUpTo()));
    }

    @Override
    public void untaught(int from, Message.Untaught message) {
      envelope.setUntaught(
          io.github.skywalker.proto.Untaught.newBuilder()
              .setBallot(write(message.ballot()))
              .setChosenUpTo(message.chosenUpTo()));
    }

    @Override
    public void accept(int from, Message.Accept message) {
      envelope.setAccept(
          io.github.skywalker.proto.Accept.newBuilder()
              .setBallot(write(message.ballot()))
              .setInstance(message.instance())
              .setValue(write(message.value()))
              .setUpTo(message.upTo()));
    }

    @Override
    public void accepted(int from, Message.Accepted message) {
      envelope.setAccepted(
          io.github.skywalker.proto.Accepted.newBuilder()
              .setBallot(write(message.ballot()))
              .setInstance(message.instance())
              .setStamp(write(message.stamp())));
    }

    @Override
    public void chosen(int from, Message.Chosen message) {
      envelope.setChosen(
          io.github.skywalker.proto.Chosen.newBuilder()
              .setBallot(write(message.ballot()))
              .setUpTo(message.upTo()));
    }

    @Override
    public void learn(int from, Message.Learn message) {
      envelope.setLearn(io.github.skywalker.proto.Learn.newBuilder().setFrom(message.from()));
    }

    @Override
    public void learned(int from, Message.Learned message) {
      var out =
          io.github.skywalker.proto.Learned.newBuilder()
              .setFirst(message.first())
              .setChosenUpTo(message.chosenUpTo());
      message.values().forEach(value -> out.addValues(write(value)));
      if (message.founding() != null) {
        out.setFounding(write(message.founding()));
      }
      envelope.setLearned(out);
    }

    @Override
    public void forward(int from, Message.Forward message) {
      envelope.setForward(
          io.github.skywalker.proto.Forward.newBuilder()
              .setEntries(write(Value.batch(message.entries()))));
    }

    @Override
    public void change(int from, Message.Change message) {
      envelope.setChange(
          io.github.skywalker.proto.Change.newBuilder()
              .setBallot(write(message.ballot()))
              .setId(message.id())
              .setValue(write(message.value()))
              .setForce(message.force()));
    }

    @Override
    public void changeRefused(int from, Message.ChangeRefused message) {
      Refusal refusal =
          message.status() == Status.CONFLICT ? Refusal.CONFLICT : Refusal.NOT_CAUGHT_UP;
      envelope.setChangeRefused(
          io.github.skywalker.proto.ChangeRefused.newBuilder()
              .setBallot(write(message.ballot()))
              .setId(message.id())
              .setRefusal(refusal)
              .setDetail(message.detail()));
    }

    @Override
    public void confirm(int from, Message.Confirm message) {
      envelope.setConfirm(
          io.github.skywalker.proto.Confirm.newBuilder()
              .setBallot(write(message.ballot()))
              .setTicket(message.ticket()));
    }

    @Override
    public void confirmed(int from, Message.Confirmed message) {
      envelope.setConfirmed(
          io.github.skywalker.proto.Confirmed.newBuilder()
              .setBallot(write(message.ballot()))
              .setTicket(message.ticket())
              .setStamp(write(message.stamp())));
    }

    @Override
    public void release(int from, Message.Release message) {
      envelope.setRelease(
          io.github.skywalker.proto.Release.newBuilder().setBallot(write(message.ballot())));
    }

    @Override
    public void released(int from, Message.Released message) {
      envelope.setReleased(
          io.github.skywalker.proto.Released.newBuilder().setBallot(write(message.ballot())));
    }

    @Override
    public void read(int from, Message.Read message) {
      envelope.setRead(
          io.github.skywalker.proto.Read.newBuilder()
              .setId(message.id())
              .setMajority(message.majority()));
    }

    @Override
    public void readAt(int from, Message.ReadAt message) {
      envelope.setReadAt(
          io.github.skywalker.proto.ReadAt.newBuilder()
              .setId(message.id())
              .setIndex(message.index()));
    }

    @Override
    public void succeed(int from, Message.Succeed message) {
      envelope.setSucceed(
          io.github.skywalker.proto.Succeed.newBuilder().setBallot(write(message.ballot())));
    }
  }

  /* In. */

  /**
   * Reads a message of a group.
   *
   * @return null if it is of a kind that this version does not know, or of the node's own
   */
  static @Nullable Message read(Envelope in) throws MalformedMessageException {
    try {
      return switch (in.getMessageCase()) {
        case CANVASS ->
            new Message.Canvass(read(in.getCanvass().getBallot()), in.getCanvass().getFirst());
        case FAVOUR ->
            new Message.Favour(read(in.getFavour().getBallot()), in.getFavour().getChosenUpTo());
        case PREPARE ->
            new Message.Prepare(
                read(in.getPrepare().getBallot()),
                in.getPrepare().getFirst(),
                in.getPrepare().getFrom());
        case PROMISE -> read(in.getPromise());
        case REJECT ->
            new Message.Reject(
                read(in.getReject().getBallot()), read(in.getReject().getPromised()));
        case LEASED ->
            new Message.Leased(read(in.getLeased().getBallot()), in.getLeased().getLeftNanos());
        case BEHIND ->
            new Message.Behind(read(in.getBehind().getBallot()), in.getBehind().getChosenUpTo());
        case UNTAUGHT ->
            new Message.Untaught(
                read(in.getUntaught().getBallot()), in.getUntaught().getChosenUpTo());
        case ACCEPT ->
            new Message.Accept(
                read(in.getAccept().getBallot()),
                in.getAccept().getInstance(),
                read(in.getAccept().getValue()),
                in.getAccept().getUpTo());
        case ACCEPTED ->
            new Message.Accepted(
                read(in.getAccepted().getBallot()),
                in.getAccepted().getInstance(),
                read(in.getAccepted().getStamp()));
        case CHOSEN ->
            new Message.Chosen(read(in.getChosen().getBallot()), in.getChosen().getUpTo());
        case LEARN -> new Message.Learn(in.getLearn().getFrom());
        case LEARNED -> read(in.getLearned());
        case FORWARD -> new Message.Forward(entries(in.getForward().getEntries()));
        case CHANGE ->
            new Message.Change(
                read(in.getChange().getBallot()),
                in.getChange().getId(),
                read(in.getChange().getValue()),
                in.getChange().getForce());
        case CHANGE_REFUSED -> read(in.getChangeRefused());
        case CONFIRM ->
            new Message.Confirm(read(in.getConfirm().getBallot()), in.getConfirm().getTicket());
        case CONFIRMED ->
            new Message.Confirmed(
                read(in.getConfirmed().getBallot()),
                in.getConfirmed().getTicket(),
                read(in.getConfirmed().getStamp()));
        case RELEASE -> new Message.Release(read(in.getRelease().getBallot()));
        case RELEASED -> new Message.Released(read(in.getReleased().getBallot()));
        case READ -> new Message.Read(in.getRead().getId(), in.getRead().getMajority());
        case READ_AT -> new Message.ReadAt(in.getReadAt().getId(), in.getReadAt().getIndex());
        case SUCCEED -> new Message.Succeed(read(in.getSucceed().getBallot()));
        case HEARTBEAT,
            GRANT,
            CHECKPOINT_OFFER,
            PIECE_WANTED,
            PIECE,
            CHECKPOINT_GONE,
            CLUSTER_WANTED,
            CLUSTER_NEWS,
            MESSAGE_NOT_SET ->
            null;
      };
    } catch (MalformedValueException | IllegalArgumentException malformed) {
      throw new MalformedMessageException(
          "a malformed " + in.getMessageCase() + ": " + malformed.getMessage(), malformed);
    }
  }

  static Heartbeats.Heartbeat read(io.github.skywalker.proto.Heartbeat in)
      throws MalformedMessageException {
    if (in.getMarksCount() > Heartbeats.MAX_MARKS) {
      throw new MalformedMessageException(
          "a heartbeat with more than " + Heartbeats.MAX_MARKS + " marks", null);
    }
    List<Heartbeats.Mark> marks = new ArrayList<>(in.getMarksCount());
    for (GroupMark mark : in.getMarksList()) {
      marks.add(new Heartbeats.Mark(mark.getGroup(), mark.getChosenUpTo(), !mark.getLearnsOnly()));
    }
    return new Heartbeats.Heartbeat(in.getSentNanos(), in.getDigest(), marks);
  }

  static Heartbeats.Grant read(io.github.skywalker.proto.Grant in) {
    return new Heartbeats.Grant(
        in.getSentNanos(), in.getToBoot(), in.getLeaseNanos(), read(in.getStamp()), in.getDigest());
  }

  private static Ballot read(io.github.skywalker.proto.Ballot in) {
    return new Ballot(in.getEpoch(), in.getRound(), in.getNode(), in.getBoot());
  }

  private static Stamp read(io.github.skywalker.proto.Stamp in) {
    return new Stamp(in.getBoot(), in.getNumber());
  }

  private static Value read(ByteString in) throws MalformedValueException {
    return Value.decode(Bytes.of(in));
  }

  private static List<Entry> entries(ByteString in) throws MalformedValueException {
    return read(in).entries();
  }

  private static Message read(io.github.skywalker.proto.Promise in) throws MalformedValueException {
    List<Message.Report> reports = new ArrayList<>(in.getReportsCount());
    for (io.github.skywalker.proto.Report report : in.getReportsList()) {
      reports.add(
          new Message.Report(
              report.getInstance(),
              report.hasAccepted() ? read(report.getAccepted()) : null,
              read(report.getValue())));
    }
    return new Message.Promise(
        read(in.getBallot()),
        in.getFirst(),
        in.getFrom(),
        in.getNext(),
        reports,
        read(in.getStamp()));
  }

  private static Message read(io.github.skywalker.proto.Learned in) throws MalformedValueException {
    List<Value> values = new ArrayList<>(in.getValuesCount());
    for (ByteString value : in.getValuesList()) {
      values.add(read(value));
    }
    return new Message.Learned(
        in.getFirst(),
        values,
        in.getChosenUpTo(),
        in.hasFounding() ? read(in.getFounding()) : null);
  }

  private static Membership read(Founding in) {
    List<Member> members = new ArrayList<>();
    for (io.github.skywalker.proto.Member member : in.getMembersList()) {
      members.add(new Member(member.getNode(), member.getHost(), member.getPort()));
    }
    return Membership.founding(members);
  }

  private static @Nullable Message read(io.github.skywalker.proto.ChangeRefused in) {
    return switch (in.getRefusal()) {
      case CONFLICT -> refused(in, Status.CONFLICT);
      case NOT_CAUGHT_UP -> refused(in, Status.NOT_CAUGHT_UP);
      case UNSPECIFIED, UNRECOGNIZED -> null;
    };
  }

  private static Message refused(io.github.skywalker.proto.ChangeRefused in, Status status) {
    return new Message.ChangeRefused(read(in.getBallot()), in.getId(), status, in.getDetail());
  }
}
