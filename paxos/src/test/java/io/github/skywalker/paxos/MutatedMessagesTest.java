package io.github.skywalker.paxos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.InvalidProtocolBufferException;
import io.github.skywalker.api.GroupReport;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.MalformedValueException;
import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Contenders;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Grants;
import io.github.skywalker.paxos.core.Message;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.storage.LogRecord;
import io.github.skywalker.util.Mutator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever comes in a frame, or is found in the log, is read or refused in order. */
class MutatedMessagesTest {

  /** Both ways in which an envelope may be refused. */
  private static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedException(Exception cause) {
      super(cause);
    }
  }

  @Test
  void anEnvelopeIsReadOrRefused() throws Exception {
    byte[][] good =
        MessageSamples.all().stream()
            .map(each -> Wire.write(1, each).toByteArray())
            .toArray(byte[][]::new);
    new Mutator(1, good)
        .check(
            RefusedException.class,
            input -> {
              try {
                Envelope envelope = Envelope.parseFrom(input);
                Wire.read(envelope);
                Wire.read(envelope.getHeartbeat());
                Wire.read(envelope.getGrant());
              } catch (InvalidProtocolBufferException | Wire.MalformedMessageException refused) {
                throw new RefusedException(refused);
              }
            });
  }

  /** Where a rule of the protocol is broken, the group halts; but nothing is thrown. */
  @Test
  void aReplicaStepsOnWhateverIsWellFormed() throws Exception {
    Ballot own = new Ballot(0, 1, SELF, 1);
    byte[][] good =
        Stream.concat(
                MessageSamples.in(new Ballot(0, 6, 2, 4)).stream(), MessageSamples.in(own).stream())
            .map(each -> Wire.write(1, each).toByteArray())
            .toArray(byte[][]::new);
    int[] left = {0};
    Replica[] replica = new Replica[1];
    int[] made = {0};
    new Mutator(4, good)
        .check(
            RefusedException.class,
            input -> {
              Message message;
              try {
                message = Wire.read(Envelope.parseFrom(input));
              } catch (InvalidProtocolBufferException | Wire.MalformedMessageException refused) {
                throw new RefusedException(refused);
              }
              if (message == null) {
                return;
              }
              if (left[0]-- == 0 || replica[0].haltReason() != null) {
                left[0] = 40;
                replica[0] = replica(made[0]++ % 3);
              }
              step(replica[0], new Event.Received(2, message));
              String halted = replica[0].haltReason();
              if (halted != null && !halted.startsWith("a rule of the protocol is broken")) {
                throw new AssertionError(halted);
              }
            });
  }

  private static final int SELF = 3;
  private static final long NOW = 1_000_000;

  /** A replica that follows, prepares, or is prepared. */
  private static Replica replica(int role) {
    Replica replica =
        new Replica(
            new Replica.Options(SELF, 1, true, 8, 10_000, 100, 0, 1_000, () -> Long.MAX_VALUE, 1),
            Ballot.ZERO,
            MessageSamples.FOUNDING,
            new Grants(SELF, 1, Long.MIN_VALUE),
            new Contenders(1));
    if (role == 0) {
      return replica;
    }
    step(replica, new Event.Tick());
    for (long now = NOW; replica.phase() == GroupReport.Phase.FOLLOWING; now += 100) {
      replica.step(new Event.Tick(), now);
    }
    Ballot mine = new Ballot(0, 1, SELF, 1);
    step(replica, new Event.Received(1, new Message.Favour(mine, 0)));
    if (role == 2) {
      step(
          replica,
          new Event.Received(
              1, new Message.Promise(mine, 1, 1, 0, List.of(), MessageSamples.STAMP)));
    }
    assertEquals(
        role == 2 ? GroupReport.Phase.PREPARED : GroupReport.Phase.PREPARING, replica.phase());
    return replica;
  }

  /** A step, and the sync of what it writes. */
  private static void step(Replica replica, Event event) {
    Ready ready = replica.step(event, NOW + 10_000);
    if (ready.serial != 0) {
      step(replica, new Event.Synced(ready.serial));
    }
  }

  @Test
  void aValueIsReadOrRefused() throws Exception {
    new Mutator(2, MessageSamples.VALUES.stream().map(Value::bytes).toArray(byte[][]::new))
        .check(
            MalformedValueException.class,
            input -> {
              Value value = Value.decode(input);
              value.entries().forEach(entry -> entry.payload().get(new byte[entry.length()]));
              String words = value.toString();
              if (words.isEmpty()) {
                throw new AssertionError("A value without words");
              }
            });
  }

  /** Its bytes have a checksum of their own: what gets here was written by another version. */
  @Test
  void aRecordOfTheLogIsReadOrRefused() throws Exception {
    byte[] state = new byte[50 + 34];
    state[0] = 2;
    ByteBuffer.wrap(state, 50, 34)
        .putInt(2)
        .putInt(1)
        .putShort((short) 3)
        .put(new byte[] {'o', 'n', 'e'})
        .putInt(7001)
        .putInt(2)
        .putShort((short) 3)
        .put(new byte[] {'t', 'w', 'o'})
        .putInt(7002);
    new Mutator(3, state)
        .check(
            IOException.class,
            input -> {
              int headBytes = Math.min(50, input.length);
              LogRecord record =
                  new LogRecord(
                      1,
                      LogRecord.Kind.STATE,
                      0,
                      java.util.Arrays.copyOf(input, headBytes),
                      java.util.Arrays.copyOfRange(input, headBytes, input.length));
              Records.readState(record);
              Records.readHeld(
                  new LogRecord(
                      1, LogRecord.Kind.VALUE, 1, record.head(), MessageSamples.BATCH.bytes()));
            });
  }
}
