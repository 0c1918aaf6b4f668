package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.Membership;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.GroupState.Verdict;
import io.github.skywalker.machine.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Sees all that the sites of one cluster do, and holds it against "Always true" in the protocol.
 */
final class Judge {

  private record Place(long instance, Ballot ballot) {}

  private final Map<Place, Value> sent = new HashMap<>();
  private final Map<Place, Set<Integer>> votes = new HashMap<>();
  private final Map<Long, List<Ballot>> ballotsAt = new HashMap<>();
  private final TreeMap<Long, Value> chosen = new TreeMap<>();
  private final Map<Integer, Ballot> promises = new HashMap<>();
  private final Map<Integer, Long> decided = new HashMap<>();
  private final TreeMap<Long, Membership> memberships = new TreeMap<>();
  private final Map<Ballot, Long> firsts = new HashMap<>();
  private final Map<String, Long> executedOf = new HashMap<>();
  private final Set<Long> executedInstances = new HashSet<>();
  private long highestChosen;

  Judge(Membership founding) {
    memberships.put(0L, founding);
  }

  /** The highest instance that any node has decided. */
  long highestChosen() {
    return highestChosen;
  }

  void started(Site site) {
    decided.put(site.id, 0L);
  }

  void sends(Site site, Message message) {
    if (message instanceof Message.Accept it) {
      same(it.instance(), it.ballot(), it.value());
    } else if (message instanceof Message.Prepare it) {
      Long first = firsts.putIfAbsent(it.ballot(), it.first());
      assertTrue(first == null || first == it.first(), "two firsts in " + it.ballot());
      assertTrue(
          site.promisedOnDisk().compareTo(it.ballot()) >= 0,
          "a Prepare leaves before the own promise is on disk");
    } else if (message instanceof Message.Promise it) {
      assertTrue(
          site.promisedOnDisk().compareTo(it.ballot()) >= 0,
          () -> site.id + " promises " + it.ballot() + ", and has on disk less");
      for (Message.Report report : it.reports()) {
        Site.Kept kept = site.keptAt(report.instance());
        assertTrue(kept != null, "a report of what is not on disk");
      }
    } else if (message instanceof Message.Accepted it) {
      assertTrue(
          site.promisedOnDisk().compareTo(it.ballot()) >= 0,
          () -> site.id + " accepts in " + it.ballot() + ", and has promised on disk less");
      Site.Kept kept = site.keptAt(it.instance());
      assertTrue(
          kept != null
              && (kept.ballot() == null
                  || kept.ballot().compareTo(it.ballot()) >= 0
                  || it.instance() <= site.replica().chosenUpTo()),
          () -> site.id + " has voted at " + it.instance() + ", and has on disk " + kept);
    }
  }

  void kept(Site site, Write write) {
    if (write instanceof Write.Promised it) {
      Ballot before = promises.put(site.id, it.ballot());
      assertTrue(
          before == null || it.ballot().compareTo(before) >= 0,
          () -> "the promise of " + site.id + " falls from " + before + " to " + it.ballot());
    } else if (write instanceof Write.Accepted it) {
      same(it.instance(), it.ballot(), it.value());
      Ballot promised = promises.getOrDefault(site.id, Ballot.ZERO);
      assertTrue(promised.compareTo(it.ballot()) >= 0, "a vote above the promise");
      Place place = new Place(it.instance(), it.ballot());
      Set<Integer> voters = votes.get(place);
      if (voters == null) {
        voters = new HashSet<>();
        votes.put(place, voters);
        ballotsAt.computeIfAbsent(it.instance(), at -> new ArrayList<>()).add(it.ballot());
      }
      voters.add(site.id);
    }
  }

  private void same(long instance, Ballot ballot, Value value) {
    Value before = sent.putIfAbsent(new Place(instance, ballot), value);
    assertTrue(
        before == null || before.equals(value),
        () -> "two values at " + instance + " in " + ballot + ": " + before + ", " + value);
  }

  void decides(Site site, Outcome.Decided outcome) {
    long instance = outcome.instance();
    assertEquals(decided.get(site.id) + 1, instance, () -> "a gap or repeat at " + site.id);
    decided.put(site.id, instance);
    Value known = chosen.putIfAbsent(instance, outcome.value());
    if (known != null) {
      assertEquals(known, outcome.value(), () -> "two values chosen at " + instance);
    } else {
      assertTrue(
          hasMajority(instance, outcome.value()),
          () -> site.id + " takes " + outcome.value() + " at " + instance + ": by no majority");
    }
    highestChosen = Math.max(highestChosen, instance);
    if (executedInstances.add(instance)) {
      execute(outcome);
    }
  }

  void changes(Membership membership) {
    Membership before = memberships.putIfAbsent(membership.version(), membership);
    assertTrue(before == null || before.equals(membership), "two memberships of one version");
  }

  private boolean hasMajority(long instance, Value value) {
    Membership voters = memberships.lowerEntry(instance).getValue();
    for (Ballot ballot : ballotsAt.getOrDefault(instance, List.of())) {
      Place place = new Place(instance, ballot);
      long count = votes.get(place).stream().filter(voters::contains).count();
      if (ballot.epoch() == voters.version()
          && count >= voters.majority()
          && sent.get(place).equals(value)) {
        return true;
      }
    }
    return false;
  }

  private void execute(Outcome.Decided outcome) {
    List<Entry> entries = outcome.value().entries();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (outcome.verdicts().get(i) != Verdict.PASS) {
        String origin = entry.node() + "." + entry.boot();
        Long before = executedOf.put(origin, entry.sequence());
        assertEquals(
            before == null ? 1 : before + 1, entry.sequence(), "the order of origin " + origin);
        executedOf.keySet().stream()
            .filter(other -> other.startsWith(entry.node() + "."))
            .map(other -> Integer.parseInt(other.substring(other.indexOf('.') + 1)))
            .forEach(boot -> assertTrue(boot <= entry.boot(), "an entry of a former life"));
      }
    }
  }

  /** At most one lease is live, and nothing is promised above it by a majority. */
  void leases(Iterable<Site> sites, long now) {
    Site holder = null;
    for (Site site : sites) {
      if (site.isUp() && site.replica().lease().leftNanos(now) > 0) {
        assertNull(
            holder,
            "two live leases: of " + (holder == null ? 0 : holder.id) + " and of " + site.id);
        holder = site;
      }
    }
  }
}
