package io.github.skywalker.network;

import io.github.skywalker.api.NodeObserver;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the observer of everything that was dropped or refused, and the log of each kind once. */
final class Reporter {

  private static final Logger log = LoggerFactory.getLogger(Reporter.class);

  /** Kinds remembered as logged; strangers choose how many there are, so the oldest go. */
  private static final int MAX_REMEMBERED = 1_000;

  /** Of a text from outside. */
  private static final int MAX_FOREIGN_CHARACTERS = 200;

  private final NodeObserver observer;
  private final Map<String, Boolean> logged =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  Reporter(NodeObserver observer) {
    this.observer = observer;
  }

  /** A message was dropped. May be called by any thread. */
  void dropped(int node, String reason) {
    try {
      observer.dropped(node, reason);
    } catch (RuntimeException fault) {
      log.error("The observer failed.", fault);
    }
  }

  /** This node refused what came from outside. */
  void refused(String peer, String reason) {
    once("Refused " + peer + ": " + reason + ".");
    try {
      observer.refused(peer, reason);
    } catch (RuntimeException fault) {
      log.error("The observer failed.", fault);
    }
  }

  /** Another node refused this one. */
  void refusedBy(String peer, String reason) {
    String name = Character.toUpperCase(peer.charAt(0)) + peer.substring(1);
    String readable = printable(reason);
    once(name + " refuses this node: " + readable + ".");
    try {
      observer.refusedBy(peer, readable);
    } catch (RuntimeException fault) {
      log.error("The observer failed.", fault);
    }
  }

  /** Logs a line as a warning, and at the next times for readers of details only. */
  void once(String line) {
    boolean first;
    synchronized (logged) {
      first = logged.put(line, true) == null;
    }
    if (first) {
      log.warn("{}", line);
    } else {
      log.debug("{} (again)", line);
    }
  }

  /** A text from outside forges no lines in the log, and does not fill it. */
  private static String printable(String text) {
    String head = text.substring(0, Math.min(text.length(), MAX_FOREIGN_CHARACTERS));
    return head.replaceAll("\\p{Cntrl}", "?");
  }
}
