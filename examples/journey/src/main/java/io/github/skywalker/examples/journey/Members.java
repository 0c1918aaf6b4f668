package io.github.skywalker.examples.journey;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.skywalker.api.Member;
import io.github.skywalker.api.Status;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Changes the membership of all groups, and says how it goes: a node that comes has to catch up
 * first, which takes as long as there is much to send.
 */
final class Members {

  private static final int OK = 0;
  private static final int FAILED = 1;

  /** How long one server may take to change all groups, as far as it can. */
  private static final int CHANGE_MILLIS = 900_000;

  private static final int LOOK_MILLIS = 1_000;

  /** So many looks in a row may show no progress. */
  private static final int PATIENCE = 60;

  private final Servers servers;
  private final Router.Pause pause;
  private final PrintWriter out;
  private final PrintWriter err;

  Members(Servers servers, Router.Pause pause, PrintWriter out, PrintWriter err) {
    this.servers = servers;
    this.pause = pause;
    this.out = out;
    this.err = err;
  }

  /**
   * Has one server make a change in all groups; asks again while who comes makes progress.
   *
   * @param words of the JOURNEY command
   * @param goes the node that is removed, which is not asked; 0 if there is none
   * @param comes the node that is added; null if there is none
   */
  int change(List<String> words, int goes, @Nullable Member comes) throws ShellException {
    long before = -1;
    while (true) {
      List<Fields> lines = ask(words, goes);
      boolean waits = has(lines, Status.NOT_CAUGHT_UP);
      long progress = comes == null ? before : sum(reportOf(comes));
      if (comes == null || !waits || progress <= before) {
        return tell(lines);
      }
      before = progress;
      out.println(describe(comes, reportOf(comes)));
      out.flush();
    }
  }

  private int tell(List<Fields> lines) {
    Table table = new Table("group", "status", "version", "");
    boolean failed = false;
    for (Fields line : lines) {
      failed |= !line.get("status").equals(Optional.of(Status.OK.name()));
      table.add(
          line.get("group").orElse("?"),
          line.get("status").orElse("?"),
          line.get("version").orElse(""),
          line.get("detail").orElse(""));
    }
    out.print(table);
    if (failed) {
      err.println("Not all groups are changed. It is safe to say the same again.");
    }
    return failed ? FAILED : OK;
  }

  private static boolean has(List<Fields> lines, Status status) {
    return lines.stream().anyMatch(line -> line.get("status").equals(Optional.of(status.name())));
  }

  /** One that breaks off may have done it: the next one does what is left. */
  private List<Fields> ask(List<String> words, int goes) throws ShellException {
    servers.lookAround();
    Optional<InetSocketAddress> going = goes == 0 ? Optional.empty() : servers.find(goes);
    for (InetSocketAddress address : servers.all()) {
      if (going.equals(Optional.of(address))) {
        continue;
      }
      try {
        List<byte[]> bytes = words.stream().map(word -> word.getBytes(UTF_8)).toList();
        Answer answer = servers.link(address).call(bytes, CHANGE_MILLIS);
        if (answer instanceof Answer.Failure failure) {
          throw new ShellException(failure.text());
        }
        return Answer.lines(answer);
      } catch (IOException failure) {
        servers.failed(address, failure);
      }
    }
    throw new ShellException("No server could be asked (" + servers.troubles() + ").");
  }

  /**
   * Waits until a node that was started as a follower has learned what is chosen now, and says how
   * far it is.
   */
  int awaitFollower(Member follower) throws ShellException, InterruptedException {
    List<Fields> goal = askFirst("REPORT", follower);
    long before = -1;
    int vain = 0;
    while (vain < PATIENCE) {
      List<Fields> now = reportOf(follower);
      if (now.isEmpty()) {
        err.println(notThere(follower));
        return FAILED;
      }
      if (isThere(now, goal)) {
        out.printf("node %d follows %d groups%n", follower.nodeId(), now.size());
        return OK;
      }
      out.println(describe(follower, now));
      out.flush();
      vain = sum(now) > before ? 0 : vain + 1;
      before = Math.max(before, sum(now));
      pause.millis(LOOK_MILLIS);
    }
    err.printf("Node %d makes no progress; see its log.%n", follower.nodeId());
    return FAILED;
  }

  /** How it is started. */
  private String notThere(Member follower) throws ShellException {
    List<Fields> groups = askFirst("MEMBERS", follower);
    String members = groups.isEmpty() ? "" : String.join(",", groups.get(0).all("member"));
    String self = follower.toString();
    List<String> words = new ArrayList<>(List.of("server", "--id"));
    words.add(Integer.toString(follower.nodeId()));
    words.addAll(List.of("--address", self.substring(self.indexOf('=') + 1)));
    words.addAll(List.of("--follow", members, "--groups", Integer.toString(groups.size())));
    words.addAll(List.of("--data", "DIRECTORY"));
    return "Node "
        + follower.nodeId()
        + " does not answer at "
        + Addresses.show(clientAddress(follower))
        + ". Start it, on its machine, with\n  "
        + Program.line(words);
  }

  private List<Fields> askFirst(String what, Member notThis) throws ShellException {
    for (InetSocketAddress address : servers.all()) {
      try {
        if (!address.equals(clientAddress(notThis))) {
          return servers.inspect(address, what);
        }
      } catch (IOException notThere) {
        // The next one may be.
      }
    }
    throw new ShellException("No server answers (" + servers.troubles() + ").");
  }

  /** What a node says of itself; nothing if it does not answer. */
  private List<Fields> reportOf(Member node) {
    try {
      return servers.inspect(clientAddress(node), "REPORT");
    } catch (IOException notThere) {
      return List.of();
    }
  }

  private static InetSocketAddress clientAddress(Member node) {
    return InetSocketAddress.createUnresolved(
        node.host(), node.port() + Addresses.CLIENT_PORT_ABOVE);
  }

  private static boolean isThere(List<Fields> now, List<Fields> goal) {
    for (int i = 0; i < goal.size(); i++) {
      long applied = i < now.size() ? number(now.get(i), "appliedUpTo") : -1;
      if (applied < number(goal.get(i), "chosenUpTo")) {
        return false;
      }
    }
    return true;
  }

  /** What has come in all, by whatever way: it grows as long as there is progress. */
  private static long sum(List<Fields> report) {
    long sum = 0;
    for (Fields line : report) {
      sum += number(line, "appliedUpTo") + number(line, "fetchedBytes");
    }
    return sum;
  }

  private static String describe(Member node, List<Fields> report) {
    long applied = 0;
    List<String> transfers = new ArrayList<>();
    for (Fields line : report) {
      applied += number(line, "appliedUpTo");
      String transfer = Report.transfer(line);
      if (!transfer.isEmpty()) {
        transfers.add("group " + number(line, "group") + " " + transfer);
      }
    }
    return "node "
        + node.nodeId()
        + " catches up: "
        + applied
        + " instances in "
        + report.size()
        + " groups"
        + (transfers.isEmpty() ? "" : "; " + String.join("; ", transfers));
  }

  private static long number(Fields line, String name) {
    return line.number(name).orElse(0L);
  }
}
