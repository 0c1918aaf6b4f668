package io.github.skywalker.paxos.sim;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** Simulated nodes fail all the time, and would say so in the log. */
final class Quiet {

  private Quiet() {}

  static void please() {
    for (String name : new String[] {"io.github.skywalker.paxos", "io.github.skywalker.storage"}) {
      if (LoggerFactory.getLogger(name) instanceof Logger logger) {
        logger.setLevel(Level.OFF);
      }
    }
  }
}
