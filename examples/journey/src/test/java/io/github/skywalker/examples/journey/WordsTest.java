package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines that humans and programs write, as words and as fields. */
class WordsTest {

  @Test
  void blanksSeparateWords() {
    assertEquals(List.of("put", "k", "v"), Words.split("  put\tk   v "));
    assertEquals(List.of(), Words.split("   "));
  }

  @Test
  void quotesAndBackslashesMakeBlanksText() {
    assertEquals(List.of("a b", "c d", "e f"), Words.split("\"a b\" 'c d' e\\ f"));
    assertEquals(List.of(""), Words.split("''"));
    assertEquals(List.of("it's", "say \"x\""), Words.split("\"it's\" \"say \\\"x\\\"\""));
    assertEquals(List.of("back\\slash"), Words.split("'back\\slash'"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"open", "'open", "end\\"})
  void whatIsNotClosedIsRefused(String line) {
    assertThrows(IllegalArgumentException.class, () -> Words.split(line));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "two words", "quo\"ted", "back\\slash", "it's", "a=b"})
  void anyValueOfAFieldComesBack(String value) {
    Fields fields = Fields.parse(new Fields().with("a", value).with("b", 7).toString());

    assertEquals(value, fields.get("a").orElseThrow());
    assertEquals(7L, fields.number("b").orElseThrow());
  }

  @Test
  void aLineThatHasNoFieldsIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Fields.parse("group"));
  }
}
