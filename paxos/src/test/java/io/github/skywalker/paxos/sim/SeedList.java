package io.github.skywalker.paxos.sim;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The seeds that failed once, of the swarm or of a scenario, each with what it found: {@code
 * seeds.txt}.
 */
final class SeedList {

  private SeedList() {}

  static List<Seed> read() throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                SeedList.class.getResourceAsStream("/seeds.txt"), StandardCharsets.UTF_8))) {
      return lines
          .lines()
          .map(line -> line.replaceFirst("#.*", "").strip())
          .filter(line -> !line.isEmpty())
          .map(Seed::parse)
          .toList();
    }
  }
}
