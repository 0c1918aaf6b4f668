package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.skywalker.util.Mutator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.redis.FixedRedisMessagePool;
import io.netty.handler.codec.redis.RedisDecoder;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Whatever a client sends is a request, or is refused as one; and likewise what is proposed. */
class MutatedRequestsTest {

  /** A request was refused. */
  private static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  @Test
  void aRequestIsReadOrRefused() throws Exception {
    new Mutator(
            1,
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na b\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n"
                .getBytes(ISO_8859_1),
            "PING\r\nSET k \"a \\x41 b\"\r\nDEL 'k' l m\r\n".getBytes(ISO_8859_1))
        .check(
            RefusedException.class,
            input -> {
              EmbeddedChannel channel =
                  new EmbeddedChannel(
                      new RedisDecoder(Limits.INLINE_BYTES, FixedRedisMessagePool.INSTANCE, true),
                      new RequestDecoder());
              boolean refused = false;
              try {
                channel.writeInbound(Unpooled.wrappedBuffer(input));
                for (Object each = channel.readInbound();
                    each != null;
                    each = channel.readInbound()) {
                  refused |= each instanceof Request.Refused;
                }
              } finally {
                channel.finishAndReleaseAll();
              }
              if (refused) {
                throw new RefusedException();
              }
            });
  }

  @Test
  void aCommandIsReadOrRefused() throws Exception {
    new Mutator(
            2,
            new Command.Set(new byte[] {1, 2}, new byte[300]).encode(),
            new Command.Delete(java.util.List.of(new byte[] {1}, new byte[200])).encode())
        .check(IllegalArgumentException.class, input -> Command.decode(ByteBuffer.wrap(input)));
  }
}
