package io.github.skywalker.examples.journey;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A change of a group's keys, as it stands in the log for good.
 *
 * <p>Its form: one byte for the version of the format, one for the kind, then the fields; a length
 * is a varint. A node that meets a version or a kind that it does not know halts the group: going
 * on without the change would make its state differ from that of the others.
 */
sealed interface Command {

  /** The version of the format that is written; all up to it are read. */
  byte FORMAT = 1;

  /** Sets a key to a value. */
  record Set(byte[] key, byte[] value) implements Command {
    static final byte KIND = 1;

    @Override
    public byte[] encode() {
      byte[] bytes = new byte[2 + Varint.length(key.length) + key.length + value.length];
      ByteBuffer to = start(KIND, bytes);
      putBytes(to, key);
      to.put(value);
      return bytes;
    }

    @Override
    public <R> R handle(Handler<R> handler) throws IOException {
      return handler.set(this);
    }
  }

  /** Removes keys; those that are not there are passed over. */
  record Delete(List<byte[]> keys) implements Command {
    static final byte KIND = 2;

    @Override
    public byte[] encode() {
      int length = 2 + Varint.length(keys.size());
      for (byte[] key : keys) {
        length += Varint.length(key.length) + key.length;
      }
      byte[] bytes = new byte[length];
      ByteBuffer to = start(KIND, bytes);
      Varint.put(to, keys.size());
      keys.forEach(key -> putBytes(to, key));
      return bytes;
    }

    @Override
    public <R> R handle(Handler<R> handler) throws IOException {
      return handler.delete(this);
    }
  }

  /** One method for each kind, so that a new kind breaks the build and not a cluster. */
  interface Handler<R> {
    R set(Set set) throws IOException;

    R delete(Delete delete) throws IOException;
  }

  /** Calls the method for this kind. */
  <R> R handle(Handler<R> handler) throws IOException;

  /** The form that is proposed. */
  byte[] encode();

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IllegalArgumentException if the bytes are no command that this version knows
   */
  static Command decode(ByteBuffer from) {
    try {
      byte format = from.get();
      if (format != FORMAT) {
        throw new IllegalArgumentException(
            "A command of format "
                + format
                + "; this version reads format "
                + FORMAT
                + ". Run the version that wrote it, or a later one.");
      }
      byte kind = from.get();
      return switch (kind) {
        case Set.KIND -> new Set(takeBytes(from), take(from, from.remaining()));
        case Delete.KIND -> new Delete(takeKeys(from));
        default ->
            throw new IllegalArgumentException(
                "A command of kind "
                    + kind
                    + ", which this version does not know. Run the version that wrote it, or a"
                    + " later one.");
      };
    } catch (BufferUnderflowException cut) {
      throw new IllegalArgumentException("A command that ends too early", cut);
    }
  }

  private static ByteBuffer start(byte kind, byte[] bytes) {
    return ByteBuffer.wrap(bytes).put(FORMAT).put(kind);
  }

  private static void putBytes(ByteBuffer to, byte[] bytes) {
    Varint.put(to, bytes.length);
    to.put(bytes);
  }

  private static List<byte[]> takeKeys(ByteBuffer from) {
    int count = Varint.get(from);
    List<byte[]> keys = new ArrayList<>(Math.min(count, from.remaining()));
    for (int i = 0; i < count; i++) {
      keys.add(takeBytes(from));
    }
    if (from.hasRemaining()) {
      throw new IllegalArgumentException(
          "A command with " + from.remaining() + " bytes behind its end");
    }
    return keys;
  }

  private static byte[] takeBytes(ByteBuffer from) {
    return take(from, Varint.get(from));
  }

  private static byte[] take(ByteBuffer from, int length) {
    if (length > from.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    from.get(bytes);
    return bytes;
  }
}
