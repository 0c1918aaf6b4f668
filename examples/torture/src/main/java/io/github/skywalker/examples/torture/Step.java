package io.github.skywalker.examples.torture;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.Locale;

/**
 * One line of a history: a call, or its answer.
 *
 * @param process who calls: one thing at a time, and nothing any more after {@link Type#INFO}
 * @param type what kind of line it is
 * @param kind what is asked
 * @param key of what
 * @param value what is read, written or appended, or set by a compare-and-set; empty where nothing
 *     is there, and at the call of a read
 * @param expected what a compare-and-set expects, empty for nothing; else empty
 * @param nanos when, by a clock that all processes share
 */
record Step(
    int process, Type type, Kind kind, String key, String value, String expected, long nanos) {

  /** What a line tells. */
  enum Type {
    /** The call. */
    INVOKE,
    /** It happened. */
    OK,
    /** It did not happen, and never will. */
    FAIL,
    /** Nobody knows: it may have happened, and may happen at any time from now on. */
    INFO
  }

  /** The answer to this call. */
  Step answered(Type how, String result, long when) {
    return new Step(process, how, kind, key, result, expected, when);
  }

  /** One line of JSON. */
  String toJson() {
    JsonObject line = new JsonObject();
    line.addProperty("process", process);
    line.addProperty("type", type.name().toLowerCase(Locale.ROOT));
    line.addProperty("f", kind.word());
    line.addProperty("key", key);
    if (kind == Kind.CAS) {
      JsonArray both = new JsonArray();
      both.add(text(expected));
      both.add(text(value));
      line.add("value", both);
    } else {
      line.add("value", text(value));
    }
    line.addProperty("time", nanos);
    return line.toString();
  }

  private static JsonElement text(String text) {
    return text.isEmpty() ? JsonNull.INSTANCE : new JsonPrimitive(text);
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is none; the message says what is wrong
   */
  static Step parse(String json) {
    try {
      JsonObject line = JsonParser.parseString(json).getAsJsonObject();
      Kind kind = Kind.of(line.get("f").getAsString());
      JsonElement value = line.has("value") ? line.get("value") : JsonNull.INSTANCE;
      boolean both = kind == Kind.CAS;
      return new Step(
          line.get("process").getAsInt(),
          Type.valueOf(line.get("type").getAsString().toUpperCase(Locale.ROOT)),
          kind,
          line.get("key").getAsString(),
          read(both ? value.getAsJsonArray().get(1) : value),
          both ? read(value.getAsJsonArray().get(0)) : "",
          line.get("time").getAsLong());
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | IndexOutOfBoundsException
        | UnsupportedOperationException wrong) {
      throw new IllegalArgumentException("not a line of a history: " + json, wrong);
    }
  }

  private static String read(JsonElement value) {
    return value.isJsonNull() ? "" : value.getAsString();
  }
}
