package io.github.skywalker.examples.journey;

import java.net.InetSocketAddress;

/** Addresses as they are written in options and messages: {@code host:port}. */
final class Addresses {

  /**
   * How far the client port lies above the port for the other nodes, where nothing else is said.
   */
  static final int CLIENT_PORT_ABOVE = 1000;

  private Addresses() {}

  /**
   * Reads {@code host:port}, with brackets around an IPv6 address; does not look up the name.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  static InetSocketAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    try {
      String host = text.substring(0, Math.max(0, colon));
      int port = Integer.parseInt(text.substring(colon + 1));
      if (!host.isBlank() && port > 0 && port < 1 << 16) {
        return InetSocketAddress.createUnresolved(unbracketed(host), port);
      }
    } catch (NumberFormatException noPort) {
      // said below
    }
    throw new IllegalArgumentException(
        "A server is written host:port, for example 127.0.0.1:8001; got \"" + text + "\"");
  }

  static String show(InetSocketAddress address) {
    String host = address.getHostString();
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  private static String unbracketed(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }
}
