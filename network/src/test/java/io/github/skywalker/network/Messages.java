package io.github.skywalker.network;

import com.google.protobuf.ByteString;
import io.github.skywalker.proto.Accept;
import io.github.skywalker.proto.Chosen;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Hello;
import io.github.skywalker.proto.Lane;

/** What the tests say. */
final class Messages {

  static final String CLUSTER = "test";

  private Messages() {}

  /** A small message that carries a number. */
  static Envelope number(long number) {
    return Envelope.newBuilder().setGroup(1).setChosen(Chosen.newBuilder().setUpTo(number)).build();
  }

  static long numberOf(Envelope message) {
    return message.getChosen().getUpTo();
  }

  /** A message around a value. */
  static Envelope value(byte[] value) {
    return Envelope.newBuilder()
        .setGroup(1)
        .setAccept(Accept.newBuilder().setValue(ByteString.copyFrom(value)))
        .build();
  }

  static byte[] dataId(int node) {
    return new byte[] {'d', 'a', 't', 'a', (byte) node};
  }

  /** What a well-behaved node says first. */
  static Hello.Builder hello(int node, int expectedNode) {
    return Hello.newBuilder()
        .setOldestVersion(1)
        .setNewestVersion(1)
        .setClusterName(CLUSTER)
        .setNodeId(node)
        .setDataId(ByteString.copyFrom(dataId(node)))
        .setBoot(1)
        .setHost("127.0.0.1")
        // The discard service: nobody is there.
        .setPort(9)
        .setLane(Lane.PROMPT)
        .setExpectedNode(expectedNode);
  }
}
