package io.github.skywalker.examples.torture;

import java.util.Optional;

/** What a node's process says on its standard output. */
final class NodeLine {

  /** It takes part, and listens for clients. */
  static final String READY = "ready";

  private static final String HALTED = "halted ";
  private static final String CLAIM = "claim ";

  /** A process may be killed in the middle of a line. */
  private static final String END = " .";

  private NodeLine() {}

  static String halted(int group, String reason) {
    return HALTED + group + " " + reason.replace('\n', ' ');
  }

  static boolean isHalted(String line) {
    return line.startsWith(HALTED);
  }

  static String claim(Claim claim) {
    return CLAIM
        + claim.group()
        + " "
        + claim.version()
        + " "
        + claim.earliestNanos()
        + " "
        + claim.latestNanos()
        + END;
  }

  /** What a node claims with this line, if it is a claim, and whole. */
  static Optional<Claim> parseClaim(int node, String line) {
    if (!line.startsWith(CLAIM) || !line.endsWith(END)) {
      return Optional.empty();
    }
    String[] words = line.substring(CLAIM.length()).split(" ", -1);
    try {
      return words.length != 5
          ? Optional.empty()
          : Optional.of(
              new Claim(
                  node,
                  Integer.parseInt(words[0]),
                  Long.parseLong(words[1]),
                  Long.parseLong(words[2]),
                  Long.parseLong(words[3])));
    } catch (NumberFormatException garbled) {
      return Optional.empty();
    }
  }
}
