package io.github.skywalker.paxos;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Takes the array out of a byte string that nobody else holds, where it has one of its own. */
final class Bytes extends ByteOutput {

  private final int size;
  private byte @Nullable [] array;

  private Bytes(int size) {
    this.size = size;
  }

  /** The bytes; shared with the byte string, so that neither may be changed. */
  static byte[] of(ByteString string) {
    Bytes taken = new Bytes(string.size());
    try {
      UnsafeByteOperations.unsafeWriteTo(string, taken);
    } catch (IOException impossible) {
      throw new AssertionError("Nothing was written", impossible);
    }
    byte[] whole = taken.array;
    return whole != null ? whole : string.toByteArray();
  }

  @Override
  public void writeLazy(byte[] value, int offset, int length) {
    if (offset == 0 && length == value.length && length == size) {
      array = value;
    }
  }

  @Override
  public void write(byte[] value, int offset, int length) {}

  @Override
  public void write(byte value) {}

  @Override
  public void write(ByteBuffer value) {}

  @Override
  public void writeLazy(ByteBuffer value) {}
}
