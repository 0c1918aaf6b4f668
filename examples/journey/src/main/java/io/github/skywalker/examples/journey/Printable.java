package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** Shows bytes to a human: as text where they are text, else byte by byte. */
final class Printable {

  private Printable() {}

  static String show(byte[] bytes) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t')) {
        return text;
      }
    } catch (CharacterCodingException binary) {
      // shown below
    }
    StringBuilder shown = new StringBuilder();
    for (byte next : bytes) {
      if (next >= ' ' && next < 0x7f && next != '\\') {
        shown.append((char) next);
      } else {
        shown.append(String.format("\\x%02x", next));
      }
    }
    return shown.toString();
  }
}
