package io.github.skywalker.api;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a single proposal may have of its own. Immutable; each {@code with…} returns a copy.
 *
 * @param machineId the machine that executes it; empty (the default) for the group's only machine
 * @param timeout the time for it to be decided, from the call; empty (the default) for the group's.
 *     It is never earlier than that of the proposal before it: order comes first.
 * @param masterVersion a fence: refused with {@link Status#CONFLICT} unless this is the version of
 *     the present mastership; empty by default
 */
public record ProposeOptions(
    OptionalInt machineId, Optional<Duration> timeout, OptionalLong masterVersion) {

  /** The group's only machine, the group's timeout, no fence. */
  public static final ProposeOptions DEFAULT =
      new ProposeOptions(OptionalInt.empty(), Optional.empty(), OptionalLong.empty());

  /** Checks the timeout. */
  public ProposeOptions {
    timeout.ifPresent(
        t -> Checks.between("ProposeOptions.timeout", t, Duration.ofMillis(1), Duration.ofDays(1)));
  }

  /** A copy for this machine. */
  public ProposeOptions withMachine(int id) {
    return new ProposeOptions(OptionalInt.of(id), timeout, masterVersion);
  }

  /** A copy with this timeout. */
  public ProposeOptions withTimeout(Duration time) {
    return new ProposeOptions(machineId, Optional.of(time), masterVersion);
  }

  /** A copy with this fence. */
  public ProposeOptions withMasterVersion(long version) {
    return new ProposeOptions(machineId, timeout, OptionalLong.of(version));
  }
}
