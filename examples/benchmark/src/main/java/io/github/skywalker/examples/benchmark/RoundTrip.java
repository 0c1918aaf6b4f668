package io.github.skywalker.examples.benchmark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** A batch over loopback and a short answer back, between two threads that block. */
final class RoundTrip {

  private static final int ANSWER_BYTES = 64;
  private static final double MEDIAN = 50;
  private static final double HIGH = 99;

  /**
   * What was measured.
   *
   * @param times of an exchange
   * @param cpuNanos processor time of one, at both ends
   */
  record Found(Limit.Times times, double cpuNanos) {}

  private final int batchBytes;
  private final Cpu here = new Cpu();
  private final Cpu there = new Cpu();
  private @Nullable IOException failed;

  private RoundTrip(int batchBytes) {
    this.batchBytes = batchBytes;
  }

  static Found measure(int batchBytes, Duration time) throws IOException {
    return new RoundTrip(batchBytes).measure(time);
  }

  private Found measure(Duration time) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Thread peer = new Thread(() -> answer(server), "round-trip");
      peer.start();
      Histogram latencies = new Histogram(Sample.DIGITS);
      try (SocketChannel channel = SocketChannel.open(server.getLocalAddress())) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        exchange(channel, time, latencies);
      }
      Waiting.join(peer);
      if (failed != null) {
        throw failed;
      }
      long count = latencies.getTotalCount();
      Limit.Times times =
          new Limit.Times(
              latencies.getValueAtPercentile(MEDIAN),
              latencies.getValueAtPercentile(HIGH),
              latencies.getMaxValue(),
              count / (time.toNanos() / 1e9));
      return new Found(times, (double) (here.nanos() + there.nanos()) / Math.max(1, count));
    }
  }

  private void exchange(SocketChannel channel, Duration time, Histogram latencies)
      throws IOException {
    ByteBuffer batch = ByteBuffer.allocateDirect(batchBytes);
    ByteBuffer answer = ByteBuffer.allocateDirect(ANSWER_BYTES);
    here.begin();
    long end = System.nanoTime() + time.toNanos();
    for (long begun = System.nanoTime(); begun < end; begun = System.nanoTime()) {
      write(channel, batch);
      if (!read(channel, answer)) {
        throw new IOException("The other end of the loopback connection has closed it.");
      }
      latencies.recordValue(System.nanoTime() - begun);
    }
    here.end();
  }

  private void answer(ServerSocketChannel server) {
    try (SocketChannel channel = server.accept()) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      ByteBuffer batch = ByteBuffer.allocateDirect(batchBytes);
      ByteBuffer answer = ByteBuffer.allocateDirect(ANSWER_BYTES);
      there.begin();
      while (read(channel, batch)) {
        write(channel, answer);
      }
      there.end();
    } catch (IOException why) {
      failed = why;
    }
  }

  private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
    bytes.clear();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Says whether the buffer could be filled. */
  private static boolean read(SocketChannel channel, ByteBuffer bytes) throws IOException {
    bytes.clear();
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        return false;
      }
    }
    return true;
  }
}
