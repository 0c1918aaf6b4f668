package io.github.skywalker.paxos;

import io.github.skywalker.api.GroupOptions;
import io.github.skywalker.api.NodeObserver;
import io.github.skywalker.machine.Applier;
import io.github.skywalker.util.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the user's code of one group: whether a machine or a callback does not come back, and
 * whether this node, as master, falls so far behind in applying that another should take its place.
 */
final class Watch {

  private static final Logger log = LoggerFactory.getLogger(Watch.class);

  /** So long a call may take, or a master lag, before somebody is told. */
  private static final long PATIENCE_NANOS = 1_000_000_000;

  private final GroupOptions options;
  private final Applier applier;
  private final Proposals proposals;
  private final NodeObserver observer;
  private final Clock clock;
  private final BooleanSupplier isMaster;
  private final Runnable retire;

  private long behindSince;

  Watch(
      GroupOptions options,
      Applier applier,
      Proposals proposals,
      NodeObserver observer,
      Clock clock,
      BooleanSupplier isMaster,
      Runnable retire) {
    this.options = options;
    this.applier = applier;
    this.proposals = proposals;
    this.observer = observer;
    this.clock = clock;
    this.isMaster = isMaster;
    this.retire = retire;
  }

  /** Looks; called by one loop, now and then for as long as the machines have something to do. */
  void look() {
    long blocked = applier.blockedNanos();
    if (blocked > PATIENCE_NANOS) {
      observer.machineBlocked(options.id(), applier.calledMachine(), Duration.ofNanos(blocked));
    }
    if (applier.unappliedBytes() <= options.maxUnappliedBytes()) {
      behindSince = 0;
    } else if (behindSince == 0) {
      behindSince = clock.nanos();
    } else if (isMaster.getAsBoolean() && clock.nanos() - behindSince > PATIENCE_NANOS) {
      behindSince = 0;
      log.warn(
          "Group {}: this master has fallen behind in applying, and asks to retire.", options.id());
      retire.run();
    }
  }

  /** What has not come back; empty if nothing is late. May be called by any thread. */
  Optional<String> blocked() {
    long machine = applier.blockedNanos();
    if (machine > PATIENCE_NANOS) {
      return Optional.of("machine " + applier.calledMachine() + hasNotComeBack(machine));
    }
    long callback = proposals.blockedNanos();
    return callback > PATIENCE_NANOS
        ? Optional.of("a callback of a proposal" + hasNotComeBack(callback))
        : Optional.empty();
  }

  private static String hasNotComeBack(long nanos) {
    return " has not come back for " + Duration.ofNanos(nanos).toSeconds() + " s";
  }
}
