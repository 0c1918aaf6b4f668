package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which server gets a command, and what happens when it does not answer. */
class RouterTest {

  private final FakeServers fake = new FakeServers();
  private final Servers servers = fake.servers();
  private final Router router = fake.router(servers);

  @Test
  void aCommandGoesToTheMasterOfItsGroup() throws Exception {
    fake.master(3);
    put();
    fake.master(2);
    put();
    assertEquals(List.of("3 SET k v", "2 SET k v"), fake.log);
  }

  @Test
  void withoutAMasterAnyServerWillDo() throws Exception {
    fake.master(0);
    put();
    assertEquals(List.of("1 SET k v"), fake.log);
  }

  @Test
  void whenTheMasterIsGoneTheNextServerIsAsked() throws Exception {
    fake.master(1);
    put();
    fake.down(1, true);
    put();
    assertEquals(List.of("1 SET k v", "2 SET k v"), fake.log);
  }

  @Test
  void aServerThatComesBackIsFoundAgain() throws Exception {
    fake.down(1, true);
    put();
    fake.down(1, false);
    put();
    assertEquals(List.of("2 SET k v", "1 SET k v"), fake.log);
  }

  @Test
  void aWriteDoesNotGoIntoAConnectionThatBrokeMeanwhile() throws Exception {
    put();
    fake.down(1, true);
    fake.down(1, false);
    put();
    assertEquals(List.of("1 SET k v", "1 SET k v"), fake.log);
  }

  @ParameterizedTest
  @EnumSource(FakeServers.Mishap.class)
  void aWriteWithoutAnAnswerIsNotSentAgain(FakeServers.Mishap mishap) {
    fake.next(mishap);
    ShellException unknown = assertThrows(ShellException.class, this::put);
    assertTrue(unknown.getMessage().startsWith("The outcome is unknown: 127.0.0.1:8001 "));
    assertEquals(List.of("1 SET k v"), fake.log);
  }

  @ParameterizedTest
  @EnumSource(FakeServers.Mishap.class)
  void aReadWithoutAnAnswerIsSentToTheNextServer(FakeServers.Mishap mishap) throws Exception {
    fake.next(mishap);
    fake.next(new Answer.Nil());
    assertInstanceOf(Answer.Nil.class, get());
    assertEquals(2, fake.log.size());
  }

  @Test
  void aWriteThatTheServerDoesNotKnowTheOutcomeOfIsNotSentAgain() {
    fake.next(new Answer.Failure("UNKNOWN group 0 did not decide in time"));
    ShellException unknown = assertThrows(ShellException.class, this::put);
    assertEquals("The outcome is unknown: group 0 did not decide in time", unknown.getMessage());
    assertEquals(1, fake.log.size());
  }

  @Test
  void aRefusalThatMayPassIsTriedAgain() throws Exception {
    for (int i = 0; i < 5; i++) {
      fake.next(new Answer.Failure("TRYAGAIN group 0 has too many commands waiting"));
    }
    put();
    assertEquals(6, fake.log.size());
  }

  @Test
  void aRefusalThatDoesNotPassIsToldWhenThePatienceIsOver() {
    for (int i = 0; i < 1000; i++) {
      fake.next(new Answer.Failure("TRYAGAIN group 0 has too many commands waiting"));
    }
    ShellException refused = assertThrows(ShellException.class, this::put);
    assertEquals("Refused for 20 s: group 0 has too many commands waiting", refused.getMessage());
    assertTrue(fake.seconds() <= 20);
  }

  @Test
  void anErrorOfTheUsersIsToldAtOnce() {
    fake.next(new Answer.Failure("ERR a key of 65537 bytes; at most 65536 are taken"));
    ShellException wrong = assertThrows(ShellException.class, this::put);
    assertEquals("a key of 65537 bytes; at most 65536 are taken", wrong.getMessage());
    assertEquals(0, fake.seconds());
  }

  @Test
  void aClusterThatIsNotThereIsGivenUpSoon() {
    for (int node = 1; node <= 3; node++) {
      fake.down(node, true);
    }
    ShellException nobody = assertThrows(ShellException.class, this::put);
    assertEquals(
        "No server answered within 3 s (127.0.0.1:8001: Connection refused; 127.0.0.1:8002:"
            + " Connection refused; 127.0.0.1:8003: Connection refused). Is the cluster running?"
            + " \"journey cluster\" starts one.",
        nobody.getMessage());
    assertTrue(fake.seconds() <= 3);
  }

  private Answer put() throws ShellException, InterruptedException {
    return router.send(
        DatabaseTest.bytes("k"),
        List.of("SET", "k", "v").stream().map(DatabaseTest::bytes).toList(),
        Router.Effect.WRITES);
  }

  private Answer get() throws ShellException, InterruptedException {
    return router.send(
        DatabaseTest.bytes("k"),
        List.of("GET", "k").stream().map(DatabaseTest::bytes).toList(),
        Router.Effect.READS);
  }
}
