package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Checkpoint;
import io.github.skywalker.api.Execution;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.iq80.leveldb.DB;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a database answers, and what it holds when it is opened again. */
class DatabaseTest {

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Engine.class)
  void commandsAnswerAsOnAnyOtherNode(Engine engine) throws Exception {
    try (Database database = open(engine)) {
      assertArrayEquals(
          new Object[] {Batch.OK, 1L, 0L, Batch.OK},
          execute(database, 1, set("k", "1"), delete("k", "none"), delete("k"), set("k", "2")));
      assertArrayEquals(new Object[] {1L}, execute(database, 2, delete("k", "k")));
      assertNull(database.get(bytes("k")));
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void anEmptyKeyAndAnEmptyValueAreAnyOthers(Engine engine) throws Exception {
    try (Database database = open(engine)) {
      execute(database, 1, set("", "v"), set("k", ""));
      assertArrayEquals(bytes("v"), database.get(bytes("")));
      assertArrayEquals(bytes(""), database.get(bytes("k")));
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aDatabaseThatIsOpenedAgainHoldsWhatItSays(Engine engine) throws Exception {
    try (Database database = open(engine)) {
      execute(database, 3, set("a", "1"));
      execute(database, 8, set("b", "2"));
    }
    try (Database database = open(engine)) {
      assertEquals(8, database.executedUpTo());
      assertArrayEquals(bytes("1"), database.get(bytes("a")));
      execute(database, 9, delete("a"));
    }
    try (Database database = open(engine)) {
      assertEquals(9, database.executedUpTo());
      assertNull(database.get(bytes("a")));
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aCheckpointHoldsOneMomentAndTakesThePlaceOfEverythingWhereItIsLoaded(Engine engine)
      throws Exception {
    Path files = Files.createDirectory(directory.resolve("checkpoint"));
    try (Database database = open(engine)) {
      execute(database, 5, set("a", "1"), set("b", "2"));
      Checkpoint checkpoint = database.checkpoint().orElseThrow();
      try (Checkpoint.Snapshot moment = checkpoint.capture()) {
        execute(database, 6, set("a", "later"), set("c", "later"), delete("b"));
        moment.writeTo(files);
      }
      assertArrayEquals(bytes("later"), database.get(bytes("a")));
    }
    try (Database other = Database.open(directory.resolve("other"), engine)) {
      execute(other, 2, set("z", "old"), set("a", "old"));
      other.checkpoint().orElseThrow().restore(5, files);
      assertEquals(5, other.executedUpTo());
      assertArrayEquals(bytes("1"), other.get(bytes("a")));
      assertArrayEquals(bytes("2"), other.get(bytes("b")));
      assertNull(other.get(bytes("c")));
      assertNull(other.get(bytes("z")));
      execute(other, 7, set("z", "new"));
    }
    try (Database again = Database.open(directory.resolve("other"), engine)) {
      assertEquals(7, again.executedUpTo());
      assertArrayEquals(bytes("1"), again.get(bytes("a")));
      assertArrayEquals(bytes("new"), again.get(bytes("z")));
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void anInstanceIsNotExecutedTwice(Engine engine) throws Exception {
    try (Database database = open(engine)) {
      execute(database, 5, set("a", "1"));
      assertThrows(IllegalStateException.class, () -> execute(database, 5, set("a", "2")));
      assertArrayEquals(bytes("1"), database.get(bytes("a")));
    }
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aBatchMissingFromTheMiddleMeansAnewStart(Engine engine) throws Exception {
    fill(engine, 10);
    try (DB db = engine.open(directory.resolve("0"))) {
      db.delete(Layout.link(4));
    }
    assertStartsAnew(engine);
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aLinkBeyondTheLastBatchMeansAnewStart(Engine engine) throws Exception {
    fill(engine, 10);
    try (DB db = engine.open(directory.resolve("0"))) {
      db.put(Layout.link(11), new byte[0]);
    }
    assertStartsAnew(engine);
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aDatabaseThatDoesNotSayWhatItHoldsStartsAnew(Engine engine) throws Exception {
    fill(engine, 10);
    try (DB db = engine.open(directory.resolve("0"))) {
      db.delete(Layout.APPLIED);
    }
    assertStartsAnew(engine);
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aDatabaseThatCannotBeOpenedStartsAnew(Engine engine) throws Exception {
    fill(engine, 10);
    Files.writeString(directory.resolve("0").resolve("CURRENT"), "nonsense");
    assertStartsAnew(engine);
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aMangledValueIsNotReadAndTheNextStartIsAnew(Engine engine) throws Exception {
    fill(engine, 10);
    try (DB db = engine.open(directory.resolve("0"))) {
      byte[] record = db.get(Layout.data(bytes("k3")));
      record[record.length - 1] ^= 1;
      db.put(Layout.data(bytes("k3")), record);
    }
    try (Database database = open(engine)) {
      IOException damage = assertThrows(IOException.class, () -> database.get(bytes("k3")));
      assertTrue(damage.getMessage().contains("rebuilt from the log"), damage.getMessage());
      assertThrows(IOException.class, () -> database.get(bytes("k4")), "goes on after damage");
      assertThrows(IOException.class, () -> execute(database, 11, set("k", "v")));
    }
    assertStartsAnew(engine);
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void whatWasBeingThrownAwayAtACrashIsThrownAwayAtTheNextStart(Engine engine) throws Exception {
    fill(engine, 3);
    Files.move(directory.resolve("0"), directory.resolve("0.damaged"));
    assertStartsAnew(engine);
  }

  @ParameterizedTest
  @EnumSource(Engine.class)
  void aClosedDatabaseRefusesAndDoesNotCrash(Engine engine) throws Exception {
    Database database = open(engine);
    database.close();
    database.close();
    assertThrows(IOException.class, () -> database.get(bytes("k")));
    assertThrows(IOException.class, () -> execute(database, 1, set("k", "v")));
  }

  private void fill(Engine engine, int instances) throws Exception {
    try (Database database = open(engine)) {
      for (int instance = 1; instance <= instances; instance++) {
        execute(database, instance, set("k" + instance, "v" + instance));
      }
    }
  }

  private void assertStartsAnew(Engine engine) throws Exception {
    try (Database database = open(engine)) {
      assertEquals(0, database.executedUpTo());
      assertNull(database.get(bytes("k1")));
      execute(database, 1, set("k1", "again"));
    }
    try (Database database = open(engine)) {
      assertEquals(1, database.executedUpTo());
      assertArrayEquals(bytes("again"), database.get(bytes("k1")));
    }
    try (var files = Files.list(directory)) {
      assertEquals(List.of(directory.resolve("0")), files.toList());
    }
  }

  private Database open(Engine engine) throws IOException {
    return Database.open(directory.resolve("0"), engine);
  }

  static Object[] execute(Database database, long instance, Command... commands)
      throws IOException {
    List<Execution> executions = new ArrayList<>();
    for (Command command : commands) {
      executions.add(
          new Execution(0, instance, 1, ByteBuffer.wrap(command.encode()).asReadOnlyBuffer()));
    }
    return database.executeAll(executions);
  }

  static Command set(String key, String value) {
    return new Command.Set(bytes(key), bytes(value));
  }

  static Command delete(String... keys) {
    return new Command.Delete(List.of(keys).stream().map(DatabaseTest::bytes).toList());
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
