package io.github.skywalker.examples.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The keys of the moment. Each is used for a while and then replaced by a new one, so that the
 * history of none becomes too long to be judged. Half of them are only ever appended to. Any thread
 * may ask.
 */
final class Keys {

  private static final int KEYS_OF_A_GROUP = 4;
  private static final int USES = 200;

  /**
   * A key.
   *
   * @param name its name
   * @param group which holds it
   * @param onlyAppends whether it is only ever appended to
   */
  record Key(String name, int group, boolean onlyAppends) {}

  private final List<Key> current = new ArrayList<>();
  private final int[] uses;
  private final List<Key> all = new ArrayList<>();

  Keys(int groups) {
    uses = new int[groups * KEYS_OF_A_GROUP];
    for (int place = 0; place < uses.length; place++) {
      current.add(null);
      replace(place, 0);
    }
  }

  private void replace(int place, int generation) {
    boolean onlyAppends = place % 2 == 1;
    Key key =
        new Key(
            (onlyAppends ? "list-" : "register-") + place + "-" + generation,
            place / KEYS_OF_A_GROUP,
            onlyAppends);
    current.set(place, key);
    all.add(key);
  }

  /** One of those that are used now. */
  synchronized Key any(Random random) {
    int place = random.nextInt(uses.length);
    uses[place]++;
    if (uses[place] % USES == 0) {
      replace(place, uses[place] / USES);
    }
    return current.get(place);
  }

  /** All that were ever used. */
  synchronized List<Key> all() {
    return List.copyOf(all);
  }
}
