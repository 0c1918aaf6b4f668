package io.github.skywalker.paxos.sim;

import io.github.skywalker.paxos.SimulatedNode;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Outcome;
import io.github.skywalker.paxos.core.Ready;
import io.github.skywalker.paxos.core.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/** Sees every node and every disk, and judges after every event. */
final class Oracle {

  private final List<GroupOracle> groups = new ArrayList<>();
  private final Figures figures;
  private final Trace trace;

  Oracle(
      Swarm swarm,
      SortedSet<Integer> founders,
      Judge judge,
      Operations operations,
      Figures figures,
      Trace trace) {
    this.figures = figures;
    this.trace = trace;
    for (int group = 0; group < swarm.allGroups(); group++) {
      groups.add(new GroupOracle(group, swarm, founders, judge, operations, figures));
      if (group < swarm.groups) {
        group(group).begin();
      }
    }
  }

  List<GroupOracle> groups() {
    return groups;
  }

  GroupOracle group(int group) {
    return groups.get(group);
  }

  /** What holds at every moment. */
  void afterEvent() {
    for (GroupOracle group : groups) {
      if (group.leases().isContested()) {
        group.leases().check();
      }
    }
  }

  /** Watches the disk that a host begins with. Who has lost it has no votes to forget any more. */
  void watchDisk(Host host) {
    host.onDeletion((group, instance) -> group(group).deleting(group(group).seat(host), instance));
  }

  /** Watches one life of a node. Who has lost his disk is nobody's acceptor, and not watched. */
  SimulatedNode.Watcher watch(Life life) {
    Host host = life.host();
    boolean counts = !host.isImpostor();
    return new SimulatedNode.Watcher() {
      @Override
      public void recovered(int group, Replica replica) {
        if (counts) {
          trace.line(
              host.id(),
              "[%d] recovered: promised %s, chosen up to %d",
              group,
              replica.promised(),
              replica.chosenUpTo());
          group(group).recovered(group(group).seat(host), life, replica);
        }
      }

      @Override
      public void damaged(int group, String what) {
        if (counts) {
          trace.line(host.id(), "[%d] damaged: %s", group, what);
          group(group).damaged(group(group).seat(host), life, what);
        }
      }

      @Override
      public void stepped(int group, Replica replica, Event event, Ready ready) {
        boolean installs = ready.outcomes.stream().anyMatch(Outcome.Installed.class::isInstance);
        life.stepped(group, replica, event, ready, installs);
        if (!counts) {
          return;
        }
        trace.mix(event.getClass().getName().hashCode() * 31L + group);
        trace.mix(replica.chosenUpTo() * 31 + replica.promised().round());
        if (trace.keepsLines() && !(event instanceof Event.Synced && ready.isEmpty())) {
          note(host, group, event, ready);
        }
        if (installs) {
          life.fetches().installed(host.id(), group);
        }
        group(group).stepped(group(group).seat(host), replica, event, ready);
      }

      @Override
      public void synced(int group, Ready ready) {
        if (counts) {
          if (trace.keepsLines() && !ready.released.isEmpty()) {
            trace.line(host.id(), "[%d] synced, releases %s", group, ready.released);
          }
          group(group).synced(group(group).seat(host), ready);
        }
      }

      @Override
      public void readAgain(int group, long instance) {
        figures.count("values read again for machines that lag");
      }

      @Override
      public void applied(int group, long instance) {
        if (counts) {
          group(group).applied(group(group).seat(host), instance);
        }
      }

      @Override
      public void restored(int group, long instance) {
        if (counts) {
          trace.line(host.id(), "[%d] restored at %d", group, instance);
          group(group).restored(group(group).seat(host), instance);
        }
      }

      @Override
      public void cleaned(int group, long upTo) {
        if (counts) {
          trace.line(host.id(), "[%d] log cleaned up to %d", group, upTo);
          group(group).cleaned(group(group).seat(host), upTo);
        }
      }
    };
  }

  private void note(Host host, int group, Event event, Ready ready) {
    StringBuilder line = new StringBuilder().append('[').append(group).append("] ");
    line.append(
        event instanceof Event.Propose some ? some.proposals().size() + " proposals" : event);
    if (!ready.sends.isEmpty()) {
      line.append("\n                      sends ").append(ready.sends);
    }
    if (!ready.writes.isEmpty()) {
      line.append("\n                      writes ").append(ready.writes);
    }
    if (!ready.released.isEmpty()) {
      line.append("\n                      then sends ").append(ready.released);
    }
    if (!ready.outcomes.isEmpty()) {
      line.append("\n                      tells ").append(ready.outcomes);
    }
    trace.line(host.id(), "%s", line);
  }
}
