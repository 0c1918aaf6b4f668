package io.github.skywalker.examples.journey;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * Sends a command to the master of its key's group, or to another server when that one is not known
 * or not there; each server passes on what it cannot do itself. Goes on until there is an answer or
 * the time is over. A write whose outcome is not known is not sent again: that might do it twice,
 * or undo what others did in between.
 */
final class Router {

  /** After this time a command is given up. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  /** After this time without a connection to any server it is given up, too. */
  static final Duration PATIENCE_WITH_NOBODY = Duration.ofSeconds(3);

  private static final long ROUND_PAUSE_MILLIS = 200;

  private final Servers servers;
  private final LongSupplier nanoTime;
  private final Pause pause;

  /** Lets time pass between two rounds. */
  interface Pause {
    void millis(long time) throws InterruptedException;
  }

  /** How it waits. */
  Pause pause() {
    return pause;
  }

  Router(Servers servers, LongSupplier nanoTime, Pause pause) {
    this.servers = servers;
    this.nanoTime = nanoTime;
    this.pause = pause;
  }

  /** What may be done when the answer does not come. */
  enum Effect {
    READS,
    WRITES
  }

  /**
   * Sends a command until it is answered.
   *
   * @param key whose group's master is asked first
   * @param words the command
   * @param effect whether it may be sent again
   * @throws ShellException if there is no answer, or it is an error
   */
  Answer send(byte[] key, List<byte[]> words, Effect effect)
      throws ShellException, InterruptedException {
    long start = nanoTime.getAsLong();
    long deadline = start + PATIENCE.toNanos();
    Optional<String> refusal = Optional.empty();
    while (true) {
      for (InetSocketAddress address : inOrder(key, deadline)) {
        int millis = millisUntil(deadline);
        if (millis <= 0) {
          break;
        }
        Optional<Answer> answer = attempt(address, words, effect, millis);
        if (answer.isPresent()) {
          if (!(answer.get() instanceof Answer.Failure failure)) {
            return answer.get();
          }
          if (!failure.mayBeRepeated()) {
            throw new ShellException(sentence(failure));
          }
          refusal = Optional.of(failure.text());
        }
      }
      Duration patience = servers.isAnyThere() ? PATIENCE : PATIENCE_WITH_NOBODY;
      if (millisUntil(start + patience.toNanos()) <= ROUND_PAUSE_MILLIS) {
        throw new ShellException(refusal.map(Router::refused).orElse(nobody(patience)));
      }
      pause.millis(ROUND_PAUSE_MILLIS);
    }
  }

  /** Asks one server; empty if another one may be asked. */
  private Optional<Answer> attempt(
      InetSocketAddress address, List<byte[]> words, Effect effect, int millis)
      throws ShellException {
    Servers.Link link;
    try {
      link = servers.link(address);
    } catch (IOException notThere) {
      return Optional.empty();
    }
    try {
      return Optional.of(link.call(words, millis));
    } catch (IOException broken) {
      servers.failed(address, broken);
      if (effect == Effect.READS) {
        return Optional.empty();
      }
      String reason =
          broken instanceof SocketTimeoutException
              ? "did not answer in time"
              : "went away before it answered";
      throw new ShellException(
          "The outcome is unknown: "
              + Addresses.show(address)
              + " "
              + reason
              + ". The change may have taken effect, or may later; get the key to see.");
    }
  }

  /** The master first, if it is known, then all others. */
  private List<InetSocketAddress> inOrder(byte[] key, long deadline) {
    List<InetSocketAddress> order = new ArrayList<>();
    master(key, deadline).ifPresent(order::add);
    for (InetSocketAddress address : servers.all()) {
      if (!order.contains(address)) {
        order.add(address);
      }
    }
    return order;
  }

  /** Where the master of the key's group is, by the first server that answers. */
  private Optional<InetSocketAddress> master(byte[] key, long deadline) {
    for (InetSocketAddress address : servers.all()) {
      if (millisUntil(deadline) <= 0) {
        break;
      }
      try {
        List<Fields> groups = servers.inspect(address, "MASTER");
        OptionalInt group = groupOf(key, groups);
        return group.isEmpty()
            ? Optional.empty()
            : groups.get(group.getAsInt()).number("master").flatMap(servers::find);
      } catch (IOException notThere) {
        // The next one may know.
      }
    }
    return Optional.empty();
  }

  private static OptionalInt groupOf(byte[] key, List<Fields> groups) {
    return groups.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(new Shards(groups.size()).groupOf(key));
  }

  private int millisUntil(long deadline) {
    return (int) ((deadline - nanoTime.getAsLong()) / 1_000_000);
  }

  private static String sentence(Answer.Failure failure) {
    return failure.isUnknown()
        ? "The outcome is unknown: " + rest(failure.text())
        : rest(failure.text());
  }

  /** Without the class, which is for programs. */
  private static String rest(String text) {
    return text.substring(text.indexOf(' ') + 1);
  }

  private static String refused(String refusal) {
    return "Refused for " + PATIENCE.toSeconds() + " s: " + rest(refusal);
  }

  private String nobody(Duration patience) {
    return "No server answered within "
        + patience.toSeconds()
        + " s ("
        + servers.troubles()
        + "). Is the cluster running? \"journey cluster\" starts one.";
  }
}
