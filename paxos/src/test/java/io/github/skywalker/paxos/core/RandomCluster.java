package io.github.skywalker.paxos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.skywalker.api.GroupReport.Phase;
import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.machine.GroupState.Verdict;
import io.github.skywalker.machine.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A cluster of one group whose every step is drawn from a seed: deliveries in any order, losses,
 * repetitions, syncs, crashes, time, proposals, reads, changes. Then the faults end, and everything
 * that was asked must be answered.
 */
final class RandomCluster {

  static final long MS = 1_000_000;
  private static final long LEASE = 1_000 * MS;
  private static final long RETRY = 100 * MS;
  private static final int CHAOS_STEPS = 900;
  private static final int MAX_FLIGHTS = 40;
  private static final int MAX_CALM_ROUNDS = 2_000;

  private record Flight(int from, int fromBoot, int to, Message message) {}

  private record Heartbeat(int from, int fromBoot, int to, long sent) {}

  private record Granting(int from, int to, int toBoot, Stamp stamp, long sent, long until) {}

  /** What a user of a node waits for. */
  private record Ticket(int node, int boot, char kind, long number, long atLeast) {}

  /** What happened, over all seeds that share it: a run in which nothing happens proves nothing. */
  static final class Figures {
    final TreeMap<String, Long> counts = new TreeMap<>();

    void count(String what) {
      counts.merge(what, 1L, Long::sum);
    }
  }

  private final long seed;
  private final SplittableRandom random;
  private final Figures figures;
  private final boolean election;
  private final boolean changing;
  private final int window;
  private final int lossPercent;
  private final int repeatPercent;
  private final TreeMap<Integer, Site> sites = new TreeMap<>();
  private final List<Flight> flights = new ArrayList<>();
  private final List<Flight> remembered = new ArrayList<>();
  private boolean remembers;
  private final List<Heartbeat> heartbeats = new ArrayList<>();
  private final List<Granting> grantings = new ArrayList<>();
  private final Judge judge;
  private final Map<Ticket, Boolean> waiting = new HashMap<>();
  private final Map<Integer, Long> answeredUpTo = new HashMap<>();
  private final Set<Ticket> answered = new HashSet<>();
  private long now = 5_000 * MS;
  private long tickets;
  private boolean calm;

