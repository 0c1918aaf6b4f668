package io.github.skywalker.paxos.core;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Membership;
import io.github.skywalker.api.MembershipChange;
import io.github.skywalker.machine.Ballot;
import io.github.skywalker.machine.Entry;
import io.github.skywalker.machine.GroupImage;
import io.github.skywalker.machine.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A stage for transcripts: each line of a script moves one thing, and what comes of it is told. All
 * that is not said to happen does not: no message arrives, no sync ends, and no time passes.
 *
 * <pre>
 * cluster 1 2 3 [joiners=4] [election=no] [window=4] [delay=0]   founds a group; starts all
 * tick 1              the deadline of node 1 is looked at, as its timer would
 * pass 100            milliseconds go by; nobody looks
 * deliver 1>2 [n]     the oldest message from 1 to 2 arrives, or the n oldest
 * again 1>2           it arrives, and will arrive again
 * lose 1>2 [n]        it is lost, or the n oldest are
 * hold 1>2            what 1 sends to 2 stays on its way during "run"; "let 1>2" ends that
 * sync 1              what 1 has written is on disk
 * run                 everything is delivered and synced until nothing moves; "settle" the same,
 *                     telling only what the nodes decide and answer
 * propose 1 a b       users of 1 propose; each payload is its own ticket; fence=3 timeout=1000
 *                     patience=500
 * read 1 r [majority] a user of 1 asks for a read barrier
 * change 1 c +4 -2    a user of 1 changes the membership; force, epoch=0
 * retire 1 t          a user of 1 has its mastership handed over
 * beat 1>2 [ago=50]   a heartbeat of 1 reached 2, and its grant 1; it was sent so long ago
 * lapse 1             node 1 looks which of its grants have run out
 * passes 2 1          at node 2, the promise of another group passes from 1 to another node
 * knows 1 2 9         a heartbeat of 2 tells 1 that 2 knows all up to 9
 * connect 1 2         a new connection
 * crash 1, restart 1 [wait=1000]; "restart 1 damaged" finds its log damaged: it only learns
 * restart 1 lost=3    its disk lacks what was known chosen at 3; "recall 1" finds what follows
 * checkpoint 1        1 takes a checkpoint, and deletes the log that it covers
 * install 3 1         the newest checkpoint of 1 has come to 3, and is on its disk
 * halt 1, stop 1
 * from 2>1 …          a message that node 2 never sent: see {@link #forge}
 * show                how everything stands
 * </pre>
 */
final class Play {

  private static final long MS = 1_000_000;
  private static final long LEASE = 1_000 * MS;
  private static final long RETRY = 100 * MS;

  private final TreeMap<Integer, Site> sites = new TreeMap<>();
  private final TreeMap<String, ArrayDeque<Message>> links = new TreeMap<>();
  private final TreeSet<String> held = new TreeSet<>();
  private final StringBuilder told = new StringBuilder();
  private boolean brief;
  private long now = 10_000 * MS;
  private long changes;

  /** Plays one line, and returns what came of it. */
  String play(String line) {
    told.setLength(0);
    List<String> words = new ArrayList<>(Arrays.asList(line.trim().split("\\s+")));
    Map<String, String> options = new TreeMap<>();
    words.removeIf(
        word -> {
          int equals = word.indexOf('=');
          if (equals > 0) {
            options.put(word.substring(0, equals), word.substring(equals + 1));
          }
          return equals > 0;
        });
    String verb = words.remove(0);
    play(verb, words, options);
    return told.toString();
  }

  private void play(String verb, List<String> words, Map<String, String> options) {
    switch (verb) {
      case "cluster" -> cluster(words, options);
      case "tick" -> site(words).step(new Event.Tick(), now);
      case "pass" -> now += number(words.get(0)) * MS;
      case "deliver" -> times(words, () -> deliver(words.get(0), false));
      case "again" -> deliver(words.get(0), true);
      case "lose" -> times(words, () -> link(words.get(0)).remove());
      case "hold" -> held.addAll(words);
      case "let" -> held.removeAll(words);
      case "sync" -> site(words).sync(now);
      case "run" -> run();
      case "settle" -> {
        brief = true;
        run();
        brief = false;
      }
      case "propose" -> propose(words, options);
      case "read" ->
          site(words)
              .step(
                  new Event.Read(words.get(1), words.contains("majority"), now + 10_000 * MS), now);
      case "change" -> change(words, options);
      case "retire" -> site(words).step(new Event.Retire(words.get(1), now + 10_000 * MS), now);
      case "beat" -> beat(words.get(0), number(options.getOrDefault("ago", "0")) * MS);
      case "lapse" -> {
        Grants grants = site(words).grants();
        boolean given = grants.lapseGiven(now);
        if (grants.lapseHeld(now) || given) {
          site(words).step(new Event.GrantsChanged(), now);
        }
      }
      case "passes" -> {
        int former = (int) number(words.get(1));
        site(words).grants().passed(new Ballot(0, 1, former, 1), former + 1);
      }
      case "knows" -> {
        boolean votes = !words.contains("learns-only");
        int peer = (int) number(words.get(1));
        site(words).grants().give(peer, sites.get(peer).boot(), now + LEASE);
        site(words).step(new Event.PeerChosen(peer, number(words.get(2)), votes), now);
      }
      case "connect" -> site(words).step(new Event.Connected((int) number(words.get(1))), now);
      case "crash" -> site(words).crash();
      case "restart" -> {
        long wait = number(options.getOrDefault("wait", "0")) * MS;
        long until = wait == 0 ? Long.MIN_VALUE : now + wait;
        if (options.containsKey("lost")) {
          site(words).startWithout(until, number(options.get("lost")));
        } else {
          site(words).start(until, words.contains("damaged"));
        }
      }
      case "recall" -> site(words).recall(now);
      case "checkpoint" -> {
        long instance = site(words).takeCheckpoint().instance();
        site(words).clean();
        tell(words.get(0) + " has a checkpoint at " + instance);
      }
      case "install" -> {
        GroupImage image = sites.get((int) number(words.get(1))).checkpoint();
        site(words).receive(image);
        site(words).step(new Event.Install(image), now);
      }
      case "halt" -> site(words).step(new Event.Halt("as the script says"), now);
      case "stop" -> site(words).step(new Event.Stop(), now);
      case "from" -> {
        int from = fromOf(words.get(0));
        Site to = sites.get(toOf(words.get(0)));
        Message message = forge(words.subList(1, words.size()));
        to.step(new Event.Received(from, message), now);
      }
      case "show" -> sites.values().forEach(this::show);
      default -> throw new IllegalArgumentException("What is \"" + verb + "\"?");
    }
  }

  /* The stage. */

  private void cluster(List<String> words, Map<String, String> options) {
    TreeSet<Member> members = new TreeSet<>();
    words.forEach(word -> members.add(member((int) number(word))));
    Membership founding = Membership.founding(members);
    boolean election = !"no".equals(options.get("election"));
    int window = (int) number(options.getOrDefault("window", "4"));
    long delay = number(options.getOrDefault("delay", "0")) * MS;
    int maxValueBytes = (int) number(options.getOrDefault("bytes", "1000"));
    for (Member member : founding.members()) {
      found(member.nodeId(), founding, election, window, delay, maxValueBytes);
    }
    if (options.containsKey("joiners")) {
      for (String joiner : options.get("joiners").split(",", -1)) {
        Membership nobody = new Membership(0, new TreeSet<>());
        found((int) number(joiner), nobody, election, window, delay, maxValueBytes);
      }
    }
  }

  private void found(
      int id, Membership founding, boolean election, int window, long delay, int maxValueBytes) {
    Site site =
        new Site(
            id,
            founding,
            boot ->
                new Replica.Options(
                    id,
                    boot,
                    election,
                    window,
                    maxValueBytes,
                    RETRY,
                    delay,
                    LEASE,
                    () -> Long.MAX_VALUE,
                    id),
            watcher);
    sites.put(id, site);
    site.start(Long.MIN_VALUE);
    site.step(new Event.GrantsChanged(), now);
  }

  private static Member member(int id) {
    return new Member(id, "n" + id, 7000 + id);
  }

  private final Site.Watcher watcher =
      new Site.Watcher() {
        @Override
        public void sends(Site site, int to, Message message) {
          link(site.id + ">" + to).add(message);
          if (!brief) {
            tell(site.id + " -> " + to + "  " + Words.of(message));
          }
        }

        @Override
        public void holds(Site site, int to, Message message) {
          if (!brief) {
            tell(site.id + " .. " + to + "  " + Words.of(message) + ", when it is synced");
          }
        }

        @Override
        public void writes(Site site, Write write) {
          if (!brief) {
            tell(site.id + " writes  " + Words.of(write));
          }
        }

        @Override
        public void tells(Site site, Outcome outcome) {
          tell(site.id + " " + Words.of(outcome));
        }
      };

  private void tell(String what) {
    told.append("  ").append(what).append('\n');
  }

  private Site site(List<String> words) {
    return sites.get((int) number(words.get(0)));
  }

  private static long number(String word) {
    return Long.parseLong(word);
  }

  private static int fromOf(String link) {
    return (int) number(link.substring(0, link.indexOf('>')));
  }

  private static int toOf(String link) {
    return (int) number(link.substring(link.indexOf('>') + 1));
  }

  private ArrayDeque<Message> link(String link) {
    return links.computeIfAbsent(link, name -> new ArrayDeque<>());
  }

  private static void times(List<String> words, Runnable what) {
    long times = words.size() > 1 ? number(words.get(1)) : 1;
    for (long i = 0; i < times; i++) {
      what.run();
    }
  }

  private void deliver(String link, boolean again) {
    Message message = again ? link(link).element() : link(link).remove();
    Site to = sites.get(toOf(link));
    if (to != null && to.isUp()) {
      to.step(new Event.Received(fromOf(link), message), now);
    }
  }

  /** First everything that was said is heard, then everything that was written is synced. */
  private void run() {
    boolean moved = true;
    while (moved) {
      moved = false;
      for (String link : List.copyOf(links.keySet())) {
        while (!held.contains(link) && !link(link).isEmpty()) {
          deliver(link, false);
          moved = true;
        }
      }
      for (Site site : sites.values()) {
        if (!moved && site.isUp() && site.hasUnsynced()) {
          if (!brief) {
            tell(site.id + " syncs");
          }
          site.sync(now);
          moved = true;
        }
      }
    }
  }

  private void propose(List<String> words, Map<String, String> options) {
    long deadline = now + number(options.getOrDefault("timeout", "10000")) * MS;
    long patience = number(options.getOrDefault("patience", "1000")) * MS;
    long fence = number(options.getOrDefault("fence", "0"));
    List<Event.Proposal> proposals = new ArrayList<>();
    for (String payload : words.subList(1, words.size())) {
      byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
      proposals.add(new Event.Proposal(payload, 1001, fence, bytes, deadline, patience));
    }
    site(words).step(new Event.Propose(proposals), now);
  }

  private void change(List<String> words, Map<String, String> options) {
    Site site = site(words);
    boolean force = words.contains("force");
    List<MembershipChange> steps = new ArrayList<>();
    for (String word : words.subList(2, words.size())) {
      if (word.startsWith("+")) {
        steps.add(new MembershipChange.Add(member((int) number(word.substring(1)))));
      } else if (word.startsWith("-")) {
        steps.add(new MembershipChange.Remove((int) number(word.substring(1))));
      }
    }
    long epoch = site.replica().state().membership().version();
    long expected = number(options.getOrDefault("epoch", Long.toString(epoch)));
    Value value = Value.change(new Value.Change(expected, site.id, site.boot(), ++changes, steps));
    site.step(new Event.ChangeMembership(words.get(1), value, force, now + 10_000 * MS), now);
  }

  private void beat(String link, long ago) {
    Site from = sites.get(fromOf(link));
    Site to = sites.get(toOf(link));
    Stamp stamp = to.grants().give(from.id, from.boot(), now + LEASE);
    long sent = now - ago;
    if (stamp.equals(Stamp.NONE)) {
      tell(to.id + " grants nothing");
    } else if (from.grants().hold(to.id, stamp, sent, sent + LEASE, now)) {
      tell(to.id + " grants " + from.id + " " + Words.of(stamp));
      from.step(new Event.GrantsChanged(), now);
    }
  }

  /**
   * A message from a broken or hostile peer, or one from long ago: its kind, and then the parts as
   * a transcript prints them, separated by spaces.
   */
  private static Message forge(List<String> words) {
    String kind = words.get(0);
    return switch (kind) {
      case "Canvass" -> new Message.Canvass(ballot(words.get(1)), number(words.get(2)));
      case "Favour" -> new Message.Favour(ballot(words.get(1)), number(words.get(2)));
      case "Prepare" -> new Message.Prepare(ballot(words.get(1)), number(words.get(2)));
      case "Promise" -> {
        long first = number(words.get(2));
        yield new Message.Promise(
            ballot(words.get(1)), first, first, 0, List.of(), new Stamp(1, 0));
      }
      case "Reject" -> new Message.Reject(ballot(words.get(1)), ballot(words.get(2)));
      case "Behind" -> new Message.Behind(ballot(words.get(1)), number(words.get(2)));
      case "Leased" -> new Message.Leased(ballot(words.get(1)), number(words.get(2)) * MS);
      case "Accept" ->
          new Message.Accept(
              ballot(words.get(1)),
              number(words.get(2)),
              value(words.get(3)),
              number(words.get(4)));
      case "Accepted" ->
          new Message.Accepted(ballot(words.get(1)), number(words.get(2)), new Stamp(1, 0));
      case "Chosen" -> new Message.Chosen(ballot(words.get(1)), number(words.get(2)));
      case "Learn" -> new Message.Learn(number(words.get(1)));
      case "Learned" ->
          new Message.Learned(
              number(words.get(1)),
              words.subList(2, words.size() - 1).stream().map(Play::value).toList(),
              number(words.get(words.size() - 1)),
              null);
      case "Forward" -> new Message.Forward(value(words.get(1)).entries());
      case "Confirm" -> new Message.Confirm(ballot(words.get(1)), number(words.get(2)));
      case "Confirmed" ->
          new Message.Confirmed(ballot(words.get(1)), number(words.get(2)), new Stamp(1, 0));
      case "Release" -> new Message.Release(ballot(words.get(1)));
      case "Released" -> new Message.Released(ballot(words.get(1)));
      case "Read" -> new Message.Read(number(words.get(1)), true);
      case "ReadAt" -> new Message.ReadAt(number(words.get(1)), number(words.get(2)));
      case "Succeed" -> new Message.Succeed(ballot(words.get(1)));
      default -> throw new IllegalArgumentException("What message is \"" + kind + "\"?");
    };
  }

  /** {@code epoch.round@node.boot}, or 0. */
  private static Ballot ballot(String word) {
    if (word.equals("0")) {
      return Ballot.ZERO;
    }
    String[] parts = word.split("[.@]", -1);
    return new Ballot(
        number(parts[0]), number(parts[1]), (int) number(parts[2]), (int) number(parts[3]));
  }

  /** {@code no-op}, or one entry, {@code node.boot#sequence(payload)}. */
  private static Value value(String word) {
    if (word.equals("no-op")) {
      return Value.NOOP;
    }
    String[] parts = word.split("[.#()]", 0);
    byte[] payload = parts[3].getBytes(StandardCharsets.UTF_8);
    return Value.batch(
        List.of(
            new Entry(
                (int) number(parts[0]),
                (int) number(parts[1]),
                number(parts[2]),
                1001,
                0,
                payload,
                0,
                payload.length)));
  }

  private void show(Site site) {
    if (!site.isUp()) {
      tell(site.id + " is down, promised " + site.promisedOnDisk());
      return;
    }
    Replica it = site.replica();
    long left = it.lease().leftNanos(now);
    String lease = left == Long.MAX_VALUE ? ", lease for ever" : ", lease " + left / MS + " ms";
    long deadline = it.nextDeadline();
    tell(
        site.id
            + " "
            + it.phase()
            + ", promised "
            + it.promised()
            + ", chosen "
            + it.chosenUpTo()
            + (left == 0 ? "" : lease)
            + (it.isMaster(now) ? ", master" : "")
            + (deadline == Grants.NEVER
                ? ""
                : ", looks in " + Math.max(0, deadline - now) / MS + " ms"));
  }
}
