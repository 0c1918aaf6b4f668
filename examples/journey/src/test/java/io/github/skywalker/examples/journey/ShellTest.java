package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the shell understands, prints, and returns. */
class ShellTest {

  private final FakeServers fake = new FakeServers();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Shell shell = shell();

  private Shell shell() {
    Servers servers = fake.servers();
    PrintWriter toOut = new PrintWriter(out);
    PrintWriter toErr = new PrintWriter(err);
    return new Shell(new ShellCommands(servers, fake.router(servers), toOut, toErr), toOut, toErr);
  }

  @Test
  void putGetAndDeleteSayWhatTheyDid() {
    fake.next(new Answer.Simple("OK"));
    assertEquals(0, shell.execute(List.of("put", "k", "v")));
    fake.next(new Answer.Bulk(DatabaseTest.bytes("v")));
    assertEquals(0, shell.execute(List.of("get", "k")));
    fake.next(new Answer.Count(1));
    assertEquals(0, shell.execute(List.of("delete", "k")));
    fake.next(new Answer.Count(0));
    assertEquals(0, shell.execute(List.of("delete", "k", "l")));
    assertOutput("OK\nv\n1 key deleted\n0 keys deleted\n");
    assertEquals(List.of("1 SET k v", "1 GET k", "1 DEL k", "1 DEL k l"), fake.log);
  }

  @Test
  void aKeyThatIsNotThereFails() {
    fake.next(new Answer.Nil());
    assertEquals(1, shell.execute(List.of("get", "k")));
    assertOutput("");
    assertEquals("There is no key k\n", lines(err));
  }

  @Test
  void bytesThatAreNoTextAreShownOneByOne() {
    fake.next(new Answer.Bulk(new byte[] {'a', 0, (byte) 0xff, '\\'}));
    shell.execute(List.of("get", "k"));
    assertOutput("a\\x00\\xff\\x5c\n");
  }

  @Test
  void aKeyOrValueMayBeginWithADash() {
    assertEquals(0, shell.execute(List.of("put", "-k", "--v")));
    assertEquals(List.of("1 SET -k --v"), fake.log);
  }

  @Test
  void linesAreCommands() throws IOException {
    String text = "put k 'a b'\n\n# a remark\nput \"open\nexit\nput not reached\n";
    assertEquals(2, shell.executeLines(new StringReader(text)));
    assertEquals(List.of("1 SET k a b"), fake.log);
    assertTrue(err.toString().contains("Cannot read this line: the quote"), err.toString());
  }

  @Test
  void aFailedLineDoesNotStopTheOthersButCounts() throws IOException {
    fake.next(new Answer.Failure("ERR no"));
    assertEquals(1, shell.executeLines(new StringReader("put a 1\nput b 2\n")));
    assertEquals(2, fake.log.size());
    assertEquals("no\n", lines(err));
  }

  @Test
  void anUnknownCommandLeadsToThoseThatThereAre() {
    assertEquals(2, shell.execute(List.of("fetch", "k")));
    assertEquals("There is no command \"fetch\"; help lists those that there are.\n", lines(err));
    assertEquals(0, shell.execute(List.of("help")));
    assertTrue(out.toString().contains("get KEY"), out.toString());
  }

  @Test
  void aCommandWithTooFewWordsIsAnsweredWithItsForm() {
    assertEquals(2, shell.execute(List.of("put", "k")));
    assertTrue(err.toString().contains("VALUE"), err.toString());
    assertTrue(fake.log.isEmpty());
  }

  @Test
  void reportIsATableOfGroupsAndNodes() {
    fake.down(3, true);
    fake.master(2);
    fake.newcomer(9, 9);
    assertEquals(0, shell.execute(List.of("report")));
    assertOutput(
        """
        group  node  role      chosenUpTo  appliedUpTo  lag  checkpoint  log  pending
        0      1     member    12          11           1    0           0    0
        0      2     master    12          10           2    0           0    0
        0      4     follower  0           9            3    0           0    0
        127.0.0.1:8003 does not answer: Connection refused
        """);
  }

  @Test
  void masterAndMembersAreTablesOfGroups() {
    fake.down(1, true);
    assertEquals(0, shell.execute(List.of("master")));
    assertEquals(0, shell.execute(List.of("members")));
    assertOutput(
        """
        group  master  address  version
        0      node 1           4
        group  version  members                            followers
        0      ?        1=127.0.0.1:7001 3=127.0.0.1:7003
        """);
  }

