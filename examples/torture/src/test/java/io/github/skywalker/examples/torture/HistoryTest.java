package io.github.skywalker.examples.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryTest {

  private static Step step(String json) {
    return Step.parse(json);
  }

  @Test
  void aLineIsWrittenAsItIsRead() {
    for (String line :
        List.of(
            "{\"process\":3,\"type\":\"invoke\",\"f\":\"read\",\"key\":\"x\",\"value\":null,"
                + "\"time\":17}",
            "{\"process\":3,\"type\":\"ok\",\"f\":\"write\",\"key\":\"x\",\"value\":\"v1\","
                + "\"time\":18}",
            "{\"process\":3,\"type\":\"fail\",\"f\":\"cas\",\"key\":\"x\",\"value\":[null,\"v1\"],"
                + "\"time\":18}",
            "{\"process\":3,\"type\":\"info\",\"f\":\"append\",\"key\":\"x\",\"value\":\"v1\","
                + "\"time\":18}")) {
      assertEquals(line, Step.parse(line).toJson());
    }
  }

  @Test
  void numbersAreTakenAsWords() {
    assertEquals(
        "5",
        step("{\"process\":0,\"type\":\"ok\",\"f\":\"read\",\"key\":\"x\",\"value\":5,\"time\":1}")
            .value());
  }

  @Test
  void aLineThatIsNoneIsRefusedByItsNumber(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("history.jsonl");
    Files.writeString(file, "\n{\"process\":3}\n");
    String message =
        assertThrows(IllegalArgumentException.class, () -> History.read(file)).getMessage();
    assertTrue(message.contains("line 2"), message);
  }

  @Test
  void whatFailedNeverHappenedAndWhatIsOpenMayHave() {
    History history = new History();
    Step write = new Step(1, Step.Type.INVOKE, Kind.WRITE, "x", "a", "", 1);
    history.add(write);
    history.add(write.answered(Step.Type.FAIL, "a", 2));
    Step append = new Step(1, Step.Type.INVOKE, Kind.APPEND, "x", "b", "", 3);
    history.add(append);
    List<Operation> operations = history.operations().get("x");
    assertEquals(1, operations.size());
    assertEquals(Operation.NEVER, operations.get(0).returned());
    assertEquals(false, operations.get(0).certain());
  }

  @Test
  void aProcessDoesOneThingAtATime() {
    History history = new History();
    history.add(new Step(1, Step.Type.INVOKE, Kind.WRITE, "x", "a", "", 1));
    history.add(new Step(1, Step.Type.INVOKE, Kind.WRITE, "x", "b", "", 2));
    assertThrows(IllegalArgumentException.class, history::operations);
  }

  @Test
  void anAppendThatIsLostOrDoubledIsFound() {
    History history = new History();
    for (String word : List.of("a", "b", "c")) {
      Step append = new Step(1, Step.Type.INVOKE, Kind.APPEND, "x", word, "", 1);
      history.add(append);
      history.add(append.answered(Step.Type.OK, word, 2));
    }
    Step refused = new Step(1, Step.Type.INVOKE, Kind.APPEND, "x", "d", "", 1);
    history.add(refused);
    history.add(refused.answered(Step.Type.FAIL, "d", 2));
    assertEquals(List.of(), HistoryJudge.appendsNotThereOnce(history, Map.of("x", "c b a")));
    assertEquals(3, HistoryJudge.appendsNotThereOnce(history, Map.of("x", "a a b d")).size());
  }
}
