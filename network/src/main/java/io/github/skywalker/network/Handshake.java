package io.github.skywalker.network;

import io.github.skywalker.api.Member;
import io.github.skywalker.network.Network.Lane;
import io.github.skywalker.proto.Hello;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What nodes say to each other before anything else, and what each of them then checks. */
final class Handshake {

  private static final Logger log = LoggerFactory.getLogger(Handshake.class);

  static final int OLDEST_VERSION = 1;
  static final int NEWEST_VERSION = 1;

  /** For the frame of a stranger. */
  static final int MAX_HELLO_BYTES = 4 << 10;

  private static final String NOT_ADMITTED =
      "it is not admitted with this data directory: its id is known with another. Without its disk"
          + " it has forgotten its votes; start it under a new id, and let that one replace the old"
          + " one";

  static final int MAX_DATA_ID_BYTES = 64;
  static final int MAX_HOST_CHARACTERS = 255;

  private final Identity self;
  private final String clusterName;
  private final Admission admission;

  Handshake(Identity self, String clusterName, Admission admission) {
    this.self = self;
    this.clusterName = clusterName;
    this.admission = admission;
  }

  /** What the connecting node says. */
  Hello introduction(Lane lane, int expectedNode) {
    return hello(lane).setExpectedNode(expectedNode).build();
  }

  /** What the other node answers. */
  Hello answer(Lane lane) {
    return hello(lane).build();
  }

  /** What the other node answers to one whom it does not talk with: no more than why. */
  Hello refusal(String reason) {
    return Hello.newBuilder()
        .setOldestVersion(OLDEST_VERSION)
        .setNewestVersion(NEWEST_VERSION)
        .setRefusal(reason)
        .build();
  }

  /** Why a node that introduces itself is not to be talked with; null if nothing speaks against. */
  @Nullable String flawOfIntroduction(Hello hello) {
    String flaw = flaw(hello);
    if (flaw == null && hello.getExpectedNode() != self.nodeId()) {
      flaw = "node " + hello.getExpectedNode() + " was meant, and this is node " + self.nodeId();
    }
    return flaw;
  }

  /** Why the answer of a node is not accepted; null if nothing speaks against. */
  @Nullable String flawOfAnswer(Hello hello, int expectedNode) {
    String flaw = flaw(hello);
    if (flaw == null && hello.getNodeId() != expectedNode) {
      flaw = "node " + expectedNode + " was meant, and node " + hello.getNodeId() + " answers";
    }
    return flaw;
  }

  private @Nullable String flaw(Hello hello) {
    int oldest = hello.getOldestVersion();
    int newest = hello.getNewestVersion();
    if (oldest < 1 || newest < oldest || oldest > NEWEST_VERSION || newest < OLDEST_VERSION) {
      return String.format(
          "it speaks versions %d to %d, and this node %d to %d",
          Integer.toUnsignedLong(oldest),
          Integer.toUnsignedLong(newest),
          OLDEST_VERSION,
          NEWEST_VERSION);
    }
    if (!hello.getClusterName().equals(clusterName)) {
      return "its cluster has another name";
    }
    if (hello.getNodeId() == self.nodeId()) {
      return "it has this node's own id, " + self.nodeId();
    }
    if (hello.getDataId().isEmpty() || hello.getDataId().size() > MAX_DATA_ID_BYTES) {
      return "the id of its data directory is missing or too long";
    }
    if (hello.getBoot() < 0) {
      return "its boot count is negative";
    }
    if (hello.getLaneValue() != io.github.skywalker.proto.Lane.PROMPT_VALUE
        && hello.getLaneValue() != io.github.skywalker.proto.Lane.BULK_VALUE) {
      return "the lane is not known";
    }
    if (hello.getHost().length() > MAX_HOST_CHARACTERS || member(hello) == null) {
      return "its node id or address cannot be one";
    }
    return null;
  }

  /** Who introduced itself, or answered, without a flaw. */
  static Identity identity(Hello hello) {
    Member member = member(hello);
    if (member == null) {
      throw new IllegalStateException("A flaw was not seen");
    }
    return new Identity(member, hello.getDataId(), hello.getBoot());
  }

  static Lane lane(Hello hello) {
    return hello.getLane() == io.github.skywalker.proto.Lane.BULK ? Lane.BULK : Lane.PROMPT;
  }

  /**
   * Asks whether a node may speak.
   *
   * @param loop that takes the verdict
   * @param verdict takes the reason against it, or null
   */
  void admit(Identity node, Executor loop, Consumer<@Nullable String> verdict) {
    CompletionStage<Boolean> answer;
    try {
      answer = admission.admit(node.nodeId(), node.dataId().toByteArray());
    } catch (RuntimeException fault) {
      verdict.accept(failed(node, fault));
      return;
    }
    var unused =
        answer.whenComplete(
            (admitted, fault) -> {
              String reason;
              if (fault != null) {
                reason = failed(node, fault);
              } else if (Boolean.TRUE.equals(admitted)) {
                reason = null;
              } else {
                reason = NOT_ADMITTED;
              }
              loop.execute(() -> verdict.accept(reason));
            });
  }

  private static String failed(Identity node, Throwable fault) {
    log.error("Whether node {} is admitted could not be found out.", node.nodeId(), fault);
    return "whether it is admitted could not be found out";
  }

  private Hello.Builder hello(Lane lane) {
    return Hello.newBuilder()
        .setOldestVersion(OLDEST_VERSION)
        .setNewestVersion(NEWEST_VERSION)
        .setClusterName(clusterName)
        .setNodeId(self.nodeId())
        .setDataId(self.dataId())
        .setBoot(self.boot())
        .setHost(self.member().host())
        .setPort(self.member().port())
        .setLane(
            lane == Lane.BULK
                ? io.github.skywalker.proto.Lane.BULK
                : io.github.skywalker.proto.Lane.PROMPT);
  }

  private static @Nullable Member member(Hello hello) {
    try {
      return new Member(hello.getNodeId(), hello.getHost(), hello.getPort());
    } catch (IllegalArgumentException cannotBe) {
      return null;
    }
  }
}
