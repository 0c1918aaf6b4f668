package io.github.skywalker.network;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.skywalker.api.Member;
import io.github.skywalker.proto.Envelope;
import io.github.skywalker.proto.Frame;
import io.github.skywalker.proto.Hello;
import io.github.skywalker.util.Mutator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever comes from the net is taken, or refused in order. */
@ExtendWith(NoLeaks.class)
class MutatedFramesTest {

  private static final Frame FRAME =
      Frame.newBuilder()
          .addMessages(Messages.number(1))
          .addMessages(Messages.value(new byte[100]))
          .addMessages(Messages.number(Long.MAX_VALUE))
          .build();

  @Test
  void bytesAreCutIntoFramesOrRefused() throws Exception {
    EmbeddedChannel[] channel = {new EmbeddedChannel(new FrameDecoder(1_000))};
    new Mutator(1, RawNode.frame(FRAME), RawNode.frame(Messages.hello(2, 1).build()))
        .check(
            BadFrameException.class,
            input -> {
              boolean taken = false;
              try {
                channel[0].writeInbound(Unpooled.wrappedBuffer(input));
                taken = true;
              } finally {
                channel[0].releaseInbound();
                boolean half =
                    !taken || channel[0].pipeline().get(FrameDecoder.class).bytesOfNext() > 0;
                if (half) {
                  channel[0].finishAndReleaseAll();
                  channel[0] = new EmbeddedChannel(new FrameDecoder(1_000));
                }
              }
            });
    channel[0].finishAndReleaseAll();
  }

  @Test
  void aFrameIsReadMessageByMessageOrRefused() throws Exception {
    List<Envelope> read = new ArrayList<>();
    new Mutator(2, FRAME.toByteArray())
        .check(
            InvalidProtocolBufferException.class,
            input -> {
              read.clear();
              Frames.read(ByteBuffer.wrap(input), read::add);
            });
  }

  @Test
  void anIntroductionIsReadAndHasAFlawOrIsOfANode() throws Exception {
    Identity self =
        new Identity(new Member(1, "127.0.0.1", 1), ByteString.copyFrom(Messages.dataId(1)), 1);
    Handshake handshake =
        new Handshake(
            self, Messages.CLUSTER, (node, data) -> CompletableFuture.completedFuture(true));
    new Mutator(3, Messages.hello(2, 1).build().toByteArray())
        .check(
            InvalidProtocolBufferException.class,
            input -> {
              Hello hello = Hello.parseFrom(ByteBuffer.wrap(input));
              if (handshake.flawOfIntroduction(hello) == null) {
                Handshake.identity(hello);
                Handshake.lane(hello);
              }
            });
  }
}
