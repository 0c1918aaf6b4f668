package io.github.skywalker.examples.torture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that nodes said of being master, and whether two were at once.
 *
 * <p>The versions of masterships rise, and one that has been followed by another never comes back.
 * So two are masters at once exactly if one says so after a later one has said so already. Any
 * thread may add to it.
 */
final class Masterships {

  private final Map<Integer, TreeMap<Long, Claim>> claims = new HashMap<>();
  private final List<String> wrong = new ArrayList<>();

  /** Notes what a node said. */
  synchronized void add(Claim claim) {
    TreeMap<Long, Claim> ofGroup =
        claims.computeIfAbsent(claim.group(), unknown -> new TreeMap<>());
    Claim known = ofGroup.get(claim.version());
    if (known != null && known.node() != claim.node()) {
      wrong.add(
          "group "
              + claim.group()
              + ": nodes "
              + known.node()
              + " and "
              + claim.node()
              + " both say that mastership "
              + claim.version()
              + " is theirs");
      return;
    }
    ofGroup.put(claim.version(), known == null ? claim : known.with(claim));
  }

  /** How many there were. */
  synchronized int count() {
    return claims.values().stream().mapToInt(Map::size).sum();
  }

  /** A sentence for each time that two nodes were master at once. */
  synchronized List<String> overlaps() {
    List<String> found = new ArrayList<>(wrong);
    claims.forEach(
        (group, byVersion) -> {
          Claim earliestLater = null;
          for (Claim claim : byVersion.descendingMap().values()) {
            if (earliestLater != null && earliestLater.earliestNanos() < claim.latestNanos()) {
              found.add(
                  "group "
                      + group
                      + ": node "
                      + claim.node()
                      + " was master, by version "
                      + claim.version()
                      + ", "
                      + (claim.latestNanos() - earliestLater.earliestNanos()) / 1000
                      + " us after node "
                      + earliestLater.node()
                      + " was, by version "
                      + earliestLater.version());
            }
            if (earliestLater == null || claim.earliestNanos() < earliestLater.earliestNanos()) {
              earliestLater = claim;
            }
          }
        });
    return found;
  }
}
