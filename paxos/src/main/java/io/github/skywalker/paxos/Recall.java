package io.github.skywalker.paxos;

import io.github.skywalker.machine.Value;
import io.github.skywalker.paxos.core.Event;
import io.github.skywalker.paxos.core.Replica;
import io.github.skywalker.util.RunLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds again what was known chosen and stands in a damaged log behind what is lost of it: as soon
 * as everything before is known, a piece is read, and handed on. Belongs to the group's loop, but
 * for the reading.
 */
final class Recall {

  private static final Logger log = LoggerFactory.getLogger(Recall.class);

  /** How much is read from the log at once. */
  private static final long MAX_PIECE_BYTES = 1 << 20;

  private final int group;
  private final Replica replica;
  private final GroupLog groupLog;
  private final RunLoop loop;
  private final Executor background;
  private final Consumer<Event> step;

  /** Belongs to the reading. */
  private final GroupLosses losses;

  private boolean reading;
  private long asked;

  /**
   * The replica is to learn again what was lost.
   *
   * @param losses which of what the log holds is not to be taken for chosen
   * @param loop the group's
   * @param background runs one task after the other
   * @param step takes what was found, as an event for the replica
   */
  Recall(
      int group,
      GroupLosses losses,
      Replica replica,
      GroupLog groupLog,
      RunLoop loop,
      Executor background,
      Consumer<Event> step) {
    this.group = group;
    this.losses = losses;
    this.replica = replica;
    this.groupLog = groupLog;
    this.loop = loop;
    this.background = background;
    this.step = step;
  }

  /** Looks, after a step, whether there is more to be read: once for each place where it ended. */
  void consider() {
    long first = replica.chosenUpTo() + 1;
    long upTo = replica.lostUpTo();
    if (!reading && first > asked && first <= upTo && replica.haltReason() == null) {
      reading = true;
      asked = first;
      background.execute(
          () -> {
            List<Value> values = new ArrayList<>();
            try {
              read(first, upTo, values);
            } finally {
              loop.execute(() -> found(first, values));
            }
          });
    }
  }

  private void found(long first, List<Value> values) {
    reading = false;
    if (values.isEmpty()) {
      consider(); // More may have been learned meanwhile.
    } else {
      step.accept(new Event.Recalled(first, values));
    }
  }

  private void read(long first, long upTo, List<Value> values) {
    long bytes = 0;
    try {
      for (long at = first; at <= upTo && bytes < MAX_PIECE_BYTES; at++) {
        Value value = losses.isDoubtful(at) ? null : groupLog.find(at);
        if (value == null) {
          break;
        }
        values.add(value);
        bytes += value.bytes().length;
      }
    } catch (IOException unreadable) {
      long instance = first + values.size();
      losses.add(instance);
      log.error("Group {}: instance {} is learned from others, too.", group, instance, unreadable);
    }
  }
}
