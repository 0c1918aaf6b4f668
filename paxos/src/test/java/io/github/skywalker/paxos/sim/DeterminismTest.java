package io.github.skywalker.paxos.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The same seed gives the same events, in this JVM and in another one: sets that iterate in another
 * order in each JVM, identity hashes and the like would show here.
 */
class DeterminismTest {

  private static final List<Seed> SAMPLE =
      Stream.concat(
              Stream.of("3", "5", "14", "33").map(Seed::parse),
              Stream.of(Scenario.values()).map(scenario -> new Seed(scenario, 1)))
          .toList();

  @BeforeAll
  static void beQuiet() {
    Quiet.please();
  }

  @Test
  void aSeedHasTheSameEventsInEveryJvm() throws IOException, InterruptedException {
    assertEquals(inAnotherJvm(), hashes());
  }

  @Test
  void watchingARunDoesNotChangeIt() {
    Seed seed = SAMPLE.get(0);

    assertEquals(Simulation.run(seed, false).hash(), Simulation.run(seed, true).hash());
  }

  private static String hashes() {
    StringBuilder hashes = new StringBuilder();
    for (Seed seed : SAMPLE) {
      hashes.append(
          String.format(Locale.ROOT, "%s %016x;", seed, Simulation.run(seed, false).hash()));
    }
    return hashes.toString();
  }

  private static String inAnotherJvm() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(DeterminismTest.class.getName());
    Process other =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, other.waitFor(), said);
    return said;
  }

  /** The other JVM. */
  public static void main(String[] arguments) {
    Quiet.please();
    System.out.print(hashes());
  }
}
