package io.github.skywalker.util;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Makes bad inputs of good ones, from a seed, and sees what a decoder makes of them: it takes them
 * or throws what it has declared, soon, and takes no more memory than their length explains.
 */
public final class Mutator {

  /**
   * For each decoder; all together get more than 100,000 in a build, and ten million in a long one.
   */
  private static final int INPUTS = Boolean.getBoolean("long") ? 1_000_000 : 10_000;

  /** Of one input; other mutations make it longer than the good one by little. */
  private static final int MAX_CHANGES = 4;

  private static final long FREE_BYTES = 1 << 20;
  private static final long BYTES_FOR_EACH = 256;
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** Numbers at which things break. */
  private static final long[] ODD = {
    0,
    1,
    -1,
    2,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 31,
    1L << 32,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    1L << 62,
    1L << 40
  };

  /** Takes an input. */
  public interface Decoder {
    void decode(byte[] input) throws Exception;
  }

  private final long seed;
  private final SplittableRandom random;
  private final byte[][] good;

  /** Made with inputs that the decoder takes. */
  public Mutator(long seed, byte[]... good) {
    this.seed = Long.getLong("seed", seed);
    this.random = new SplittableRandom(this.seed);
    this.good = good;
  }

  /**
   * Lets a decoder read the good inputs, and then bad ones.
   *
   * @param declared what it may throw
   */
  public void check(Class<? extends Exception> declared, Decoder decoder) throws Exception {
    for (byte[] each : good) {
      decoder.decode(each.clone());
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int refused = 0;
    for (int i = 0; i < INPUTS; i++) {
      byte[] input = next();
      String name = "seed " + seed + ", input " + i + ", " + input.length + " bytes " + head(input);
      long start = System.nanoTime();
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        decoder.decode(input.clone());
      } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError thrown) {
        if (!declared.isInstance(thrown)) {
          throw new AssertionError(name + ": " + thrown, thrown);
        }
        refused++;
      }
      long took = threads.getCurrentThreadAllocatedBytes() - before;
      long most = FREE_BYTES + BYTES_FOR_EACH * input.length;
      if (took > most) {
        throw new AssertionError(name + ": took " + took + " bytes of memory");
      }
      if (System.nanoTime() - start > MAX_NANOS) {
        throw new AssertionError(name + ": took longer than 20 s");
      }
    }
    if (refused < INPUTS / 100) {
      throw new AssertionError("Only " + refused + " of " + INPUTS + " inputs were refused");
    }
  }

  private static String head(byte[] input) {
    return HexFormat.of().formatHex(input, 0, Math.min(input.length, 2_000));
  }

  /** Another input. */
  byte[] next() {
    byte[] input = good[random.nextInt(good.length)].clone();
    for (int left = 1 + random.nextInt(MAX_CHANGES); left > 0; left--) {
      input = changed(input);
    }
    return input;
  }

  private byte[] changed(byte[] input) {
    if (input.length == 0) {
      return bytes(1 + random.nextInt(16));
    }
    int at = random.nextInt(input.length);
    int length = 1 + random.nextInt(Math.min(64, input.length - at));
    switch (random.nextInt(9)) {
      case 0 -> input[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> input[at] = (byte) random.nextInt();
      case 2 -> put(input, at, random.nextBoolean() ? Integer.BYTES : Long.BYTES);
      case 3 -> System.arraycopy(bytes(length), 0, input, at, length);
      case 4 -> {
        return Arrays.copyOf(input, at);
      }
      case 5 -> {
        return join(Arrays.copyOf(input, at), rest(input, at + length));
      }
      case 6 -> {
        return join(Arrays.copyOf(input, at + length), rest(input, at));
      }
      case 7 -> {
        return join(Arrays.copyOf(input, at), varint(odd()), rest(input, at));
      }
      default -> {
        byte[] other = good[random.nextInt(good.length)];
        return join(Arrays.copyOf(input, at), rest(other, random.nextInt(other.length + 1)));
      }
    }
    return input;
  }

  private long odd() {
    return ODD[random.nextInt(ODD.length)] + random.nextInt(3) - 1;
  }

  private void put(byte[] input, int at, int width) {
    if (at + width <= input.length) {
      ByteBuffer into =
          ByteBuffer.wrap(input)
              .order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
      if (width == Integer.BYTES) {
        into.putInt(at, (int) odd());
      } else {
        into.putLong(at, odd());
      }
    }
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] varint(long number) {
    byte[] bytes = new byte[10];
    int length = 0;
    long rest = number;
    while ((rest & ~0x7FL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
    return Arrays.copyOf(bytes, length);
  }

  private static byte[] rest(byte[] input, int from) {
    return Arrays.copyOfRange(input, Math.min(from, input.length), input.length);
  }

  private static byte[] join(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    for (byte[] part : parts) {
      all.put(part);
    }
    return all.array();
  }
}
