package io.github.skywalker.paxos;

import io.github.skywalker.network.Network;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Grants;
import io.github.skywalker.paxos.core.Heartbeats;
import io.github.skywalker.util.Clock;
import io.github.skywalker.util.RunLoop;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * The node's heartbeat: sends and answers it at its time, and wakes the groups that a change of the
 * grants may concern. Runs on one of the group loops.
 */
final class Pulse {

  private final Heartbeats heartbeats;
  private final Grants grants;
  private final long periodNanos;
  private final Loops loops;
  private final RunLoop loop;
  private final Clock clock;
  private final Network network;
  private final Map<Integer, Group> groups;
  private final Acquaintances acquaintances;
  private final ConcurrentLinkedQueue<Group> changed = new ConcurrentLinkedQueue<>();

  /** The groups whose machines may have something to do; thousands of others have not. */
  private final Set<Group> busy = new LinkedHashSet<>();

  private RunLoop.@Nullable Timer lapse;
  private long lapseAt;
  private boolean stopped;

  Pulse(
      Heartbeats heartbeats,
      Grants grants,
      long periodNanos,
      Loops loops,
      Clock clock,
      Network network,
      Map<Integer, Group> groups,
      Acquaintances acquaintances) {
    this.heartbeats = heartbeats;
    this.grants = grants;
    this.periodNanos = periodNanos;
    this.loops = loops;
    this.loop = loops.ofPulse();
    this.clock = clock;
    this.network = network;
    this.groups = groups;
    this.acquaintances = acquaintances;
  }

  void start() {
    loop.execute(
        () -> {
          beat();
          long wait = grants.waitEnd(clock.nanos());
          if (wait != Grants.NEVER) {
            loop.at(wait, this::wakeGroups);
          }
        });
  }

  void stop() {
    loop.execute(() -> stopped = true);
  }

  /** More is chosen in a group: its peers are told with the next heartbeat. */
  void chosenChanged(Group group) {
    if (group.markChanged()) {
      changed.add(group);
    }
  }

  private void beat() {
    if (stopped) {
      return;
    }
    gather();
    heartbeats
        .beat(clock.nanos())
        .forEach((node, beat) -> network.send(node, Network.Lane.PROMPT, Wire.write(beat)));
    busy.removeIf(group -> !group.watch());
    acquaintances.look(groups.values(), clock.nanos());
    loop.at(clock.nanos() + periodNanos, this::beat);
  }

  private void gather() {
    for (Group group = changed.poll(); group != null; group = changed.poll()) {
      group.clearChanged();
      heartbeats.changed(group.id(), group.chosenUpTo(), group.view().votes());
      busy.add(group);
    }
  }

  void connected(int node) {
    loop.execute(
        () -> {
          heartbeats.connected(node, clock.nanos());
          if (!stopped) {
            gather();
            Heartbeats.Heartbeat first = heartbeats.beat(clock.nanos()).get(node);
            if (first != null) {
              network.send(node, Network.Lane.PROMPT, Wire.write(first));
            }
          }
        });
  }

  void disconnected(int node) {
    loop.execute(() -> heartbeats.disconnected(node));
  }

  void removed(Group group) {
    loop.execute(
        () -> {
          heartbeats.removed(group.id());
          busy.remove(group);
        });
  }

  /** A heartbeat has come; what it counts for, see {@link Mailbox#cost}. */
  void asked(int from, int fromBoot, long cost, Heartbeats.Heartbeat heartbeat) {
    loops.mailboxOfPulse().offer(from, cost, () -> answer(from, fromBoot, heartbeat));
  }

  /** A grant has come. */
  void granted(int from, long cost, Heartbeats.Grant grant) {
    loops
        .mailboxOfPulse()
        .offer(
            from,
            cost,
            () -> {
              if (heartbeats.granted(from, grant, clock.nanos())) {
                wakeLeaders();
              }
              watchLapse();
            });
  }

  private void answer(int from, int fromBoot, Heartbeats.Heartbeat asked) {
    if (stopped) {
      return;
    }
    boolean anew = !grants.hears(from, fromBoot, clock.nanos());
    Heartbeats.Grant grant = heartbeats.answer(from, fromBoot, asked, clock.nanos());
    if (grant == null) {
      return;
    }
    network.send(from, Network.Lane.PROMPT, Wire.write(grant));
    watchLapse();
    if (anew) {
      wakeGroups();
    }
    for (Heartbeats.Mark mark : asked.marks()) {
      Group group = groups.get(mark.group());
      if (group != null && group.view().isNews(from, mark)) {
        Event event = new Event.PeerChosen(from, mark.chosenUpTo(), mark.votes());
        loops
            .mailboxOf(group.id())
            .offer(from, Mailbox.MESSAGE_OVERHEAD_BYTES, () -> group.step(event));
      }
    }
  }

  /**
   * Looks, when the next grant runs out, which groups it leaves unprotected, or without a lease.
   */
  private void watchLapse() {
    long next = grants.nextLapse();
    if (next == Grants.NEVER || (lapse != null && lapseAt - next <= 0)) {
      return; // The timer that is set is early enough, and looks again.
    }
    if (lapse != null) {
      lapse.cancel();
    }
    lapseAt = next;
    lapse = loop.at(next, this::lapsed);
  }

  private void lapsed() {
    lapse = null;
    long now = clock.nanos();
    boolean held = grants.lapseHeld(now);
    if (grants.lapseGiven(now)) {
      wakeGroups();
    } else if (held) {
      wakeLeaders();
    }
    watchLapse();
  }

  /** What this node has granted to others has changed: any group may be free to contend. */
  private void wakeGroups() {
    groups.values().forEach(Group::grantsChanged);
  }

  /** What others have granted to this node has changed: that concerns who leads, or is about to. */
  private void wakeLeaders() {
    for (Group group : groups.values()) {
      if (group.view().leadsOrContends()) {
        group.grantsChanged();
      }
    }
  }
}
