package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a command, made on the event loop when its turn to be written has come: so a value
 * is read from the database only when the client is ready to take it.
 */
@FunctionalInterface
interface Reply {

  RedisMessage message();

  static Reply simple(String text) {
    return () -> new SimpleStringRedisMessage(text);
  }

  static Reply number(long value) {
    return () -> new IntegerRedisMessage(value);
  }

  static Reply bulk(byte @Nullable [] value) {
    return () -> bulkMessage(value);
  }

  static Reply lines(List<String> lines) {
    return () -> {
      List<RedisMessage> messages = new ArrayList<>();
      lines.forEach(line -> messages.add(bulkMessage(line.getBytes(UTF_8))));
      return new ArrayRedisMessage(messages);
    };
  }

  /** An error: its class in capitals, then a sentence. */
  static Reply error(String text) {
    return () -> errorMessage(text);
  }

  static RedisMessage bulkMessage(byte @Nullable [] value) {
    return value == null
        ? FullBulkStringRedisMessage.NULL_INSTANCE
        : new FullBulkStringRedisMessage(Unpooled.wrappedBuffer(value));
  }

  /** An error may hold what a client sent, and must be one line. */
  static RedisMessage errorMessage(String text) {
    return new ErrorRedisMessage(text.replaceAll("\\p{Cntrl}", " "));
  }
}
