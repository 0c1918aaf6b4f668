package io.github.skywalker.network;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives up a connection on which bytes wait and none leave: the other end has stopped reading. It
 * looks at the foremost frame and how much of it has left, so that a large frame on a slow line is
 * not mistaken for a stall.
 */
final class StallWatch {

  private static final Logger log = LoggerFactory.getLogger(StallWatch.class);

  private static final int LOOKS = 5;

  private final Channel channel;
  private final Runnable stalled;
  private @Nullable Object foremost;
  private long left;
  private int looksAlike;

  private StallWatch(Channel channel, Runnable stalled) {
    this.channel = channel;
    this.stalled = stalled;
  }

  /** Watches a channel until it is closed. */
  static void over(Channel channel, int stallMillis, Runnable stalled) {
    StallWatch watch = new StallWatch(channel, stalled);
    int period = Math.max(1, stallMillis / LOOKS);
    Future<?> looking =
        channel
            .eventLoop()
            .scheduleWithFixedDelay(watch::look, period, period, TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(closed -> looking.cancel(false));
  }

  private void look() {
    ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
    Object nowForemost = waiting == null ? null : waiting.current();
    long nowLeft = nowForemost == null || waiting == null ? 0 : waiting.currentProgress();
    if (nowForemost == null || nowForemost != foremost || nowLeft != left) {
      foremost = nowForemost;
      left = nowLeft;
      looksAlike = 0;
      return;
    }
    looksAlike++;
    if (looksAlike >= LOOKS) {
      log.info("Nothing leaves to {} any more; the connection is given up.", channel);
      stalled.run();
    }
  }
}
