package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients on real sockets, before a node that does as it is told. */
@Timeout(60)
class ClientPortTest {

  private static final int GROUPS = 3;

  @TempDir Path directory;

  private final List<Database> databases = new ArrayList<>();
  private FakeNode node;
  private ClientPort port;
  private RawClient client;

  @BeforeEach
  void open() throws IOException {
    TreeMap<Integer, Database> machines = new TreeMap<>();
    for (int group = 0; group < GROUPS; group++) {
      databases.add(Database.open(directory.resolve(Integer.toString(group)), Engine.best()));
      machines.put(group, databases.get(group));
    }
    node = new FakeNode(new Member(1, "127.0.0.1", 7001), machines);
    port =
        ClientPort.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            new Commands(node, databases),
            null);
    client = new RawClient(port.address());
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    port.close();
    for (Database database : databases) {
      database.close();
    }
  }

  @Test
  void theBasicCommandsAnswerAsRedisDoes() throws IOException {
    client.send("PING\r\nPING hello\r\nGET k\r\nSET k v\r\nGET k\r\nDEL k none\r\nGET k\r\n");
    client.expect("+PONG\r\n$5\r\nhello\r\n$-1\r\n+OK\r\n$1\r\nv\r\n:1\r\n$-1\r\n");
    client.send("COMMAND DOCS\r\nQUIT\r\nPING\r\n");
    client.expect("*0\r\n+OK\r\n");
    client.expectEnd();
  }

  @Test
  void keysOfSeveralGroupsAreDeletedByOneCommand() throws IOException {
    for (int i = 0; i < 20; i++) {
      client.send("SET key" + i + " v\r\n");
      client.expect("+OK\r\n");
    }
    StringBuilder delete = new StringBuilder("DEL none");
    for (int i = 0; i < 20; i++) {
      delete.append(" key").append(i);
    }
    client.send(delete + "\r\n");
    client.expect(":20\r\n");
  }

  @Test
  void bytesOfAnyKindAreKept() throws IOException {
    StringBuilder bytes = new StringBuilder();
    for (int i = 0; i < 256; i++) {
      bytes.append((char) i);
    }
    client.send("*3\r\n$3\r\nSET\r\n$256\r\n" + bytes + "\r\n$256\r\n" + bytes + "\r\n");
    client.send("*2\r\n$3\r\nGET\r\n$256\r\n" + bytes + "\r\n");
    client.expect("+OK\r\n$256\r\n" + bytes + "\r\n");
  }

  @Test
  void aReadSeesTheWritesBeforeItAndNotThoseBehind() throws Exception {
    node.hold();
    client.send("SET k 1\r\nGET k\r\nSET k 2\r\nGET k\r\nPING\r\n");
    node.awaitStarted(1);
    node.release();
    client.expect("+OK\r\n$1\r\n1\r\n+OK\r\n$1\r\n2\r\n+PONG\r\n");
  }

  @Test
  void answersComeInTheOrderOfTheCommandsWhateverIsDoneFirst() throws Exception {
    node.hold();
    client.send("SET k 1\r\nPING\r\nSET k 2\r\n");
    node.awaitStarted(2);
    node.refuseNext(Status.OVERLOADED);
    client.send("SET k 3\r\n");
    node.awaitStarted(3);
    node.release();
    client.expect("+OK\r\n+PONG\r\n+OK\r\n");
    client.expectStartOfLine("-TRYAGAIN group ");
    client.send("GET k\r\n");
    client.expect("$1\r\n2\r\n");
  }

  @Test
  void noMoreThanTheBoundIsUnderWay() throws Exception {
    node.hold();
    int sent = 3 * Limits.PIPELINED_REQUESTS;
    client.send("SET k v\r\n".repeat(sent));
    node.awaitStarted(Limits.PIPELINED_REQUESTS);
    // A command of another client shows that the server has read what it wants to read.
    try (RawClient other = new RawClient(port.address())) {
      other.send("PING\r\n");
      other.expect("+PONG\r\n");
    }
    assertTrue(node.started() <= Limits.PIPELINED_REQUESTS, "started " + node.started());
    node.release();
    client.expect("+OK\r\n".repeat(sent));
  }

  @Test
  void clientsThatDoNotTakeTheirAnswersFillNoMemory() throws Exception {
    int length = 1 << 20;
    String value = "x".repeat(length);
    client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + length + "\r\n" + value + "\r\n");
    client.expect("+OK\r\n");
    // The answers would fill four gigabytes, twice what the tests may have.
    List<RawClient> lazy = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      lazy.add(new RawClient(port.address()));
      lazy.get(i).send("GET k\r\n".repeat(1000));
    }
    node.awaitStarted(4001);
    client.send("PING\r\n");
    client.expect("+PONG\r\n");
    for (RawClient next : lazy) {
      next.expect("$" + length + "\r\n" + value + "\r\n");
      next.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET            | -ERR wrong number of arguments for 'get' command",
        "GET a b        | -ERR wrong number of arguments for 'get' command",
        "SET a          | -ERR wrong number of arguments for 'set' command",
        "SET a b EX 10  | -ERR syntax error",
        "DEL            | -ERR wrong number of arguments for 'del' command",
        "PING a b       | -ERR wrong number of arguments for 'ping' command",
        "FLUSHALL       | -ERR unknown command 'FLUSHALL'; there are PING,",
        "JOURNEY        | -ERR wrong number of arguments for 'journey' command",
        "JOURNEY NOWHERE| -ERR unknown JOURNEY command; there are NODE,",
        "JOURNEY NODE 1 | -ERR unknown JOURNEY command; there are NODE,",
        "JOURNEY ADD 4  | -ERR A member is written id=host:port",
        "JOURNEY REMOVE x| -ERR A node is named by its id; got x",
      })
  void aWrongCommandIsRefusedAndTheConnectionGoesOn(String command, String error)
      throws IOException {
    client.send(command + "\r\nPING\r\n");
    client.expectStartOfLine(error);
    client.expect("+PONG\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "OVERLOADED, -TRYAGAIN group",
    "CANCELLED,  -TRYAGAIN group",
    "TOO_LARGE,  -ERR group",
    "TIMEOUT,    -UNKNOWN group",
    "HALTED,     -UNKNOWN group",
    "STOPPED,    -UNKNOWN group",
  })
  void theFirstWordOfAnErrorSaysWhatToDoNext(Status status, String error) throws IOException {
    node.refuseNext(status);
    client.send("SET k v\r\n");
    client.expectStartOfLine(error);
    node.refuseNext(status);
    client.send("DEL k\r\n");
    client.expectStartOfLine(error);
  }

  @Test
  void aKeyOrValueThatIsTooLongIsRefused() throws IOException {
    String key = "k".repeat(Limits.KEY_BYTES + 1);
    String value = "v".repeat(Limits.VALUE_BYTES + 1);
    client.send("*2\r\n$3\r\nGET\r\n$" + key.length() + "\r\n" + key + "\r\n");
    client.expectStartOfLine("-ERR a key of 65537 bytes; at most 65536");
    client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + value.length() + "\r\n" + value + "\r\n");
    client.expectStartOfLine("-ERR a value of 1048577 bytes; at most 1048576");
  }

  @Test
  void aProtocolErrorIsAnsweredInItsTurnAndEndsTheConnectionOnly() throws Exception {
    node.hold();
    client.send("SET k 1\r\n*1\r\n:7\r\n");
    node.awaitStarted(1);
    node.release();
    client.expect("+OK\r\n");
    client.expectStartOfLine("-ERR Protocol error: ");
    client.expectEnd();
    try (RawClient other = new RawClient(port.address())) {
      other.send("GET k\r\n");
      other.expect("$1\r\n1\r\n");
    }
  }

  @Test
  void aClientThatGoesAwayLeavesTheOthersAlone() throws Exception {
    node.hold();
    client.send("SET k 1\r\nGET k\r\n");
    node.awaitStarted(1);
    client.close();
    node.release();
    try (RawClient other = new RawClient(port.address())) {
      other.send("GET k\r\n");
      other.expect("$1\r\n1\r\n");
    }
  }

  @Test
  void halfACommandForEverHoldsNobodyUp() throws IOException {
    client.send("*2\r\n$3\r\nGE");
    try (RawClient other = new RawClient(port.address())) {
      other.send("PING\r\n");
      other.expect("+PONG\r\n");
    }
  }

  @Test
  void randomBytesDoNoHarm() throws Exception {
    Random random = new Random(7);
    for (int i = 0; i < 50; i++) {
      byte[] noise = new byte[random.nextInt(2000)];
      random.nextBytes(noise);
      try (RawClient noisy = new RawClient(port.address())) {
        noisy.send(new String(noise, ISO_8859_1));
      } catch (IOException closedByTheServer) {
        // As it may.
      }
    }
    client.send("PING\r\n");
    client.expect("+PONG\r\n");
  }

  @Test
  void theNodeTellsWhatItIsAndWhatItsGroupsDo() throws IOException {
    client.send("JOURNEY NODE\r\n");
    String self = "node=1 address=1=127.0.0.1:7001 groups=3";
    client.expect("*1\r\n$" + self.length() + "\r\n" + self + "\r\n");
    client.send("journey master\r\n");
    client.expect("*3\r\n");
    for (int group = 0; group < GROUPS; group++) {
      String line = "group=" + group + " master=1 address=1=127.0.0.1:7001 version=1";
      client.expect("$" + line.length() + "\r\n" + line + "\r\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ADD 4=h:7004,       'Add[member=4=h:7004]'",
    "REMOVE 3,           'Remove[nodeId=3]'",
    "REPLACE 3 4=h:7004, 'Replace[nodeId=3, by=4=h:7004]'",
  })
  void aChangeOfMembersIsMadeInAllGroups(String command, String change) throws IOException {
    client.send("JOURNEY " + command + "\r\n");
    client.expect("*3\r\n");
    String detail = change.indexOf(' ') < 0 ? change : '"' + change + '"';
    for (int group = 0; group < GROUPS; group++) {
      String status = group == 0 ? "NOT_CAUGHT_UP" : "OK";
      String line = "group=" + group + " status=" + status + " version=9 detail=" + detail;
      client.expect("$" + line.length() + "\r\n" + line + "\r\n");
    }
  }

  @Test
  void manyClientsAtOnceEachGetTheirOwnAnswers() {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String key = "client" + i;
      all.add(CompletableFuture.runAsync(() -> setAndGet(key)));
    }
    all.forEach(CompletableFuture::join);
  }

  private void setAndGet(String key) {
    try (RawClient own = new RawClient(port.address())) {
      for (int i = 1000; i < 1200; i++) {
        own.send("SET " + key + " " + i + "\r\nGET " + key + "\r\n");
        own.expect("+OK\r\n$4\r\n" + i + "\r\n");
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
