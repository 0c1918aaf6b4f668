package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands as bytes, there and back. */
class CommandTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 16_383, 16_384, 65_536})
  void aSetComesBackAsItWas(int length) {
    byte[] key = new byte[length];
    Arrays.fill(key, (byte) 7);
    Command.Set set = new Command.Set(key, "value".getBytes(UTF_8));

    Command.Set read = (Command.Set) Command.decode(ByteBuffer.wrap(set.encode()));

    assertArrayEquals(key, read.key());
    assertArrayEquals(set.value(), read.value());
  }

  @Test
  void aDeleteComesBackAsItWas() {
    Command.Delete delete = new Command.Delete(List.of("a".getBytes(UTF_8), new byte[0]));

    Command.Delete read = (Command.Delete) Command.decode(ByteBuffer.wrap(delete.encode()));

    assertEquals(2, read.keys().size());
    assertArrayEquals("a".getBytes(UTF_8), read.keys().get(0));
    assertArrayEquals(new byte[0], read.keys().get(1));
  }

  @Test
  void theFormOfACommandStaysAsItIs() {
    assertArrayEquals(
        new byte[] {1, 1, 1, 'k', 'v'},
        new Command.Set(new byte[] {'k'}, new byte[] {'v'}).encode());
    assertArrayEquals(
        new byte[] {1, 2, 1, 1, 'k'}, new Command.Delete(List.of(new byte[] {'k'})).encode());
  }

  @Test
  void everyCutCommandIsRefused() {
    byte[] whole = new Command.Delete(List.of("abc".getBytes(UTF_8))).encode();
    for (int length = 0; length < whole.length; length++) {
      ByteBuffer cut = ByteBuffer.wrap(whole, 0, length);
      assertThrows(IllegalArgumentException.class, () -> Command.decode(cut));
    }
  }

  @Test
  void aLaterFormatOrKindIsRefusedWithAdvice() {
    for (byte[] later : List.of(new byte[] {2, 1, 0}, new byte[] {1, 99, 0})) {
      var refused =
          assertThrows(
              IllegalArgumentException.class, () -> Command.decode(ByteBuffer.wrap(later)));
      assertTrue(refused.getMessage().contains("Run the version"), refused.getMessage());
    }
  }

  @Test
  void aLengthBeyondTheEndTakesNoMemory() {
    byte[] lying = {1, 2, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 7};
    assertThrows(IllegalArgumentException.class, () -> Command.decode(ByteBuffer.wrap(lying)));
    byte[] tooLong = {1, 1, -1, -1, -1, -1, -1, -1};
    assertThrows(IllegalArgumentException.class, () -> Command.decode(ByteBuffer.wrap(tooLong)));
  }
}
