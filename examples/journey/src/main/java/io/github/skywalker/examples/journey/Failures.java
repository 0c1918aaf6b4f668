package io.github.skywalker.examples.journey;

import io.github.skywalker.api.NodeException;
import io.github.skywalker.api.ProposeResult;
import io.github.skywalker.api.Status;
import java.util.Locale;
import java.util.concurrent.CompletionException;

/**
 * The errors that clients see. Their first word says what to do next: {@code ERR}, the command is
 * wrong; {@code TRYAGAIN}, it had no effect and may be repeated; {@code UNKNOWN}, it may have taken
 * effect, or may later.
 */
final class Failures {

  private static final int NAME_CHARACTERS = 64;

  private Failures() {}

  static String wrongArity(String name) {
    return "ERR wrong number of arguments for '" + name.toLowerCase(Locale.ROOT) + "' command";
  }

  static String unknownCommand(String name, String known) {
    String shown = name.substring(0, Math.min(name.length(), NAME_CHARACTERS));
    return "ERR unknown command '" + shown + "'; there are " + known;
  }

  static String tooLong(String what, int bytes, int most) {
    return "ERR a " + what + " of " + bytes + " bytes; at most " + most + " are taken";
  }

  /** A proposal that did not end with {@link Status#OK}. */
  static String ofProposal(int group, ProposeResult result) {
    String what = describe(group, result.status(), result.detail());
    return switch (result.status()) {
      case TOO_LARGE -> "ERR " + what;
      default ->
          result.fate() == Status.Fate.NEVER
              ? "TRYAGAIN " + what + "; it had no effect"
              : "UNKNOWN " + what + "; it may have taken effect, or may later";
    };
  }

  /** A read that could not be done: it has no effect in any case. */
  static String ofRead(int group, Throwable thrown) {
    Throwable cause =
        thrown instanceof CompletionException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    if (cause instanceof NodeException known) {
      return "TRYAGAIN " + describe(group, known.status(), String.valueOf(known.getMessage()));
    }
    return "ERR group " + group + ": " + cause.getMessage();
  }

  private static String describe(int group, Status status, String detail) {
    String sentence =
        switch (status) {
          case OVERLOADED -> "has too many commands waiting";
          case TIMEOUT, CANCELLED -> "did not decide in time";
          case HALTED -> "has halted on this node; see its log";
          case STOPPED -> "has stopped on this node";
          case NOT_MASTER, CONFLICT, NOT_CAUGHT_UP -> "has changed its master or members";
          case INVALID_NODE -> "does not have this node as a member";
          case TOO_LARGE -> "does not take a command of this size";
          case OK -> "has done it";
        };
    return "group " + group + " " + sentence + (detail.isEmpty() ? "" : " (" + detail + ")");
  }
}
