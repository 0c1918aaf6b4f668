package io.github.skywalker.api;

/**
 * A node as the others know it: its id and the address that they connect to.
 *
 * @param nodeId the stable id of the node, from 1 up; never given to another node, not even after
 *     this one is gone for good, because an acceptor is its votes, and its votes are on its disk
 * @param host the name or address that the other nodes connect to (the advertised address)
 * @param port the port that the other nodes connect to, 1 to 65535
 */
public record Member(int nodeId, String host, int port) implements Comparable<Member> {

  /**
   * Checks the parts.
   *
   * @throws IllegalArgumentException if an id, host or port cannot be one; the message names it
   */
  public Member {
    Checks.atLeast("Member.nodeId", nodeId, 1);
    Checks.notBlank("Member.host", host);
    Checks.between("Member.port", port, 1, 65_535);
  }

  /**
   * Reads {@code id=host:port}, the form that {@link #toString} writes.
   *
   * @param text for example {@code 3=db3.example.org:7003} or {@code 1=[::1]:7001}
   * @return the member
   * @throws IllegalArgumentException if the text has another form
   */
  public static Member parse(String text) {
    int equals = text.indexOf('=');
    int colon = text.lastIndexOf(':');
    if (equals < 1 || colon <= equals + 1) {
      throw new IllegalArgumentException(
          "A member is written id=host:port, for example 1=127.0.0.1:7001; got \"" + text + "\"");
    }
    String host = text.substring(equals + 1, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      return new Member(
          Integer.parseInt(text.substring(0, equals).trim()),
          host,
          Integer.parseInt(text.substring(colon + 1).trim()));
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException(
          "The id and the port of a member are numbers, as in 1=127.0.0.1:7001; got \""
              + text
              + "\"",
          notANumber);
    }
  }

  /** Orders by node id. */
  @Override
  public int compareTo(Member other) {
    return Integer.compare(nodeId, other.nodeId);
  }

  /** Writes {@code id=host:port}, with brackets around an IPv6 address. */
  @Override
  public String toString() {
    return nodeId + "=" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
