package io.github.skywalker.examples.journey;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * What stands in a database under one key: a CRC-32C over the key and the value, then the value. So
 * a value that was mangled, or belongs to another key, is told apart.
 */
final class Seal {

  private static final int CRC_BYTES = 4;

  private Seal() {}

  static byte[] close(byte[] key, byte[] value) {
    return ByteBuffer.allocate(CRC_BYTES + value.length)
        .putInt(crc(key, value, 0))
        .put(value)
        .array();
  }

  /** The value in a record, if that is whole. */
  static byte[] open(byte[] key, byte[] record) throws DamageException {
    if (record.length < CRC_BYTES
        || ByteBuffer.wrap(record).getInt() != crc(key, record, CRC_BYTES)) {
      throw new DamageException("a record of " + record.length + " bytes has a wrong checksum");
    }
    return Arrays.copyOfRange(record, CRC_BYTES, record.length);
  }

  private static int crc(byte[] key, byte[] value, int from) {
    CRC32C crc = new CRC32C();
    crc.update(key, 0, key.length);
    crc.update(value, from, value.length - from);
    return (int) crc.getValue();
  }
}
