package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.redis.ArrayHeaderRedisMessage;
import io.netty.handler.codec.redis.BulkStringHeaderRedisMessage;
import io.netty.handler.codec.redis.BulkStringRedisContent;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.InlineCommandRedisMessage;
import io.netty.handler.codec.redis.LastBulkStringRedisContent;
import io.netty.handler.codec.redis.RedisMessage;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts the parts that netty's decoder reads together to requests.
 *
 * <p>Netty's own aggregators would take memory for whatever length a client names. This one grows
 * with what has arrived, and of a request that is too long it keeps nothing, reads over the rest
 * and goes on behind it.
 */
final class RequestDecoder extends SimpleChannelInboundHandler<RedisMessage> {

  private final ByteArrayOutputStream word = new ByteArrayOutputStream();
  private List<byte[]> words = new ArrayList<>();
  private long missingWords;
  private long bytes;
  private boolean broken;

  @Override
  protected void channelRead0(ChannelHandlerContext context, RedisMessage message) {
    if (broken) {
      return;
    }
    if (message instanceof ArrayHeaderRedisMessage header) {
      startArray(context, header);
    } else if (message instanceof FullBulkStringRedisMessage whole && whole.isNull()) {
      breakOff(context, "a null string in a command");
    } else if (message instanceof BulkStringHeaderRedisMessage header) {
      startWord(context, header.bulkStringLength());
    } else if (message instanceof BulkStringRedisContent content) {
      addContent(context, content);
    } else if (message instanceof InlineCommandRedisMessage inline) {
      inline(context, inline.content());
    } else {
      breakOff(context, "a command is an array of bulk strings, or a plain line");
    }
  }

  private void startArray(ChannelHandlerContext context, ArrayHeaderRedisMessage header) {
    if (missingWords > 0) {
      breakOff(context, "an array within a command");
    } else if (header.length() > Limits.REQUEST_WORDS) {
      breakOff(
          context,
          "a command of "
              + header.length()
              + " words; at most "
              + Limits.REQUEST_WORDS
              + " are read");
    } else {
      missingWords = Math.max(0, header.length());
    }
  }

  private void startWord(ChannelHandlerContext context, int length) {
    if (missingWords == 0) {
      breakOff(context, "a string outside a command");
      return;
    }
    addBytes(length);
  }

  private void addContent(ChannelHandlerContext context, BulkStringRedisContent content) {
    if (missingWords == 0) {
      breakOff(context, "a string outside a command");
      return;
    }
    if (!isTooLong()) {
      byte[] part = new byte[content.content().readableBytes()];
      content.content().readBytes(part);
      word.writeBytes(part);
    }
    if (content instanceof LastBulkStringRedisContent) {
      endWord(context);
    }
  }

  private void endWord(ChannelHandlerContext context) {
    if (!isTooLong()) {
      words.add(word.toByteArray());
    }
    word.reset();
    if (--missingWords == 0) {
      emit(context);
    }
  }

  private void inline(ChannelHandlerContext context, String line) {
    if (missingWords > 0) {
      breakOff(context, "a plain line within a command");
      return;
    }
    try {
      for (String next : Words.split(line)) {
        words.add(next.getBytes(UTF_8));
        addBytes(next.length());
      }
    } catch (IllegalArgumentException unbalanced) {
      words.clear();
      context.fireChannelRead(new Request.Refused("ERR " + unbalanced.getMessage(), false));
    }
    if (!words.isEmpty()) {
      emit(context);
    }
  }

  private void addBytes(int more) {
    bytes += more;
    if (isTooLong()) {
      words.clear();
      word.reset();
    }
  }

  private boolean isTooLong() {
    return bytes > Limits.REQUEST_BYTES;
  }

  private void emit(ChannelHandlerContext context) {
    Request request =
        isTooLong()
            ? new Request.Refused(
                "ERR a command of "
                    + bytes
                    + " bytes; at most "
                    + Limits.REQUEST_BYTES
                    + " are taken",
                false)
            : new Request.Call(words, (int) bytes);
    words = new ArrayList<>();
    bytes = 0;
    context.fireChannelRead(request);
  }

  private void breakOff(ChannelHandlerContext context, String reason) {
    broken = true;
    words.clear();
    word.reset();
    context.fireChannelRead(new Request.Refused("ERR Protocol error: " + reason, true));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) throws Exception {
    if (!(cause instanceof DecoderException)) {
      super.exceptionCaught(context, cause);
    } else if (!broken) {
      breakOff(
          context,
          String.valueOf(
              cause.getCause() == null ? cause.getMessage() : cause.getCause().getMessage()));
    }
  }
}
