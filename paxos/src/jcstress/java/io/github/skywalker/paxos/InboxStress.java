package io.github.skywalker.paxos;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Learn;
import java.util.Map;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** The inbox, between the network's thread and the one that opens the node. */
public class InboxStress {

  private static final Envelope[] MESSAGES = {message(1), message(2), message(3)};

  private InboxStress() {}

  private static Envelope message(int group) {
    return Envelope.newBuilder().setGroup(group).setLearn(Learn.getDefaultInstance()).build();
  }

  /** What arrives while the node opens is taken once, and in its order. */
  @JCStressTest
  @Outcome(id = "123", expect = ACCEPTABLE)
  @Outcome(expect = FORBIDDEN, desc = "a message was lost, repeated or overtaken")
  @State
  public static class OpenAndReceive {
    private final StringBuffer taken = new StringBuffer();

    /** No group is there, so that each message is refused by the number of its group. */
    private final Inbox inbox =
        new Inbox(
            Map.of(),
            group -> {
              throw new IllegalStateException("group " + group + " is not there");
            },
            new NodeObserver() {
              @Override
              public void refused(String peer, String reason) {
                taken.append(reason.charAt("no group ".length()));
              }
            },
            1 << 20);

    @Actor
    public void opens() {
      inbox.open(null, () -> 0);
    }

    @Actor
    public void network() {
      for (Envelope message : MESSAGES) {
        inbox.received(2, 1, message);
      }
    }

    @Arbiter
    public void after(L_Result result) {
      result.r1 = taken.toString();
    }
  }
}
