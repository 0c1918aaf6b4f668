package io.github.skywalker.paxos.sim;

import java.util.HashMap;
import java.util.Map;

/** The user's machines of every life. */
final class Machines {

  private record Key(Life life, int group, int machine) {}

  private record Home(int host, int group, int machine) {}

  private final Draws draws;
  private final boolean durable;
  private final Map<Key, RecordingMachine> all = new HashMap<>();
  private final Map<Home, MachineDisk> disks = new HashMap<>();

  Machines(Swarm swarm, Draws draws) {
    this.durable = swarm.durableMachines;
    this.draws = draws;
  }

  /** What a machine has on its disk; null if it has none. */
  MachineDisk disk(Host host, int group, int machine) {
    if (!durable || host.isImpostor()) {
      return null;
    }
    String name = "what machine " + machine + " of group " + group + " has lost";
    return disks.computeIfAbsent(
        new Home(host.id(), group, machine), home -> new MachineDisk(draws.of(name, host.id())));
  }

  void add(Life life, int group, RecordingMachine machine) {
    all.put(new Key(life, group, machine.machineId()), machine);
  }

  /** How many captures of a life were not let go of. */
  int openCaptures(Life life) {
    int open = 0;
    for (Map.Entry<Key, RecordingMachine> each : all.entrySet()) {
      open += each.getKey().life == life ? each.getValue().openCaptures() : 0;
    }
    return open;
  }

  RecordingMachine of(Life life, int group, int machine) {
    return all.get(new Key(life, group, machine));
  }
}
