package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.skywalker.paxos.core.Heartbeats;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.proto.Accept;
import io.github.skywalker.proto.ChangeRefused;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Forward;
import io.github.skywalker.proto.Founding;
import io.github.skywalker.proto.GroupMark;
import io.github.skywalker.proto.Heartbeat;
import io.github.skywalker.proto.Learned;
import io.github.skywalker.proto.Member;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Messages in the form in which they travel, there and back; and those that are not well formed.
 */
class WireTest {

  static Stream<Message> messages() {
    return MessageSamples.all().stream();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aMessageArrivesAsItWasSent(Message message) throws Exception {
    Envelope sent = Envelope.parseFrom(Wire.write(7, message).toByteString());
    assertEquals(7, sent.getGroup());
    // Records compare arrays by identity, and what was sent again compares their bytes.
    assertEquals(sent, Wire.write(7, Wire.read(sent)));
    assertEquals(message.getClass(), Wire.read(sent).getClass());
  }

  /** What is no message of a replica: of all groups, of files, or of whom one knows. */
  private static final Set<Envelope.MessageCase> OF_NODES =
      Set.of(
          Envelope.MessageCase.HEARTBEAT,
          Envelope.MessageCase.GRANT,
          Envelope.MessageCase.CHECKPOINT_OFFER,
          Envelope.MessageCase.PIECE_WANTED,
          Envelope.MessageCase.PIECE,
          Envelope.MessageCase.CHECKPOINT_GONE,
          Envelope.MessageCase.CLUSTER_WANTED,
          Envelope.MessageCase.CLUSTER_NEWS,
          Envelope.MessageCase.MESSAGE_NOT_SET);

  @Test
  void thereIsASampleOfEveryKind() {
    Set<?> sampled =
        messages().map(each -> Wire.write(0, each).getMessageCase()).collect(Collectors.toSet());
    Set<?> all =
        Arrays.stream(Envelope.MessageCase.values())
            .filter(each -> !OF_NODES.contains(each))
            .collect(Collectors.toSet());
    assertEquals(all, sampled);
  }

  @Test
  void aHeartbeatAndAGrantArriveAsTheyWereSent() throws Exception {
    Heartbeats.Heartbeat beat =
        new Heartbeats.Heartbeat(5, 3, List.of(new Heartbeats.Mark(1, 10, false)));
    assertEquals(beat, Wire.read(Wire.write(beat).getHeartbeat()));
    Heartbeats.Grant grant = new Heartbeats.Grant(5, 2, 100, MessageSamples.STAMP, 3);
    assertEquals(grant, Wire.read(Wire.write(grant).getGrant()));
  }

  @Test
  void moreMarksThanANodeSendsAreRefused() {
    Heartbeat.Builder beat = Heartbeat.newBuilder();
    for (int i = 0; i <= Heartbeats.MAX_MARKS; i++) {
      beat.addMarks(GroupMark.newBuilder().setGroup(i));
    }
    assertThrows(Wire.MalformedMessageException.class, () -> Wire.read(beat.build()));
  }

  @Test
  void foundersThatAreNoneOrNamedTwiceOrTooManyAreRefused() {
    Member one = Member.newBuilder().setNode(1).setHost("one").setPort(7001).build();
    Founding.Builder many = Founding.newBuilder();
    for (int id = 1; id <= 64; id++) {
      many.addMembers(one.toBuilder().setNode(id));
    }
    for (Founding founding :
        List.of(
            Founding.getDefaultInstance(),
            Founding.newBuilder().addMembers(one).addMembers(one).build(),
            Founding.newBuilder()
                .addMembers(one)
                .addMembers(one.toBuilder().setHost("elsewhere"))
                .build(),
            Founding.newBuilder().addMembers(one.toBuilder().setNode(0)).build(),
            Founding.newBuilder().addMembers(one.toBuilder().setNode(-1)).build(),
            Founding.newBuilder().addMembers(one.toBuilder().setPort(70_000)).build(),
            Founding.newBuilder().addMembers(one.toBuilder().setHost(" ")).build(),
            many.build())) {
      refused(Envelope.newBuilder().setLearned(Learned.newBuilder().setFounding(founding)));
    }
  }

  @Test
  void whatIsNoValueIsRefused() {
    byte[] batch = MessageSamples.BATCH.bytes();
    for (byte[] bytes :
        List.of(
            new byte[0],
            new byte[] {9, 0},
            new byte[] {1, 77},
            Arrays.copyOf(batch, batch.length - 1),
            Arrays.copyOf(batch, batch.length + 1))) {
      ByteString value = ByteString.copyFrom(bytes);
      refused(Envelope.newBuilder().setAccept(Accept.newBuilder().setValue(value)));
      refused(Envelope.newBuilder().setLearned(Learned.newBuilder().addValues(value)));
      refused(Envelope.newBuilder().setForward(Forward.newBuilder().setEntries(value)));
    }
  }

  @Test
  void kindsThatAreNotKnownAreNoMessages() throws Exception {
    assertNull(Wire.read(Envelope.getDefaultInstance()));
    assertNull(
        Wire.read(
            Envelope.newBuilder()
                .setChangeRefused(ChangeRefused.newBuilder().setRefusalValue(99))
                .build()));
  }

  private static void refused(Envelope.Builder message) {
    Exception refused =
        assertThrows(Wire.MalformedMessageException.class, () -> Wire.read(message.build()));
    assertTrue(refused.getMessage().startsWith("a malformed "), refused::getMessage);
  }
}