  RandomCluster(long seed, Figures figures) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.figures = figures;
    this.election = random.nextInt(5) > 0;
    this.changing = random.nextInt(3) == 0;
    this.window = 1 + random.nextInt(6);
    this.lossPercent = random.nextBoolean() ? 0 : random.nextInt(30);
    this.repeatPercent = random.nextBoolean() ? 0 : random.nextInt(30);
    int founders = 1 + random.nextInt(5);
    int size = Math.max(founders, changing ? 5 : founders);
    TreeSet<Member> members = new TreeSet<>();
    for (int id = 1; id <= founders; id++) {
      members.add(member(id));
    }
    Membership founding = Membership.founding(members);
    this.judge = new Judge(founding);
    for (int id = 1; id <= size; id++) {
      Membership known = id <= founders ? founding : new Membership(0, new TreeSet<>());
      int node = id;
      sites.put(id, new Site(id, known, boot -> options(node, boot), watcher));
    }
    sites.values().forEach(site -> start(site, Long.MIN_VALUE));
  }

  private static Member member(int id) {
    return new Member(id, "n" + id, 7000 + id);
  }

  private Replica.Options options(int id, int boot) {
    return new Replica.Options(
        id,
        boot,
        election,
        window,
        64,
        RETRY,
        3 * RETRY,
        LEASE,
        () -> Long.MAX_VALUE,
        seed * 31 + id * 7L + boot);
  }

  private final Site.Watcher watcher =
      new Site.Watcher() {
        @Override
        public void sends(Site site, int to, Message message) {
          judge.sends(site, message);
          flights.add(new Flight(site.id, site.boot(), to, message));
          if (remembers) {
            remembered.add(flights.get(flights.size() - 1));
          }
          if (!calm && flights.size() > MAX_FLIGHTS) {
            flights.remove(random.nextInt(flights.size())); // A queue is full.
          }
        }

        @Override
        public void kept(Site site, Write write) {
          judge.kept(site, write);
        }

        @Override
        public void tells(Site site, Outcome outcome) {
          told(site, outcome);
        }
      };

  private void told(Site site, Outcome outcome) {
    figures.count(outcome.getClass().getSimpleName());
    if (outcome instanceof Outcome.Decided it) {
      judge.decides(site, it);
      for (int i = 0; i < it.verdicts().size(); i++) {
        Ticket ticket = (Ticket) it.tickets().at(i);
        if (ticket != null) {
          answer(site, ticket, true);
          figures.count(it.verdicts().get(i) == Verdict.EXECUTE ? "ok" : "cancelled");
        }
      }
    } else if (outcome instanceof Outcome.MembershipChanged it) {
      judge.changes(it.membership());
    } else if (outcome instanceof Outcome.Ended it) {
      answer(site, (Ticket) it.ticket(), true);
    } else if (outcome instanceof Outcome.Answered it) {
      figures.count("answered " + it.status());
      answer(site, (Ticket) it.ticket(), false);
    } else if (outcome instanceof Outcome.ReadIndex it) {
      Ticket ticket = (Ticket) it.ticket();
      assertTrue(
          it.index() >= ticket.atLeast(),
          () -> "a read at " + it.index() + ", though " + ticket.atLeast() + " was executed");
      answer(site, ticket, false);
    } else if (outcome instanceof Outcome.Serve it) {
      serve(site, it);
    } else if (outcome instanceof Outcome.Halted it) {
      throw new AssertionError("node " + site.id + " halted: " + it.reason());
    }
  }

  /** What the log serves beside the group; here the disk of the site. */
  private void serve(Site site, Outcome.Serve asked) {
    List<Value> values = new ArrayList<>();
    for (long i = asked.from(); i <= asked.upTo() && values.size() < 20; i++) {
      Site.Kept kept = site.keptAt(i);
      if (kept == null || i > site.hintOnDisk()) {
        break;
      }
      values.add(kept.value());
    }
    Membership founding = asked.from() == 1 ? site.replica().state().founding() : null;
    Message learned = new Message.Learned(asked.from(), values, asked.upTo(), founding);
    if (!values.isEmpty()) {
      flights.add(new Flight(site.id, site.boot(), asked.node(), learned));
    }
  }

  private void answer(Site site, Ticket ticket, boolean inOrder) {
    assertEquals(site.boot(), ticket.boot(), "an answer to a former life");
    assertTrue(waiting.remove(ticket) != null, () -> "answered twice: " + ticket);
    answered.add(ticket);
    if (inOrder) {
      Long before = answeredUpTo.put(site.id, ticket.number());
      assertTrue(before == null || before < ticket.number(), "answers out of order");
    }
  }

  /* Faults. */

  void chaos() {
    for (int i = 0; i < CHAOS_STEPS; i++) {
      act(random.nextInt(1000));
      judge.leases(sites.values(), now);
    }
  }

  private void act(int draw) {
    if (draw < 600) {
      for (int i = random.nextInt(4); i >= 0; i--) {
        deliverOne();
      }
    } else if (draw < 720) {
      Site site = anySite();
      if (site.isUp()) {
        site.sync(now);
      }
    } else if (draw < 780) {
      now += random.nextLong(random.nextInt(20) == 0 ? LEASE : RETRY);
      tickAll();
    } else if (draw < 830) {
      propose(anySite());
    } else if (draw < 880) {
      beat(anySite(), anySite());
    } else if (draw < 960) {
      pair();
    } else if (draw < 975) {
      read(anySite());
    } else if (draw < 982) {
      crashOrStart(anySite());
    } else if (draw < 990) {
      change(anySite());
    } else if (draw < 993) {
      retire(anySite());
    } else if (draw < 996) {
      connect(anySite(), anySite());
    } else {
      tell(anySite(), anySite());
    }
  }

  private Site anySite() {
    return sites.get(1 + random.nextInt(sites.size()));
  }

  private void start(Site site, long waitUntil) {
    judge.started(site);
    answeredUpTo.remove(site.id);
    site.start(waitUntil);
    site.step(new Event.Tick(), now);
  }

  private void crashOrStart(Site site) {
    if (!site.isUp()) {
      start(site, now + LEASE);
    } else if (random.nextBoolean()) {
      figures.count("crash");
      site.crash();
      waiting.keySet().removeIf(ticket -> ticket.node() == site.id);
    }
  }

  private void deliverOne() {
    if (flights.isEmpty()) {
      return;
    }
    int at = calm ? 0 : random.nextInt(Math.min(flights.size(), 20));
    boolean repeat = !calm && random.nextInt(100) < repeatPercent;
    Flight flight = repeat ? flights.get(at) : flights.remove(at);
    if (!calm && random.nextInt(100) < lossPercent) {
      return;
    }
    Site to = sites.get(flight.to());
    Site from = sites.get(flight.from());
    // The handshake tells a new life of a peer from the old one: what the old one sent is gone.
    boolean stale = flight.fromBoot() != from.boot() && random.nextBoolean();
    if (to.isUp() && !stale) {
      figures.count(flight.message().getClass().getSimpleName());
      to.step(new Event.Received(flight.from(), flight.message()), now);
    }
  }

  private void tickAll() {
    for (Site site : sites.values()) {
      if (site.isUp()) {
        boolean given = site.grants().lapseGiven(now);
        if (site.grants().lapseHeld(now) || given) {
          site.step(new Event.GrantsChanged(), now);
        }
        if (site.replica().nextDeadline() - now <= 0) {
          site.step(new Event.Tick(), now);
        }
      }
    }
  }

  private void propose(Site site) {
    if (!site.isUp() || !site.replica().state().membership().contains(site.id)) {
      return;
    }
    Ticket ticket = ticket(site, 'p', 0);
    long timeout = RETRY * (1 + random.nextInt(calm ? 1000 : 20));
    byte[] payload = new byte[random.nextInt(20)];
    Event.Proposal proposal =
        new Event.Proposal(ticket, 1001, 0, payload, now + timeout, RETRY * random.nextInt(20));
    site.step(new Event.Propose(List.of(proposal)), now);
  }

  private Ticket ticket(Site site, char kind, long atLeast) {
    Ticket ticket = new Ticket(site.id, site.boot(), kind, ++tickets, atLeast);
    waiting.put(ticket, true);
    return ticket;
  }

  private void read(Site site) {
    if (site.isUp()) {
      Ticket ticket = ticket(site, 'r', judge.highestChosen());
      site.step(new Event.Read(ticket, random.nextBoolean(), now + 20 * RETRY), now);
    }
  }

  private void retire(Site site) {
    if (site.isUp()) {
      site.step(new Event.Retire(ticket(site, 't', 0), now + 10 * RETRY), now);
    }
  }

  private void change(Site site) {
    if (!changing || !site.isUp()) {
      return;
    }
    Membership membership = site.replica().state().membership();
    int id = 1 + random.nextInt(sites.size());
    MembershipChange step =
        membership.contains(id)
            ? new MembershipChange.Remove(id)
            : new MembershipChange.Add(member(id));
    Ticket ticket = ticket(site, 'c', 0);
    Value value =
        Value.change(
            new Value.Change(
                membership.version(), site.id, site.boot(), ticket.number(), List.of(step)));
    boolean force = random.nextInt(4) == 0;
    site.step(new Event.ChangeMembership(ticket, value, force, now + 20 * RETRY), now);
  }

  private void connect(Site one, Site other) {
    if (one.isUp() && other.isUp() && one != other) {
      one.step(new Event.Connected(other.id), now);
      other.step(new Event.Connected(one.id), now);
    }
  }

  private void tell(Site one, Site other) {
    if (one.isUp() && other.isUp() && one != other) {
      other.step(new Event.PeerChosen(one.id, one.replica().chosenUpTo(), true), now);
    }
  }

  /* Heartbeats: for the node, beside the group's messages. */

  private void beat(Site from, Site to) {
    if (from.isUp() && from != to) {
      heartbeats.add(new Heartbeat(from.id, from.boot(), to.id, now));
    }
  }

  private void pair() {
    if (!heartbeats.isEmpty() && (grantings.isEmpty() || random.nextBoolean())) {
      grant(heartbeats.remove(random.nextInt(heartbeats.size())));
    } else if (!grantings.isEmpty()) {
      hold(grantings.remove(random.nextInt(grantings.size())));
    }
  }

  private void grant(Heartbeat beat) {
    Site to = sites.get(beat.to());
    if (to.isUp()) {
      long until = now + LEASE;
      Stamp stamp = to.grants().give(beat.from(), beat.fromBoot(), until);
      if (!stamp.equals(Stamp.NONE)) {
        grantings.add(
            new Granting(
                to.id, beat.from(), beat.fromBoot(), stamp, beat.sent(), beat.sent() + LEASE));
      }
    }
  }

  private void hold(Granting given) {
    Site to = sites.get(given.to());
    if (to.isUp() && to.boot() == given.toBoot()) {
      if (to.grants().hold(given.from(), given.stamp(), given.sent(), given.until(), now)) {
        to.step(new Event.GrantsChanged(), now);
      }
    }
  }

  /* Again. */

  /** From now on every message is kept, for {@link #again}. */
  void remember() {
    remembers = true;
  }

  /**
   * Delivers every message that was ever sent twice more, in its order, and once in any order:
   * after all the restarts and membership changes that there were, to whoever it was meant for.
   */
  void again() {
    remembers = false;
    for (int time = 0; time < 3; time++) {
      if (time == 2) {
        Collections.shuffle(remembered, new Random(seed));
      }
      for (Flight flight : remembered) {
        figures.count("again");
        sites.get(flight.to()).step(new Event.Received(flight.from(), flight.message()), now);
        judge.leases(sites.values(), now);
        if (random.nextInt(20) == 0) {
          calmRound(false);
        }
      }
    }
  }

  /* Calm. */

  /** Ends the faults: everything that was asked is answered, and somebody leads. */
  void heal() {
    calm = true;
    sites.values().stream().filter(site -> !site.isUp()).forEach(site -> start(site, now + LEASE));
    for (Site site : sites.values()) {
      for (Site other : sites.values()) {
        if (site != other) {
          site.step(new Event.Connected(other.id), now);
        }
      }
    }
    boolean asked = false;
    for (int round = 0; round < MAX_CALM_ROUNDS; round++) {
      calmRound(round % 5 == 0);
      if (!asked && round > 50) {
        sites.values().forEach(this::propose);
        asked = true;
      }
      if (asked && isDone()) {
        return;
      }
    }
    throw new AssertionError("not done after the faults ended: " + report());
  }

  private void calmRound(boolean beats) {
    now += RETRY / 2;
    for (Site site : sites.values()) {
      for (Site other : sites.values()) {
        if (beats && site != other) {
          beat(site, other);
          tell(site, other);
        }
      }
    }
    while (!heartbeats.isEmpty() || !grantings.isEmpty()) {
      pair();
    }
    tickAll();
    int steps = 0;
    while (!flights.isEmpty() || sites.values().stream().anyMatch(Site::hasUnsynced)) {
      while (!flights.isEmpty()) {
        deliverOne();
        judge.leases(sites.values(), now);
        assertTrue(++steps < 100_000, () -> "no end of messages: " + report());
      }
      sites.values().forEach(site -> site.sync(now));
    }
  }

  private boolean isDone() {
    boolean led =
        sites.values().stream()
            .anyMatch(
                site ->
                    election
                        ? site.replica().isMaster(now)
                        : site.replica().phase() == Phase.PREPARED || tickets == 0);
    boolean level =
        sites.values().stream()
            .filter(site -> site.replica().state().membership().contains(site.id))
            .allMatch(site -> site.replica().chosenUpTo() == judge.highestChosen());
    return waiting.isEmpty() && level && (led || !election);
  }

  private String report() {
    StringBuilder text = new StringBuilder("seed " + seed + (election ? "" : " no election"));
    text.append(", waiting ").append(waiting.keySet());
    for (Site site : sites.values()) {
      Replica it = site.replica();
      text.append("\n  node ").append(site.id).append(site.isUp() ? "" : " down");
      if (site.isUp()) {
        text.append(' ').append(it.phase()).append(" promised ").append(it.promised());
        text.append(" chosen ").append(it.chosenUpTo());
        text.append(" lease ").append(it.lease().leftNanos(now) / MS);
        text.append(" master ").append(it.state().masterBallot());
        text.append(" members ").append(it.state().membership());
      }
    }
    return text.toString();
  }
}
