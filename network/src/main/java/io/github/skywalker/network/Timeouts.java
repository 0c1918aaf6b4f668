package io.github.skywalker.network;

/**
 * How long the network waits for others before it gives a connection up.
 *
 * @param connectMillis for a connection to be accepted
 * @param handshakeMillis from then until both have said who they are, and were admitted
 * @param stallMillis for any of the bytes that wait on an open connection to leave
 */
record Timeouts(int connectMillis, int handshakeMillis, int stallMillis) {

  /** Several round trips around the earth each, and less than the patience of a person. */
  static final Timeouts DEFAULT = new Timeouts(2_000, 5_000, 10_000);
}
