package io.github.skywalker.examples.torture;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What a client asks of a key, as it is proposed.
 *
 * @param kind what; never a read, as reads are not proposed
 * @param key of what
 * @param value what is written, appended or set
 * @param expected what a compare-and-set expects; empty for nothing
 * @param padding so many bytes more, that mean nothing but must arrive whole
 */
record Command(Kind kind, String key, String value, String expected, int padding) {

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(kind.word());
      out.writeUTF(key);
      out.writeUTF(value);
      out.writeUTF(expected);
      out.writeInt(padding);
      for (int i = 0; i < padding; i++) {
        out.writeByte(paddingAt(i));
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private static byte paddingAt(int place) {
    return (byte) (place * 31 + (place >> 8));
  }

  /**
   * Reads it again.
   *
   * @throws IOException if the bytes are not those that were proposed
   */
  static Command decode(byte[] bytes) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      Kind kind = kind(in.readUTF());
      Command command = new Command(kind, in.readUTF(), in.readUTF(), in.readUTF(), in.readInt());
      if (in.available() != command.padding) {
        throw new IOException("A value came with another length than it was proposed with");
      }
      for (int i = 0; i < command.padding; i++) {
        if (in.readByte() != paddingAt(i)) {
          throw new IOException("A value came with other bytes than it was proposed with");
        }
      }
      return command;
    }
  }

  private static Kind kind(String word) throws IOException {
    try {
      Kind kind = Kind.of(word);
      if (kind == Kind.READ) {
        throw new IOException("A read was proposed");
      }
      return kind;
    } catch (IllegalArgumentException unknown) {
      throw new IOException("A value came that is no command", unknown);
    }
  }
}