  private static Answer lines(String... lines) {
    return new Answer.Many(
        Arrays.stream(lines).<Answer>map(line -> new Answer.Bulk(line.getBytes(UTF_8))).toList());
  }

  @Test
  void aServerThatStaysIsAskedToReplaceOneThatGoes() {
    fake.next(lines("group=0 status=OK version=17", "group=1 status=OK version=4"));
    assertEquals(0, shell.execute(List.of("replace-member", "1", "4=127.0.0.1:7004")));
    assertEquals(List.of("2 JOURNEY REPLACE 1 4=127.0.0.1:7004"), fake.log);
    assertOutput(
        """
        group  status  version
        0      OK      17
        1      OK      4
        """);
  }

  @Test
  void whoHasNotCaughtUpIsWaitedForWhileItMakesProgress() {
    Answer notYet = lines("group=0 status=NOT_CAUGHT_UP version=0 detail=behind");
    fake.newcomer(10, 10, 20, 20, 30, 30);
    fake.next(notYet);
    fake.next(notYet);
    fake.next(lines("group=0 status=OK version=17"));
    assertEquals(0, shell.execute(List.of("add-member", "4=127.0.0.1:7004")));
    assertOutput(
        """
        node 4 catches up: 10 instances in 1 groups
        node 4 catches up: 20 instances in 1 groups
        group  status  version
        0      OK      17
        """);
    assertEquals(3, fake.log.size());
  }

  @Test
  void whoMakesNoProgressIsNotWaitedForAndTheReasonsArePrinted() {
    Answer notYet = lines("group=0 status=NOT_CAUGHT_UP version=0 detail=behind");
    fake.newcomer(10, 10, 10, 10);
    fake.next(notYet);
    fake.next(notYet);
    assertEquals(1, shell.execute(List.of("add-member", "4=127.0.0.1:7004")));
    assertTrue(lines(out).contains("0      NOT_CAUGHT_UP  0        behind"), lines(out));
    assertTrue(lines(err).contains("It is safe to say the same again"), lines(err));
  }

  @Test
  void aServerThatBreaksOffIsFollowedByAnother() {
    fake.next(FakeServers.Mishap.BREAKS);
    fake.next(lines("group=0 status=OK version=17"));
    assertEquals(0, shell.execute(List.of("remove-member", "3")));
    assertEquals(List.of("1 JOURNEY REMOVE 3", "2 JOURNEY REMOVE 3"), fake.log);
  }

  @Test
  void aFollowerThatDoesNotAnswerIsToBeStarted() {
    assertEquals(1, shell.execute(List.of("add-follower", "4=127.0.0.1:7004")));
    assertTrue(
        lines(err)
            .contains(
                "server --id 4 --address 127.0.0.1:7004 --follow"
                    + " 1=127.0.0.1:7001,3=127.0.0.1:7003 --groups 1 --data DIRECTORY"),
        lines(err));
  }

  @Test
  void aFollowerIsWaitedForUntilItKnowsWhatIsChosen() {
    fake.newcomer(5, 11, 12);
    assertEquals(0, shell.execute(List.of("add-follower", "4=127.0.0.1:7004")));
    assertOutput(
        """
        node 4 catches up: 5 instances in 1 groups
        node 4 catches up: 11 instances in 1 groups
        node 4 follows 1 groups
        """);
  }

  @Test
  void aNodeIsNamedWithItsAddress() {
    assertEquals(1, shell.execute(List.of("add-member", "4")));
    assertTrue(lines(err).startsWith("A member is written id=host:port"), lines(err));
  }

  @Test
  void withoutAnyServerAnInspectionFails() {
    for (int node = 1; node <= 3; node++) {
      fake.down(node, true);
    }
    assertEquals(1, shell.execute(List.of("report")));
    assertEquals(1, shell.execute(List.of("master")));
    assertTrue(err.toString().contains("Is the cluster running?"), err.toString());
  }

  private void assertOutput(String expected) {
    assertEquals(expected, lines(out));
  }

  private static String lines(StringWriter text) {
    return text.toString().replace(System.lineSeparator(), "\n");
  }
}
