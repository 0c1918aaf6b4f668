package io.github.skywalker.paxos.sim;

import java.util.HashMap;
import java.util.Map;

/** The user's machines of every life. */
final class Machines {

  private record Key(Life life, int group, int machine) {}

  private final Map<Key, RecordingMachine> all = new HashMap<>();

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
