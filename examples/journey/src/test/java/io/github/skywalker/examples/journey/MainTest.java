package io.github.skywalker.examples.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command line: its help, and what is said of wrong input. */
class MainTest {

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine program =
      Main.program().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

  @ParameterizedTest
  @ValueSource(strings = {"cluster", "server", "shell"})
  void eachCommandExplainsItself(String command) {
    assertEquals(0, program.execute(command, "--help"));
    assertTrue(out.toString().startsWith("Usage: journey " + command), out.toString());
    assertFalse(out.toString().contains(Main.STOP_AT_END_OF_INPUT), out.toString());
    assertFalse(out.toString().matches("(?s).*<\\w+>.*"), () -> "an option without a word: " + out);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server|--id|4|--members|1=127.0.0.1:7001|--data|DIR"
            + "->--id 4 is none of --members 1=127.0.0.1:7001",
        "server|--id|4|--data|DIR->A node that founds the cluster has --members; one that comes"
            + " later",
        "server|--id|4|--follow|1=127.0.0.1:7001|--data|DIR->A node that founds the cluster has",
        "server|--id|1|--members|127.0.0.1:7001|--data|DIR->A member is written id=host:port",
        "server|--id|1|--members|1=127.0.0.1:7001|--data|DIR|--groups|0"
            + "->--groups must be between 1 and 1024; got 0",
        "cluster|--nodes|0|--data|DIR->--nodes must be between 1 and 99; got 0",
        "shell|--tls-cert|c.pem->--tls-cert, --tls-key and --tls-ca go together",
        "shell|--tls-cert|DIR/c|--tls-key|DIR/k|--tls-ca|DIR/a->There is no file",
        "server|--id|1|--members|1=127.0.0.1:7001|--data|DIR|--tls-ca|a"
            + "->--tls-cert, --tls-key and --tls-ca go together",
        "shell|--servers|here->A server is written host:port",
      })
  void wrongInputGetsASentence(String inputAndSentence) {
    String[] parts = inputAndSentence.split("->", 2);
    assertEquals(1, program.execute(parts[0].replace("DIR", directory.toString()).split("\\|", 0)));
    assertTrue(err.toString().startsWith(parts[1]), err.toString());
    assertEquals(1, err.toString().lines().count(), err.toString());
  }
}
