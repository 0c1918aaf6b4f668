package io.github.skywalker.network;

import io.netty.channel.Channel;
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
 * is not mistaken for a stall.
 */
final class StallWatch {

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
  private final Runnable stalled;
  private @Nullable Progress last;
  private int looksAlike;

  private StallWatch(Channel channel, Supplier<@Nullable Progress> progress, Runnable stalled) {
    this.channel = channel;
    this.progress = progress;
    this.stalled = stalled;
  }

  /** Watches what leaves on a channel, until that is closed. */
  static void overSending(Channel channel, int stallMillis, Runnable stalled) {
    watch(new StallWatch(channel, () -> sending(channel), stalled), stallMillis);
  }

  /** Watches what comes on a channel, until that is closed. */
  static void overReceiving(
      Channel channel, FrameDecoder frames, int stallMillis, Runnable stalled) {
    watch(new StallWatch(channel, () -> receiving(frames), stalled), stallMillis);
  }

  private static void watch(StallWatch watch, int stallMillis) {
    int period = Math.max(1, stallMillis / LOOKS);
    Future<?> looking =
        watch
            .channel
            .eventLoop()
            .scheduleWithFixedDelay(watch::look, period, period, TimeUnit.MILLISECONDS);
    watch.channel.closeFuture().addListener(closed -> looking.cancel(false));
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
    if (now == null || !now.equals(last)) {
      last = now;
      looksAlike = 0;
      return;
    }
    looksAlike++;
    if (looksAlike >= LOOKS) {
      log.info("Nothing moves on {} any more; the connection is given up.", channel);
      stalled.run();
    }
  }
}
