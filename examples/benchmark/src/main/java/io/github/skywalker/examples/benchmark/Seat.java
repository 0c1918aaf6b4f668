package io.github.skywalker.examples.benchmark;

import java.io.IOException;
import java.util.List;

/**
 * A node, and the load that is put on it: in this process or in another. A system with all its
 * nodes behind one door is one seat.
 */
interface Seat extends AutoCloseable {

  /** The groups that are led here now. */
  List<Integer> led() throws IOException;

  /** Puts the load on. */
  void begin(Load load) throws IOException;

  /** What was measured since the load began, or since the last call. */
  Sample take() throws IOException;

  /** Ends the load, waits until everything is answered, and counts. */
  Answers finish() throws IOException;

  /** What each replica here holds now; for each replica, one for each group. */
  List<List<Digest>> digests() throws IOException;

  @Override
  void close() throws IOException;
}
