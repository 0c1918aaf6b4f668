package io.github.skywalker.api;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a proposal.
 *
 * @param status how it ended
 * @param instance the instance at which it was executed; 0 if it was not, or that is not known
 * @param output what {@link StateMachine#execute} returned on this node; null unless the status is
 *     {@link Status#OK}, and also where a checkpoint took the place of the execution
 * @param master the master at that moment, where a refusal can name one
 * @param detail a sentence for the log, empty if the status says it all
 */
public record ProposeResult(
    Status status, long instance, @Nullable Object output, Optional<Member> master, String detail) {

  /** A result with only a status, and a sentence on it. */
  public static ProposeResult of(Status status, String detail) {
    return new ProposeResult(status, 0, null, Optional.empty(), detail);
  }

  /** Short for {@code status().fate()}. */
  public Status.Fate fate() {
    return status.fate();
  }
}
