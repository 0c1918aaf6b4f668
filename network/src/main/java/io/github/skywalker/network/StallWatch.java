package io.github.skywalker.network;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives up a connection on which something has begun to move and does not get on: frames that wait
 * and do not leave, because the other end has stopped reading, or half a frame that came, and not
 * its rest. It looks at what is under way and how far that is, so that a large frame on a slow line
 * is not mistaken for a stall. Where nothing is under way it does not look: an idle connection
 * wakes nobody.
 */
final class StallWatch extends ChannelDuplexHandler {

  private static final Logger log = LoggerFactory.getLogger(StallWatch.class);

  private static final int LOOKS = 5;

  /**
   * What is under way, and how far it is.
   *
   * @param what equal to what was there at the last look if it is the same
   */
  private record Progress(Object what, long bytes) {}

  private final Channel channel;
  private final Supplier<@Nullable Progress> progress;
  private final long periodMillis;
  private final Runnable stalled;
  private @Nullable Progress last;
  private @Nullable Future<?> nextLook;
  private int looksAlike;

  private StallWatch(
      Channel channel, Supplier<@Nullable Progress> progress, int stallMillis, Runnable stalled) {
    this.channel = channel;
    this.progress = progress;
    this.periodMillis = Math.max(1, stallMillis / LOOKS);
    this.stalled = stalled;
  }

  /** Watches what leaves on a channel, until that is closed. */
  static void overSending(Channel channel, int stallMillis, Runnable stalled) {
    new StallWatch(channel, () -> sending(channel), stallMillis, stalled).begin();
  }

  /** Watches what comes on a channel, until that is closed. */
  static void overReceiving(
      Channel channel, FrameDecoder frames, int stallMillis, Runnable stalled) {
    new StallWatch(channel, () -> receiving(frames), stallMillis, stalled).begin();
  }

  private void begin() {
    channel.pipeline().addLast(this);
    lookFromNowOn();
  }

  @Override
  public void flush(ChannelHandlerContext context) {
    context.flush();
    lookFromNowOn();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.fireChannelReadComplete();
    lookFromNowOn();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    if (nextLook != null) {
      nextLook.cancel(false);
    }
  }

  /** If something is under way, and nobody looks yet. */
  private void lookFromNowOn() {
    if (nextLook == null) {
      last = progress.get();
      looksAlike = 0;
      lookAgain();
    }
  }

  private void lookAgain() {
    nextLook =
        last == null
            ? null
            : channel.eventLoop().schedule(this::look, periodMillis, TimeUnit.MILLISECONDS);
  }

  private static @Nullable Progress sending(Channel channel) {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    Object foremost = waiting == null ? null : waiting.current();
    return foremost == null || waiting == null
        ? null
        : new Progress(new Same(foremost), waiting.currentProgress());
  }

  private static @Nullable Progress receiving(FrameDecoder frames) {
    int bytes = frames.bytesOfNext();
    return bytes == 0 ? null : new Progress(frames.frames(), bytes);
  }

  /** Equal only for the very same object: buffers are equal if their content is. */
  private record Same(Object object) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Same that && that.object == object;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(object);
    }
  }

  private void look() {
    Progress now = progress.get();
    looksAlike = now != null && now.equals(last) ? looksAlike + 1 : 0;
    last = now;
    if (looksAlike >= LOOKS) {
      log.info("Nothing moves on {} any more; the connection is given up.", channel);
      stalled.run();
      return;
    }
    lookAgain();
  }
}
