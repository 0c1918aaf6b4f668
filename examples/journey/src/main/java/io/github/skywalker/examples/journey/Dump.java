package io.github.skywalker.examples.journey;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The keys and values of a database in one file: for each the two lengths, the key, the value; in
 * the end a length of -1. The library keeps a checksum of the file, so it needs none of its own.
 */
final class Dump {

  private static final String NAME = "entries";
  private static final int END = -1;

  private Dump() {}

  static final class Writer implements AutoCloseable {
    private final DataOutputStream out;

    Writer(Path directory) throws IOException {
      this(Files.newOutputStream(directory.resolve(NAME)));
    }

    Writer(OutputStream to) {
      out = new DataOutputStream(new BufferedOutputStream(to, 1 << 16));
    }

    void put(byte[] key, byte[] value) throws IOException {
      out.writeInt(key.length);
      out.writeInt(value.length);
      out.write(key);
      out.write(value);
    }

    /** Says that this was all. */
    void end() throws IOException {
      out.writeInt(END);
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  /** A key and its value. */
  record Pair(byte[] key, byte[] value) {}

  /** Takes no more memory than the file has bytes, whatever lengths stand in it. */
  static final class Reader implements AutoCloseable {
    private final DataInputStream in;
    private long left;

    Reader(Path directory) throws IOException {
      this(Files.size(directory.resolve(NAME)), Files.newInputStream(directory.resolve(NAME)));
    }

    Reader(long bytes, InputStream from) {
      left = bytes;
      in = new DataInputStream(new BufferedInputStream(from, 1 << 16));
    }

    /**
     * The next pair; null at the end.
     *
     * @throws IOException if reading fails, or the file is none that was written to its end
     */
    @Nullable Pair next() throws IOException {
      int length = length();
      if (length == END) {
        require(left == 0);
        return null;
      }
      int valueLength = length();
      require(length >= 0 && valueLength >= 0);
      return new Pair(bytes(length), bytes(valueLength));
    }

    private int length() throws IOException {
      take(Integer.BYTES);
      return in.readInt();
    }

    private byte[] bytes(int length) throws IOException {
      take(length);
      byte[] bytes = new byte[length];
      in.readFully(bytes);
      return bytes;
    }

    private void take(int bytes) throws IOException {
      require(bytes <= left);
      left -= bytes;
    }

    private static void require(boolean whole) throws IOException {
      if (!whole) {
        throw new IOException("the copy that is to be loaded is not whole");
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
