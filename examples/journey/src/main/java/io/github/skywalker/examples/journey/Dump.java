package io.github.skywalker.examples.journey;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
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
      out =
          new DataOutputStream(
              new BufferedOutputStream(Files.newOutputStream(directory.resolve(NAME)), 1 << 16));
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

  static final class Reader implements AutoCloseable {
    private final DataInputStream in;

    Reader(Path directory) throws IOException {
      in =
          new DataInputStream(
              new BufferedInputStream(Files.newInputStream(directory.resolve(NAME)), 1 << 16));
    }

    /** The next pair; null at the end. */
    @Nullable Pair next() throws IOException {
      int length = in.readInt();
      if (length == END) {
        return null;
      }
      byte[] key = new byte[length];
      byte[] value = new byte[in.readInt()];
      in.readFully(key);
      in.readFully(value);
      return new Pair(key, value);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
