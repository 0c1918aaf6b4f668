package io.github.skywalker.examples.journey;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.function.BooleanSupplier;

/** Waits until every group of a new cluster has a master, and says how it goes. */
final class Masters {

  private static final int ASK_AGAIN_MILLIS = 100;
  private static final long SPEAK_AGAIN_NANOS = 2_000_000_000L;

  private final ClusterPlan plan;
  private final Servers.Connector connector;
  private final PrintStream out;

  Masters(ClusterPlan plan, Servers.Connector connector, PrintStream out) {
    this.plan = plan;
    this.connector = connector;
    this.out = out;
  }

  /**
   * Waits.
   *
   * @param goOn false when there is nothing to wait for any more
   * @return whether every group has a master
   */
  boolean await(BooleanSupplier goOn) throws InterruptedException {
    long start = System.nanoTime();
    long spoken = start;
    try (Servers servers = new Servers(plan.clientAddresses(), connector)) {
      while (goOn.getAsBoolean()) {
        long led = countLed(servers);
        double seconds = (System.nanoTime() - start) / 1e9;
        if (led == plan.groups()) {
          out.printf("Every group has a master after %.1f s.%n", seconds);
          return true;
        }
        if (System.nanoTime() - spoken >= SPEAK_AGAIN_NANOS) {
          spoken = System.nanoTime();
          out.printf(
              "%d of %d groups have a master after %.0f s ...%n", led, plan.groups(), seconds);
        }
        Thread.sleep(ASK_AGAIN_MILLIS);
      }
    }
    return false;
  }

  /** The groups that have a master, as the node says that knows most of them. */
  private long countLed(Servers servers) {
    long most = 0;
    for (InetSocketAddress address : plan.clientAddresses()) {
      try {
        long led =
            servers.inspect(address, "MASTER").stream()
                .filter(group -> group.get("master").isPresent())
                .count();
        most = Math.max(most, led);
      } catch (IOException notYetThere) {
        // Asked again.
      }
    }
    return most;
  }
}
