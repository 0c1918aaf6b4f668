package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Where keys are is for good. */
class ShardsTest {

  @Test
  void aKeyStaysInItsGroup() {
    // 0xe3069283 is the check value of CRC-32C.
    assertEquals((int) (0xe3069283L % 7), new Shards(7).groupOf("123456789".getBytes(UTF_8)));
    assertEquals(0, new Shards(3).groupOf(new byte[0]));
  }

  @Test
  void keysAreSpreadEvenly() {
    int[] counts = new int[3];
    for (int i = 0; i < 30_000; i++) {
      counts[new Shards(3).groupOf(("user:" + i).getBytes(UTF_8))]++;
    }
    for (int count : counts) {
      assertTrue(count > 9_000 && count < 11_000, "uneven: " + count);
    }
  }
}
