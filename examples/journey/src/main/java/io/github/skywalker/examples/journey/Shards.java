package io.github.skywalker.examples.journey;

import java.util.zip.CRC32C;

/**
 * Which group holds a key: the CRC-32C of its bytes, modulo the number of groups. This is for good:
 * a data directory that was written under another rule has its keys elsewhere.
 */
final class Shards {

  private final int groups;

  Shards(int groups) {
    this.groups = groups;
  }

  int groups() {
    return groups;
  }

  int groupOf(byte[] key) {
    CRC32C crc = new CRC32C();
    crc.update(key, 0, key.length);
    return (int) (crc.getValue() % groups);
  }
}
