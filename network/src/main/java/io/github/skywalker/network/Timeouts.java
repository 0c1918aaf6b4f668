package io.github.skywalker.network;

/**
 * How long the network waits for others before it gives a connection up, and for what else it looks
 * now and then.
 *
 * @param connectMillis for a connection to be accepted
 * @param handshakeMillis from then until both have said who they are, and were admitted
 * @param stallMillis for any of the bytes that wait on an open connection to leave, and for any of
 *     a frame that has begun to come
 * @param tlsRefreshMillis between looks at the files for TLS
 */
record Timeouts(int connectMillis, int handshakeMillis, int stallMillis, int tlsRefreshMillis) {

  /** Several round trips around the earth each, and less than the patience of a person. */
  static final Timeouts DEFAULT = new Timeouts(2_000, 5_000, 10_000, 5_000);
}
