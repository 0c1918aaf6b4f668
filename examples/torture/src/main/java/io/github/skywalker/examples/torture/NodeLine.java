package io.github.skywalker.examples.torture;

/** What a node's process says on its standard output. */
final class NodeLine {

  /** It takes part, and listens for clients. */
  static final String READY = "ready";

  private static final String HALTED = "halted ";
  private static final String CLAIM = "claim ";

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
        + claim.latestNanos();
  }

  static boolean isClaim(String line) {
    return line.startsWith(CLAIM);
  }

  static Claim parseClaim(int node, String line) {
    String[] words = line.substring(CLAIM.length()).split(" ", -1);
    return new Claim(
        node,
        Integer.parseInt(words[0]),
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]));
  }
}
