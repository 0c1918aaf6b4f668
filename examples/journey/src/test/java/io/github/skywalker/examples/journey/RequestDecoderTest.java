package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.redis.FixedRedisMessagePool;
import io.netty.handler.codec.redis.RedisDecoder;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes from the net as requests, well-formed or not. */
class RequestDecoderTest {

  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new RedisDecoder(Limits.INLINE_BYTES, FixedRedisMessagePool.INSTANCE, true),
          new RequestDecoder());

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void aCommandIsAnArrayOfStrings() {
    assertEquals(
        List.of("[SET, k, a b]", "[GET, ]"),
        requests("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na b\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n"));
  }

  @Test
  void aCommandMayComeByteByByte() {
    List<String> all = new ArrayList<>();
    for (char next : "*2\r\n$3\r\nGET\r\n$3\r\nabc\r\n".toCharArray()) {
      all.addAll(requests(String.valueOf(next)));
    }
    assertEquals(List.of("[GET, abc]"), all);
  }

  @Test
  void aCommandMayBeAPlainLine() {
    assertEquals(List.of("[PING]", "[SET, k, a b]"), requests("PING\r\nSET k \"a b\"\r\n"));
  }

  @Test
  void anUnclosedQuoteIsRefusedAndTheNextLineIsRead() {
    List<String> requests = requests("SET k \"v\r\nPING\r\n");
    assertEquals(2, requests.size());
    assertTrue(requests.get(0).startsWith("ERR"), requests.get(0));
    assertEquals("[PING]", requests.get(1));
  }

  @Test
  void anEmptyCommandIsPassedOver() {
    assertEquals(List.of("[PING]"), requests("*0\r\n*-1\r\n\r\n*1\r\n$4\r\nPING\r\n"));
  }

  @Test
  void aCommandThatIsTooLongIsReadOverAndTheNextOneIsRead() {
    String value = "x".repeat(Limits.REQUEST_BYTES + 1);
    List<String> requests =
        requests("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + value.length() + "\r\n" + value + "\r\n");
    assertEquals(1, requests.size());
    assertTrue(requests.get(0).contains("at most " + Limits.REQUEST_BYTES), requests.get(0));
    assertEquals(List.of("[PING]"), requests("*1\r\n$4\r\nPING\r\n"));
  }

  @Test
  void aLengthThatIsOnlyNamedTakesNoMemory() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    requests("PING\r\n");
    long before = threads.getCurrentThreadAllocatedBytes();
    requests("*1000\r\n$1000000\r\n");
    assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 500_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*2\r\n*1\r\n",
        "*1\r\n$-1\r\n",
        "$3\r\nGET\r\n",
        "*99999999\r\n",
        "*1\r\nPING\r\n",
        "*x\r\n",
        "*1\r\n$-7\r\n",
        "*1\r\n$99999999999\r\n",
        "*1\r\n$3\r\nabcdef\r\n",
        "+OK\r\n",
        ":1\r\n",
      })
  void whatIsNoCommandBreaksOff(String wrong) {
    channel.writeInbound(Unpooled.copiedBuffer(wrong + "*1\r\n$4\r\nPING\r\n", ISO_8859_1));
    Request.Refused refused = channel.readInbound();
    assertTrue(refused.last());
    assertTrue(refused.error().startsWith("ERR Protocol error: "), refused.error());
    assertFalse(channel.inboundMessages().iterator().hasNext());
  }

  private List<String> requests(String bytes) {
    channel.writeInbound(Unpooled.copiedBuffer(bytes, ISO_8859_1));
    List<String> requests = new ArrayList<>();
    for (Request next = channel.readInbound(); next != null; next = channel.readInbound()) {
      requests.add(show(next));
    }
    return requests;
  }

  private static String show(Request request) {
    if (request instanceof Request.Refused refused) {
      return refused.error();
    }
    Request.Call call = (Request.Call) request;
    List<String> words = new ArrayList<>();
    for (int i = 0; i < call.words().size(); i++) {
      words.add(call.text(i));
    }
    return words.toString();
  }
}
